"""The 99 queries of TPC-DS, by DuckDB's extension: its generator makes the tables, and it has the texts.

The extension is a package for a DuckDB of its own version, so an environment beside the harness's makes both.
"""

import json
import pathlib
import subprocess
import sys

from ..environment import PLACE, python
from .suite import Suite

MAKER = pathlib.Path(__file__).with_name("tpcds_maker.py")


def suite(home, name, scale, **asked):
    """At a scale factor; the data is built if it is missing."""
    folder = home / f"tpcds-{scale:g}"
    if not (folder / "tables.json").exists():
        folder.mkdir(parents=True, exist_ok=True)
        maker = python(PLACE / ".venv-tpcds", PLACE / "requirements-tpcds.txt")
        subprocess.run([maker, MAKER, folder, str(scale)], check=True, stdout=sys.stderr)
    names = json.loads((folder / "tables.json").read_text())
    texts = json.loads((folder / "queries.json").read_text())
    queries = {f"q{number:02}": text for number, text in enumerate(texts, 1)}
    tables = {table: folder / f"{table}.parquet" for table in names}
    return Suite(
        name, f"TPC-DS, scale factor {scale:g}", folder.name, tables, queries, repeat=1, tolerance=1e-6, **asked
    )
