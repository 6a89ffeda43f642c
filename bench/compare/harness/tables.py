"""Tables that are built once as Parquet, the same for all engines. Each number depends on the shape's name alone."""

import zlib
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq

from .hits import hits

DAY = np.timedelta64(1, "D")
WORDS = ("amber", "basalt", "cedar", "delta", "ember", "fjord", "garnet", "harbor", "indigo", "juniper", "krill", "lagoon")
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
BULK_WIDTH = 64


@dataclass(frozen=True)
class Table:
    """So many rows of a shape, which is a function of this file. `suffix` is the format."""

    shape: str
    rows: int
    suffix: str = "parquet"

    def path(self, home):
        """The file, which is built if it is missing."""
        path = home / "tables" / f"{self.shape}-{self.rows}.{self.suffix}"
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            unfinished = path.with_suffix(".part")
            columns = SHAPES[self.shape](np.random.default_rng(zlib.crc32(self.shape.encode())), self.rows)
            write = pq.write_table if self.suffix == "parquet" else pyarrow.csv.write_csv
            write(pa.table(columns), unfinished)
            unfinished.rename(path)
        return path


def numbers(random, rows):
    return {"id": np.arange(rows), "x": random.random(rows)}


def mixed(random, rows):
    """What files have: numbers, a key, a text, a date."""
    days = np.datetime64("2020-01-01") + random.integers(0, 1_000, rows) * DAY
    return {
        "id": np.arange(rows),
        "k": random.integers(0, 1_000, rows),
        "x": np.round(random.random(rows) * 1_000, 3),
        "s": words(random, rows),
        "d": pa.array(days),
    }


def bulk(random, rows):
    """Int, Float, String, Vector(64)."""
    return {"id": np.arange(rows), "x": random.random(rows), "s": words(random, rows), "v": vectors(random, rows, BULK_WIDTH)}


def embeddings(random, rows):
    return {"id": np.arange(rows), "v": vectors(random, rows, 384)}


def trades(random, rows):
    """Prices by symbol over a day, in order of time."""
    return {"t": times(random, rows), "k": random.integers(0, 1_000, rows), "price": random.random(rows) * 100}


def quotes(random, rows):
    return {"t": times(random, rows), "k": random.integers(0, 1_000, rows), "bid": random.random(rows) * 100}


def sales(random, rows):
    """An amount by shop and month."""
    month = pa.DictionaryArray.from_arrays(random.integers(0, 12, rows).astype(np.int32), pa.array(MONTHS))
    return {"k": random.integers(0, 1_000, rows), "m": month.cast(pa.string()), "x": random.random(rows)}


def frame(random, rows):
    """Ten columns of numbers."""
    return {f"c{i}": random.random(rows) if i % 2 else random.integers(0, 1_000_000, rows) for i in range(10)}


def words(random, rows):
    """Two words and a number, of some 50,000 different texts."""
    first, second = (pa.array(WORDS).take(pa.array(random.integers(0, len(WORDS), rows))) for _ in range(2))
    number = pa.array(random.integers(0, 350, rows)).cast(pa.string())
    return pa.compute.binary_join_element_wise(first, second, number, " ")


def vectors(random, rows, width):
    return pa.FixedSizeListArray.from_arrays(pa.array(random.standard_normal(rows * width, dtype=np.float32)), width)


def times(random, rows):
    """Moments of a day in microseconds, sorted, without two alike."""
    day = 86_400_000_000
    steps = random.integers(1, 2 * day // rows, rows)
    return pa.array(np.datetime64("2026-01-02", "us") + np.cumsum(steps) * np.timedelta64(1, "us"))


SHAPES = {
    make.__name__: make for make in (numbers, mixed, bulk, embeddings, trades, quotes, sales, frame, hits)
}
