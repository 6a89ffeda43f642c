"""Builds the data once: arrays as .npy for all; rows as Parquet for the peers and, where there are vectors, as .npz for
linal."""

import pathlib
import subprocess
import sys
import zlib

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

SMALL, LARGE, KEYS = 1_000, 1_000_000, 1_000
VECTORS, WIDTH, GROUPS = 200_000, 384, 100
TPCH_TABLES = ("customer", "lineitem", "nation", "orders", "part", "partsupp", "region", "supplier")


def arrays(home, inputs):
    """The files of arrays by name. `x` is normal, `w` the exponential of such, all others lie between 0.5 and 1.5."""
    files = {}
    for name, (dtype, dims) in inputs.items():
        path = home / "arrays" / f"{name}-{dtype}-{'x'.join(map(str, dims))}.npy"
        files[name] = path
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            random = np.random.default_rng(zlib.crc32(path.name.encode()))
            values = 3 * random.standard_normal(dims) if name in "xw" else random.random(dims) + 0.5
            values = np.exp(values) if name == "w" else values
            unfinished = path.with_suffix(".part.npy")
            np.save(unfinished, values.astype(dtype.replace("f32", "f4").replace("f64", "f8")))
            unfinished.rename(path)
    return files


def build(home):
    """The folder with small.parquet, large.parquet, vectors.parquet, vectors.npz and query.npy."""
    folder = home / "rows"
    if (folder / "done").exists():
        return folder
    folder.mkdir(parents=True, exist_ok=True)
    random = np.random.default_rng(42)
    pq.write_table(numbers(random, SMALL), folder / "small.parquet")
    pq.write_table(numbers(random, LARGE), folder / "large.parquet")
    vectors(random, folder)
    (folder / "done").touch()
    return folder


def numbers(random, rows):
    """Rows of an id, a key of 1,000 and a float."""
    columns = {"id": np.arange(rows), "k": random.integers(0, KEYS, rows), "x": random.random(rows)}
    return pa.table(columns)


def vectors(random, folder):
    """Vectors around one centre a group, and one vector to search for."""
    centres = random.standard_normal((GROUPS, WIDTH), dtype=np.float32)
    g = random.integers(0, GROUPS, VECTORS)
    v = centres[g] + random.standard_normal((VECTORS, WIDTH), dtype=np.float32)
    ids = np.arange(VECTORS)
    np.savez(folder / "vectors.npz", id=ids, g=g, v=v)
    np.save(folder / "query.npy", centres[0] + random.standard_normal(WIDTH, dtype=np.float32))
    lists = pa.FixedSizeListArray.from_arrays(pa.array(v.ravel()), WIDTH)
    pq.write_table(pa.table({"id": ids, "g": g, "v": lists}), folder / "vectors.parquet")


def tpch(home, scale):
    """The folder with the tables of TPC-H as Parquet."""
    folder = home / f"tpch-{scale:g}"
    if not (folder / "done").exists():
        folder.mkdir(parents=True, exist_ok=True)
        tool = pathlib.Path(sys.executable).with_name("tpchgen-cli")
        command = [tool, "parquet", "-s", str(scale), "--output-dir", folder, "--overwrite"]
        subprocess.run(command, check=True, stdout=sys.stderr)
        (folder / "done").touch()
    return folder
