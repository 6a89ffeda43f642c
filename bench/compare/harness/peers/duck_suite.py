"""DuckDB for suites of queries."""

import time

import duckdb

from .. import disk


class DuckSuite:
    """A database in memory, or a file of DuckDB's own."""

    name = "duckdb"

    def __init__(self, threads):
        self.threads = threads
        self.database = self.file = None

    def open(self, suite, home):
        self.file = suite.store().duckdb_file(home) if suite.stored else None
        self.connect(suite)
        if not suite.stored:
            for name, path in suite.tables.items():
                self.database.execute(f"CREATE TABLE {name} AS FROM '{path}'")

    def connect(self, suite):
        self.database = duckdb.connect(str(self.file or ":memory:"))
        self.database.execute(f"SET threads = {self.threads}")
        if suite.memory_limit:
            self.database.execute(f"SET memory_limit = '{suite.memory_limit} bytes'")

    def query(self, text, suite):
        """The rows, and the nanoseconds of each run; when the suite is cold, of one that opens the file."""
        if suite.cold:
            self.database.close()
            disk.evict(self.file)
            start = time.perf_counter_ns()
            self.connect(suite)
            rows = self.database.execute(text).fetchall()
            return rows, [time.perf_counter_ns() - start]
        rows, times = self.database.execute(text).fetchall(), []
        for _ in range(suite.repeat):
            start = time.perf_counter_ns()
            self.database.execute(text).fetchall()
            times.append(time.perf_counter_ns() - start)
        return rows, times

    def columns(self, text):
        """The names of a query's columns."""
        return [row[0] for row in self.database.execute(f"DESCRIBE {text}").fetchall()]

    def close(self):
        self.database.close()
