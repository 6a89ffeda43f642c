"""Float expressions."""

from ..generator import expression
from ..tree import Node


@expression("float", 3.0)
def arithmetic(g, scope, depth):
    sign = g.rng.choice(("+", "-", "+", "-", "*"))
    # In SQLite a NaN is NULL.
    return Node("float", [g.expr("float", scope, depth), g.expr("float", scope, depth)], f"({{0}} {sign} {{1}})")


@expression("float", 0.6)
def mixed(g, scope, depth):
    sign = g.rng.choice(("+", "-", "*"))
    pair = [g.expr("int", scope, depth), g.expr("float", scope, depth)]
    g.rng.shuffle(pair)
    return Node("float", pair, f"({{0}} {sign} {{1}})")


@expression("float", 1.0)
def quotient(g, scope, depth):
    types = g.rng.choice((("float", "float"), ("int", "int"), ("float", "int")))
    children = [g.expr(type, scope, depth) for type in types]
    return Node("float", children, "({0} / {1})", postgres="linal_div({0}, {1})", sqlite=None)


@expression("float", 0.6)
def of_int(g, scope, depth):
    return Node(
        "float", [g.expr("int", scope, depth)], "CAST({0} AS Float)", duckdb="CAST({0} AS DOUBLE)", postgres="({0})::float8", sqlite="CAST({0} AS REAL)"
    )


@expression("float", 0.6)
def function(g, scope, depth):
    name = g.rng.choice(("ABS", "FLOOR", "CEIL", "ROUND", "TRUNC", "SIGN"))
    # The sign of NaN is NaN, as in NumPy; both peers have 0.
    signs = {"duckdb": "(CASE WHEN isnan({0}) THEN {0} ELSE sign({0})::DOUBLE END)"}
    signs["postgres"] = "(CASE WHEN {0} = 'NaN'::float8 THEN {0} ELSE sign({0}) END)"
    others = {"ROUND": {"duckdb": "round_even({0}, 0)"}, "SIGN": signs}.get(name, {})
    sqlite = "ABS({0})" if name == "ABS" else None
    return Node("float", [g.expr("float", scope, depth)], f"{name}({{0}})", sqlite=sqlite, **others)


@expression("float", 0.3)
def root(g, scope, depth):
    return Node("float", [g.expr("float", scope, depth)], "SQRT(ABS({0}))", sqlite=None)


@expression("float", 0.4)
def seconds(g, scope, depth):
    form = "EXTRACT(EPOCH FROM {0})"
    return Node("float", [g.expr("iv", scope, depth)], f"CAST({form} AS Float)", duckdb=f"{form}::DOUBLE", postgres=f"{form}::float8", sqlite=None)


@expression("float", 0.4)
def negated(g, scope, depth):
    return Node("float", [g.expr("float", scope, depth)], "(- {0})")
