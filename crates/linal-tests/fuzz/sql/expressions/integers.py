"""Integer expressions, small enough to stay in range."""

from ..generator import expression
from ..tree import Node
from ..values import literal


@expression("int", 3.0)
def arithmetic(g, scope, depth):
    sign = g.rng.choice(("+", "-", "+", "-", "*"))
    left = g.expr("int", scope, depth)
    # A product with a small literal, since products of products overflow.
    right = literal("int", g.rng.choice((2, 3, -1))) if sign == "*" else g.expr("int", scope, depth)
    return Node("int", [left, right], f"({{0}} {sign} {{1}})")


@expression("int", 0.7)
def negated(g, scope, depth):
    return Node("int", [g.expr("int", scope, depth)], "(- {0})")


@expression("int", 1.0)
def divided(g, scope, depth):
    divisor = literal("int", g.rng.choice((2, 3, -2, 5)))
    if g.chance(0.4):
        divisor = Node("int", [g.expr("int", scope, depth)], "NULLIF({0}, " + "0)")
    return quotient(g.expr("int", scope, depth), divisor, g.chance(0.5))


@expression("int", 0.8)
def guarded(g, scope, depth):
    """A division by a value that a CASE keeps from zero."""
    divisor = g.expr("int", scope, min(depth, 1))
    dividend = g.expr("int", scope, min(depth, 1))
    return Node("int", [divisor, quotient(dividend, divisor, g.chance(0.5))], "(CASE WHEN {0} <> 0 THEN {1} END)")


def quotient(left, right, remainder):
    if remainder:
        return Node("int", [left, right], "({0} % {1})")
    return Node("int", [left, right], "({0} DIV {1})", duckdb="({0} // {1})", postgres="({0} / {1})", sqlite="({0} / {1})")


@expression("int", 0.6)
def function(g, scope, depth):
    name = g.rng.choice(("ABS", "SIGN"))
    form = "{0}::BIGINT"
    call = f"{name}({{0}})"
    if name == "SIGN":
        return Node("int", [g.expr("int", scope, depth)], call, duckdb=form.format(call), postgres=form.format(call))
    return Node("int", [g.expr("int", scope, depth)], call)


@expression("int", 0.8)
def length(g, scope, depth):
    return Node("int", [g.expr("text", scope, depth)], "LENGTH({0})")


@expression("int", 0.5)
def position(g, scope, depth):
    return Node("int", [g.expr("text", scope, depth), g.expr("text", scope, depth)], "STRPOS({0}, {1})", sqlite="INSTR({0}, {1})")


@expression("int", 0.5)
def of_bool(g, scope, depth):
    return Node(
        "int", [g.expr("bool", scope, depth)], "CAST({0} AS Int)", duckdb="CAST({0} AS BIGINT)", postgres="({0})::int::bigint", sqlite="({0})"
    )


@expression("int", 0.7)
def date_part(g, scope, depth):
    part = g.rng.choice(("YEAR", "MONTH", "DAY", "DOW", "DOY", "QUARTER", "ISODOW", "WEEK"))
    type = g.rng.choice(("date", "ts"))
    form = f"EXTRACT({part} FROM {{0}})"
    return Node("int", [g.expr(type, scope, depth)], f"CAST({form} AS Int)", duckdb=f"CAST({form} AS BIGINT)", postgres=f"{form}::bigint", sqlite=None)


@expression("int", 0.5)
def truncated(g, scope, depth):
    """A cast of a float in range: truncation, where the peers round."""
    inner = g.expr("float", scope, depth)
    value = Node("float", [inner], "(CASE WHEN {0} > -1000 AND {0} < 1000 THEN {0} END)")
    return Node("int", [value], "CAST({0} AS Int)", duckdb="trunc({0})::BIGINT", postgres="trunc({0})::bigint", sqlite="CAST({0} AS INTEGER)")
