"""Rows and queries. `{query}` in `setup` stands for the vector to search for."""

from ..case import Case

VECTORS = 'IMPORT DATASET FROM "vectors.npz" AS e'
LARGE = 'IMPORT DATASET FROM "large.parquet" AS t'
CASES = [
    Case(
        "insert",
        "single-row INSERT, in memory",
        "INSERT INTO t VALUES (1, 2.5, 'a')",
        ["CREATE TABLE t (id INT, x DOUBLE, s VARCHAR)"],
        repeat=10,
        batch=200,
        goals={"linaldb": 0.25},
        at_most=1e-6,
    ),
    Case(
        "select",
        "SELECT id, x WHERE id > 500, 1,000 rows, warm",
        "SELECT id, x FROM t WHERE id > 500",
        ['IMPORT DATASET FROM "small.parquet" AS t'],
        repeat=20,
        batch=20,
        rows=True,
        goals={"numpy": 1.0},
        at_most=100e-6,
    ),
    Case(
        "groupby",
        "GROUP BY, 1M rows, 1,000 groups",
        "SELECT k, SUM(x) AS s, COUNT(*) AS n FROM t GROUP BY k",
        [LARGE],
        repeat=10,
        rows=True,
    ),
    Case(
        "orderby",
        "ORDER BY LIMIT 10, 1M rows",
        "SELECT id, x FROM t ORDER BY x DESC LIMIT 10",
        [LARGE],
        repeat=10,
        rows=True,
    ),
    Case(
        "centroid",
        "centroid per group, 200k x 384, 100 groups",
        "SELECT g, AVG(v) AS centre FROM e GROUP BY g",
        [VECTORS],
        asks="LET y = (SELECT AVG(v) AS centre FROM e GROUP BY g ORDER BY g)",
        repeat=3,
        tolerance=1e-5,
        goals={"numpy": 0.06, "polars": 0.07},
    ),
    Case(
        "topk",
        "top 10 by cosine, 200k x 384",
        "SELECT id, COSINE_SIM(v, q) AS score FROM e ORDER BY score DESC LIMIT 10",
        [VECTORS, "VECTOR f32 q = {query}"],
        repeat=5,
        rows=True,
        tolerance=1e-5,
        goals={"numpy": 1.0},
        at_most=15e-3,
    ),
]
