"""NumPy."""

import numpy as np
import pyarrow.parquet as pq

from ..data import GROUPS
from . import Peer


class NumPy(Peer):
    """Columns as arrays, with what NumPy has for each case."""

    name = "numpy"

    def columns(self, path):
        table = pq.read_table(path)
        return {name: table[name].to_numpy() for name in table.column_names}

    def select(self, folder):
        t = self.columns(folder / "small.parquet")

        def run():
            keep = t["id"] > 500
            return t["id"][keep], t["x"][keep]

        return run

    def groupby(self, folder):
        t = self.columns(folder / "large.parquet")
        return lambda: (np.bincount(t["k"], weights=t["x"]), np.bincount(t["k"]))

    def orderby(self, folder):
        t = self.columns(folder / "large.parquet")

        def run():
            top = np.argpartition(t["x"], -10)[-10:]
            top = top[np.argsort(-t["x"][top])]
            return t["id"][top], t["x"][top]

        return run

    def centroid(self, folder):
        data = np.load(folder / "vectors.npz")
        g, v = data["g"], data["v"]

        # Faster than sorting with np.add.reduceat, and than a product with a matrix of memberships.
        return lambda: np.stack([v[g == key].mean(axis=0) for key in range(GROUPS)])

    def topk(self, folder):
        v, q = np.load(folder / "vectors.npz")["v"], np.load(folder / "query.npy")

        def run():
            scores = v @ q / (np.sqrt(np.einsum("ij,ij->i", v, v)) * np.linalg.norm(q))
            top = np.argpartition(scores, -10)[-10:]
            return top[np.argsort(-scores[top])]

        return run
