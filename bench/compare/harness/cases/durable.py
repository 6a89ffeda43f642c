"""Databases on disk. A statement that has answered is on disk, in all engines."""

import math

from ..case import Case
from ..sizes import text
from ..stores import NEW, Store
from ..tables import BULK_WIDTH, Table

# One row of the table `bulk` in linal's directory and DuckDB's file: numbers, some text, a vector.
BYTES_OF_A_ROW = 2 * 8 + 16 + 4 * BULK_WIDTH
QUERY = [round(math.sin(at + 1), 4) for at in range(384)]


def cases(sizes):
    yield from inserts()
    yield bulk_load(sizes)
    yield from opening(sizes)
    yield from top_ten(sizes)


def inserts():
    for sessions, goals in ((1, {}), (8, {"sqlite": 1.0, "duckdb": 1.0})):
        yield Case(
            f"durable-insert/{sessions}",
            f"durable single-row INSERT, {sessions} session{'s' * (sessions > 1)}",
            "INSERT INTO t VALUES ({i}, 2.5, 'a')",
            ["CREATE TABLE t (id INT, x DOUBLE, s VARCHAR)"],
            store=NEW,
            sessions=sessions,
            numbered=True,
            repeat=3,
            batch=100,
            rate=True,
            goals=goals,
        )


def bulk_load(sizes):
    rows = sizes.rows(1_000_000)
    return Case(
        "bulk-load",
        f"durable load of {text(rows)} rows of Int, Float, String, Vector({BULK_WIDTH})",
        'IMPORT DATASET FROM "{bulk}" AS t',
        tables={"bulk": Table("bulk", rows)},
        store=NEW,
        cold=True,
        rate=False,
    )


def opening(sizes):
    """Opening a large directory and a first query, which reads few rows of it."""
    part = sizes.rows(1_000_000)
    loads = max(round(sizes.store_bytes() / BYTES_OF_A_ROW / part), 1)
    rows = [f"SELECT id + {at * part} AS id, x, s, v FROM " for at in range(loads)]
    store = Store(
        f"large-{loads}x{part}",
        ("IMPORT DATASET FROM \"{bulk}\" AS t", *(f"INSERT INTO t {query} \"{{bulk}}\"" for query in rows[1:])),
        (
            "CREATE TABLE t AS SELECT id, x, s, v::FLOAT[64] AS v FROM '{bulk}'",
            *(f"INSERT INTO t {query} '{{bulk}}'" for query in rows[1:]),
        ),
        {"bulk": Table("bulk", part)},
    )
    middle = loads * part // 2
    for name, title, evicts in (("memory", "pages in memory", False), ("disk", "from disk", True)):
        yield Case(
            f"open/{name}",
            f"opening {loads * part * BYTES_OF_A_ROW / 1e9:.2g} GB and a first query, {title}",
            f"SELECT COUNT(*) AS n, SUM(x) AS total FROM t WHERE id BETWEEN {middle} AND {middle + 100}",
            store=store,
            cold=True,
            opens=True,
            evicts=evicts,
            same_text=True,
            rows=True,
            goals={"duckdb": 1.0},
            at_most=0.2 if name == "memory" else None,
        )


def top_ten(sizes):
    """The ten nearest vectors of a directory."""
    rows = sizes.rows(200_000)
    store = Store(
        f"embeddings-{rows}",
        ('IMPORT DATASET FROM "{e}" AS e',),
        ("CREATE TABLE e AS SELECT id, v::FLOAT[384] AS v FROM '{e}'",),
        {"e": Table("embeddings", rows)},
    )
    best = "AS score FROM e ORDER BY score DESC LIMIT 10"
    asked = {
        "run": f"SELECT id, COSINE_SIM(v, q) {best}",
        "setup": [f"VECTOR f32 q = {QUERY}"],
        "duckdb_text": f"SELECT id, array_cosine_similarity(v, {QUERY}::FLOAT[384]) {best}",
        "store": store,
        "rows": True,
        "tolerance": 1e-5,
    }
    title = f"top 10 by cosine, {text(rows)} x 384, of a directory"
    yield Case("topk-stored/warm", f"{title}, warm", **asked)
    goals = {"topk-stored/warm": 3.0}
    yield Case("topk-stored/cold", f"{title}, opened from disk", cold=True, opens=True, evicts=True, goals=goals, **asked)
