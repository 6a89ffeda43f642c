"""linal's Python package beside the packages of DuckDB and Polars, all in the process of the harness."""

from ..case import Case
from ..sizes import text
from ..tables import Table

GOALS = {"duckdb": 1.0, "polars": 1.0}


def cases(sizes):
    """Of the goals, the one of the better peer is what counts."""
    rows = sizes.rows(1_000_000)
    one, many = Table("frame", 1), Table("frame", rows)
    yield python("overhead", "a statement: SELECT of one number", one, repeat=10, batch=1_000)
    yield python("fetchall/1", "sql().fetchall() of 1 row", one, repeat=10, batch=1_000)
    yield python("fetchall/many", f"sql().fetchall() of {text(rows)} rows x 10", many, repeat=3)
    size = f"{text(rows)} x 10"
    for form, title in (("arrow", "Arrow table"), ("polars", "Polars frame"), ("numpy", "dict of NumPy arrays")):
        # Polars has nothing to do for a frame of its own.
        goals = {"duckdb": 1.0} if form == "polars" else GOALS
        yield python(f"in/{form}", f"{title} in, {size}", many, goals)
        yield python(f"out/{form}", f"{title} out, {size}", many, goals)


def python(name, title, table, goals=GOALS, **asked):
    return Case(f"python-{name}", title, None, tables={"t": table}, goals=goals, **asked)
