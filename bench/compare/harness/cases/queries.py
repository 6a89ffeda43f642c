"""SQL beyond the plain query: ASOF JOIN, PIVOT, and what a primary key costs."""

from ..case import Case
from ..sizes import text
from ..tables import Table


def cases(sizes):
    yield asof(sizes)
    yield from pivot(sizes)
    yield from keys(sizes)


def asof(sizes):
    trades, quotes = sizes.rows(10_000_000), sizes.rows(1_000_000)
    return Case(
        "asof",
        f"ASOF JOIN of {text(trades)} x {text(quotes)} rows, 1,000 keys",
        "SELECT COUNT(*) AS n, SUM(t.price - q.bid) AS total FROM trades AS t "
        "ASOF JOIN quotes AS q ON t.k = q.k AND t.t >= q.t",
        ['IMPORT DATASET FROM "{trades}" AS trades', 'IMPORT DATASET FROM "{quotes}" AS quotes'],
        tables={"trades": Table("trades", trades), "quotes": Table("quotes", quotes)},
        repeat=3,
        rows=True,
        same_text=True,
        tolerance=1e-6,
        goals={"duckdb": 1.0, "polars": 1.0},
    )


def pivot(sizes):
    rows = sizes.rows(10_000_000)
    asked = {
        "setup": ['IMPORT DATASET FROM "{t}" AS t'],
        "tables": {"t": Table("sales", rows)},
        "repeat": 3,
        "rows": True,
        "same_text": True,
        "tolerance": 1e-6,
        "goals": {"duckdb": 1.0, "polars": 1.0},
    }
    title = f"PIVOT of {text(rows)} rows to 1,000 x 12"
    yield Case("pivot/all", title, "PIVOT t ON m USING SUM(x) GROUP BY k", **asked)
    months = "'jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'"
    yield Case("pivot/named", f"{title}, columns named", f"PIVOT t ON m IN ({months}) USING SUM(x) GROUP BY k", **asked)


def keys(sizes):
    """Single-row INSERTs in memory, each with other numbers."""
    rows = sizes.rows(1_000_000)
    for name, key, goals in (("plain", "", {}), ("key", " PRIMARY KEY", {"key-insert/plain": 2.0})):
        yield Case(
            f"key-insert/{name}",
            f"{text(rows)} single INSERTs {'with a PRIMARY KEY' if key else 'without a key'}, each",
            "INSERT INTO t VALUES ({i}, 2.5, 'a')",
            [f"CREATE TABLE t (id INT{key}, x DOUBLE, s VARCHAR)"],
            numbered=True,
            cold=True,
            batch=rows,
            goals=goals,
        )
