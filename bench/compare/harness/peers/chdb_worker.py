"""chDB, for sql_suite.py; needs chdb and nothing of this package. See sql_worker.py."""

import json
import os
import pathlib
import sys

import chdb
from chdb.session import Session
from sql_worker import serve


class ChDb:
    """A session over a folder, whose tables are MergeTrees without an order."""

    version = chdb.__version__

    def __init__(self, threads):
        self.threads = threads
        self.session = self.folder = self.memory_limit = None
        # What is written behind a text, by text.
        self.endings = {}

    def open(self, tables, folder, memory_limit):
        self.folder, self.memory_limit = pathlib.Path(folder), memory_limit
        self.connect()
        for name, path in tables.items():
            self.session.query(
                f"CREATE TABLE {name} ENGINE = MergeTree ORDER BY tuple() AS SELECT * FROM file('{path}', Parquet)"
            )

    def connect(self):
        self.session = Session(str(self.folder))
        settings = {"max_threads": self.threads, "join_use_nulls": 1}
        settings["union_default_mode"] = "'DISTINCT'"
        if self.memory_limit:
            settings |= {"max_memory_usage": self.memory_limit, "max_bytes_before_external_group_by": self.memory_limit // 2}
        for name, value in settings.items():
            self.session.query(f"SET {name} = {value}")

    def rows(self, text):
        """Where a column and an alias have one name, a query may need the one or the other."""
        if text not in self.endings:
            try:
                return self.ask(text, "")
            except RuntimeError:
                return self.ask(text, " SETTINGS prefer_column_name_to_alias = 1")
        return self.ask(text, self.endings[text])

    def ask(self, text, ending):
        answer = str(self.session.query(text + ending, "JSONCompactEachRow"))
        self.endings[text] = ending
        return [json.loads(line) for line in answer.splitlines()]

    def evict(self):
        for file in self.folder.rglob("*"):
            if file.is_file():
                descriptor = os.open(file, os.O_RDONLY)
                os.fsync(descriptor)
                os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
                os.close(descriptor)

    def close(self):
        if self.session is not None:
            self.session.close()
            self.session = None


serve(ChDb(int(sys.argv[1])))
