"""Window functions over a frame of 1M rows. The values are reduced to one row, so that the frame dominates the time."""

from ..case import Case

LARGE = 'IMPORT DATASET FROM "large.parquet" AS t'
ROWS_101 = "ROWS BETWEEN 100 PRECEDING AND CURRENT ROW"


def frame(name, title, call, window, kept=""):
    """A case of one function over one window. `kept` is a condition on `s`, its value."""
    folded = "SUM(s) AS total, MIN(s) AS least, MAX(s) AS most"
    run = f"SELECT {folded} FROM (SELECT {call} OVER ({window}) AS s FROM t) AS q{kept}"
    return Case(
        f"frame/{name}",
        f"{title}, 1M rows",
        run,
        [LARGE],
        repeat=3,
        rows=True,
        same_text=True,
        tolerance=1e-6,
        goals={"duckdb": 1.0},
    )


CASES = [
    frame("sum", "SUM over 101 rows", "SUM(x)", f"ORDER BY id {ROWS_101}"),
    frame("sum-int", "SUM of Int over 101 rows", "SUM(k)", f"ORDER BY id {ROWS_101}"),
    frame("avg", "AVG over 101 rows", "AVG(x)", f"ORDER BY id {ROWS_101}"),
    frame("stddev", "STDDEV over 101 rows", "STDDEV(x)", f"ORDER BY id {ROWS_101}"),
    # The correlation of one row is NULL; DuckDB 2.0 has NaN, which its order puts above all numbers.
    frame("corr", "CORR over 101 rows", "CORR(x, k)", f"ORDER BY id {ROWS_101}", " WHERE s <= 1.5"),
    frame("max", "MAX over 101 rows", "MAX(x)", f"ORDER BY id {ROWS_101}"),
    frame("range", "SUM over a range of 100", "SUM(x)", "ORDER BY id RANGE BETWEEN 50 PRECEDING AND 50 FOLLOWING"),
    frame("groups", "SUM over 101 rows, 1,000 partitions", "SUM(x)", f"PARTITION BY k ORDER BY id {ROWS_101}"),
    frame("running", "running SUM", "SUM(x)", "ORDER BY id ROWS UNBOUNDED PRECEDING"),
    frame("lag", "x - LAG(x, 5)", "x - LAG(x, 5)", "ORDER BY id"),
]
