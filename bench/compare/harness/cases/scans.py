"""Queries over files, which are in the system's memory."""

from ..case import Case
from ..sizes import text
from ..tables import Table

QUERIES = {
    "sum": "SELECT COUNT(*) AS n, SUM(x) AS total, MAX(k) AS most FROM \"{t}\"",
    "filter": "SELECT COUNT(*) AS n, SUM(x) AS total FROM \"{t}\" WHERE k < 100 AND s LIKE 'amber%'",
    "group": "SELECT k, COUNT(*) AS n, SUM(x) AS total, MAX(d) AS last FROM \"{t}\" GROUP BY k",
}


def cases(sizes):
    rows = sizes.rows(5_000_000)
    for suffix in ("csv", "parquet"):
        for name, query in QUERIES.items():
            yield Case(
                f"scan-{suffix}/{name}",
                f"{name} of {text(rows)} rows of {'CSV' if suffix == 'csv' else 'Parquet'}",
                query,
                tables={"t": Table("mixed", rows, suffix)},
                repeat=3,
                rows=True,
                same_text=True,
                goals={"duckdb": 1.2, "polars": 1.2},
            )
