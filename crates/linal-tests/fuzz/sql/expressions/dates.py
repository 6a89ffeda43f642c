"""Dates, timestamps and intervals."""

from ..generator import expression
from ..tree import Node

UNITS = ("year", "quarter", "month", "week", "day", "hour")


@expression("date", 1.0)
def moved(g, scope, depth):
    """A date plus some days."""
    sign = g.rng.choice(("+", "-"))
    days = g.rng.randint(0, 40)
    form = f"({{0}} {sign} {days})"
    cast = f"CAST({{0}} {sign} INTERVAL '{days} days' AS Date)"
    return Node("date", [g.expr("date", scope, depth)], cast, duckdb=form, postgres=form, sqlite=None)


@expression("date", 0.8)
def of_time(g, scope, depth):
    return Node("date", [g.expr("ts", scope, depth)], "CAST({0} AS Date)", sqlite=None)


@expression("ts", 1.5)
def plus_interval(g, scope, depth):
    sign = g.rng.choice(("+", "-"))
    type = g.rng.choice(("date", "ts", "ts"))
    return Node("ts", [g.expr(type, scope, depth), g.expr("iv", scope, depth)], f"({{0}} {sign} {{1}})", sqlite=None)


@expression("ts", 1.0)
def truncated(g, scope, depth):
    unit = g.rng.choice(UNITS)
    type = g.rng.choice(("date", "ts"))
    form = f"DATE_TRUNC('{unit}', {{0}})"
    return Node("ts", [g.expr(type, scope, depth)], f"CAST({form} AS Timestamp)", duckdb=f"{form}::TIMESTAMP", postgres=f"DATE_TRUNC('{unit}', ({{0}})::timestamp)", sqlite=None)


@expression("ts", 0.8)
def of_date(g, scope, depth):
    return Node("ts", [g.expr("date", scope, depth)], "CAST({0} AS Timestamp)", sqlite=None)


@expression("iv", 2.0)
def difference(g, scope, depth):
    return Node("iv", [g.expr("ts", scope, depth), g.expr("ts", scope, depth)], "({0} - {1})", sqlite=None)


@expression("iv", 0.5)
def summed(g, scope, depth):
    sign = g.rng.choice(("+", "-"))
    return Node("iv", [g.expr("iv", scope, depth), g.expr("iv", scope, depth)], f"({{0}} {sign} {{1}})", sqlite=None)


@expression("iv", 0.5)
def times(g, scope, depth):
    factor = g.rng.randint(-2, 3)
    pair = (f"{{0}} * ({factor})", f"({factor}) * {{0}}")
    return Node("iv", [g.expr("iv", scope, depth)], f"({g.rng.choice(pair)})", sqlite=None)


@expression("int", 0.4)
def days_between(g, scope, depth):
    return Node("int", [g.expr("date", scope, depth), g.expr("date", scope, depth)], "({0} - {1})", sqlite=None)
