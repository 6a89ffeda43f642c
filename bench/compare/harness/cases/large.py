"""Statements over large tables in memory."""

from ..case import Case
from ..sizes import text
from ..tables import Table

IMPORT = 'IMPORT DATASET FROM "{t}" AS t'
FRAME = "OVER (ORDER BY id ROWS BETWEEN 100 PRECEDING AND CURRENT ROW)"
# A name, a title, the statement, and whether its first run is the one to measure.
FORMS = (
    (
        "over",
        "SUM OVER 101 rows",
        f"SELECT SUM(s) AS total, MIN(s) AS least FROM (SELECT SUM(x) {FRAME} AS s FROM t) AS q",
        False,
    ),
    ("update", "UPDATE of a tenth", "UPDATE t SET x = x + 1 WHERE id % 10 = 3", True),
    ("delete", "DELETE of a third", "DELETE FROM t WHERE id % 3 = 1", True),
    ("orderby", "ORDER BY x LIMIT 5", "SELECT id, x FROM t ORDER BY x LIMIT 5", False),
    ("sum", "SUM(x), warm", "SELECT SUM(x) AS total FROM t", False),
    ("first-sum", "first SUM(x)", "SELECT SUM(x) AS total FROM t", True),
)


def cases(sizes):
    rows = sizes.rows(10_000_000)
    for name, title, run, cold in FORMS:
        yield Case(
            f"large/{name}",
            f"{title}, {text(rows)} rows",
            run,
            [IMPORT],
            tables={"t": Table("numbers", rows)},
            cold=cold,
            repeat=3,
            rows=run.startswith("SELECT"),
            same_text=True,
            tolerance=1e-6,
            goals={"duckdb": 1.0},
        )
