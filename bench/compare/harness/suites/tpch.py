"""The 22 queries of TPC-H, of `crates/linal-tests/tpch`."""

import pathlib

from .. import data
from .suite import Suite

QUERIES = pathlib.Path(__file__).resolve().parents[4] / "crates/linal-tests/tpch"


def suite(home, name, scale, **asked):
    """At a scale factor; the data is built if it is missing."""
    folder = data.tpch(home, scale)
    tables = {table: folder / f"{table}.parquet" for table in data.TPCH_TABLES}
    queries = {path.stem: path.read_text() for path in sorted(QUERIES.glob("q*.sql"))}
    title = asked.pop("title", f"TPC-H, scale factor {scale:g}")
    return Suite(name, title, folder.name, tables, queries, **asked)
