"""Polars."""

import numpy as np
import polars as pl

from . import Peer
from .package import PolarsInPython
from .polar_tables import PolarsTables


class Polars(PolarsTables, PolarsInPython, Peer):
    """Eager frames; Polars has neither single-row INSERT nor a cosine similarity."""

    name = "polars"

    def select(self, folder):
        frame = pl.read_parquet(folder / "small.parquet")
        return lambda: frame.filter(pl.col("id") > 500).select("id", "x")

    def groupby(self, folder):
        frame = pl.read_parquet(folder / "large.parquet")
        return lambda: frame.group_by("k").agg(pl.col("x").sum().alias("s"), pl.len().alias("n"))

    def orderby(self, folder):
        frame = pl.read_parquet(folder / "large.parquet").select("id", "x")
        return lambda: frame.top_k(10, by="x")

    def centroid(self, folder):
        data = np.load(folder / "vectors.npz")
        frame = pl.DataFrame({"g": data["g"], "v": data["v"]})
        means = [pl.col("v").arr.get(i).mean().alias(f"v{i}") for i in range(data["v"].shape[1])]
        return lambda: frame.group_by("g").agg(means)
