"""NumPy."""

import numpy as np
import pyarrow.parquet as pq

from ..cases.tensors import STEPS
from ..data import GROUPS
from . import Peer


class NumPy(Peer):
    """NumPy's equivalent of each case; columns are arrays."""

    name = "numpy"
    names = {"np": np}
    statements = {
        "add": "y = a + b",
        "reshape": "y = a.reshape(a.shape[1], a.shape[0])",
        "transpose": "y = a.T",
        "slice": "y = a[5:20, 3]",
        "fused": "y = (a * b + c) / d - e",
        "lazy": "y = a\n" + "\n".join(f"y = {step}" for step in STEPS),
        "exp": "y = np.exp(x)",
        "log": "y = np.log(w)",
        "sin": "y = np.sin(x)",
        "tanh": "y = np.tanh(x)",
        "sum": "y = a.sum()",
        "mean": "y = a.mean()",
        "stdev": "y = a.std(ddof=1)",
        "min": "y = a.min()",
        "argmax": "y = a.argmax()",
        "dot": "y = a @ b",
        "cosine": "y = a @ b / np.sqrt((a @ a) * (b @ b))",
        "sum_axis_0": "y = a.sum(axis=0)",
        "sum_axis_1": "y = a.sum(axis=1)",
        "transpose_add": "y = a.T + b",
        "strided_sum": "y = a[::2, ::3].sum()",
        "matmul": "y = a @ b",
        "matmul_atb": "y = a.T @ b",
        "matmul_abt": "y = a @ b.T",
        "gram": "y = a.T @ a",
        "chain": "y = a @ b @ c @ d",
    }

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

        # Faster than sorting with np.add.reduceat, and than a product with a membership matrix.
        return lambda: np.stack([v[g == key].mean(axis=0) for key in range(GROUPS)])

    def topk(self, folder):
        v, q = np.load(folder / "vectors.npz")["v"], np.load(folder / "query.npy")

        def run():
            scores = v @ q / (np.sqrt(np.einsum("ij,ij->i", v, v)) * np.linalg.norm(q))
            top = np.argpartition(scores, -10)[-10:]
            return top[np.argsort(-scores[top])]

        return run
