"""linaldb, the package of that name."""

import tempfile

import linaldb as package
import numpy as np
import pyarrow.parquet as pq

from . import Peer


class LinalDb(Peer):
    """An embedded database in a temporary folder."""

    name = "linaldb"
    statements = {"add": "database.execute('LET y = ADD a b'); y = None"}

    def prepare(self, case, files, folder):
        """Vectors are inserted as text, so large cases are skipped; they are f32 whatever the case says."""
        if any(dims[0] > 1_000_000 for _, dims in case.inputs.values()):
            return None
        return super().prepare(case, files, folder)

    def load(self, files):
        database = self.database()
        for name, path in files.items():
            database.execute(f"VECTOR {name} = {np.load(path).tolist()}")
        return {"database": database}

    def database(self, path=None):
        self.home = tempfile.TemporaryDirectory()
        database = package.Db(data_dir=self.home.name)
        if path:
            database.load_arrow("t", pq.read_table(path))
        return database

    def insert(self, folder):
        database = self.database()
        database.execute("DATASET t COLUMNS (id: Int, x: Float, s: String)")
        return lambda: database.execute("INSERT INTO t VALUES (1, 2.5, 'a')")

    def select(self, folder):
        database = self.database(folder / "small.parquet")
        return lambda: database.execute("SELECT id, x FROM t WHERE id > 500")

    def groupby(self, folder):
        database = self.database(folder / "large.parquet")
        return lambda: database.execute("SELECT k, SUM(x) AS s, COUNT(*) AS n FROM t GROUP BY k")

    def orderby(self, folder):
        database = self.database(folder / "large.parquet")
        return lambda: database.execute("SELECT id, x FROM t ORDER BY x DESC LIMIT 10")

    def centroid(self, folder):
        database = self.database(folder / "vectors.parquet")
        return lambda: database.execute("SELECT g, AVG_VEC(v) AS centre FROM t GROUP BY g")

    def topk(self, folder):
        database = self.database(folder / "vectors.parquet")
        query = np.load(folder / "query.npy").tolist()
        return lambda: database.execute(f"SELECT id, COSINE_SIM(v, {query}) AS s FROM t ORDER BY s DESC LIMIT 10")
