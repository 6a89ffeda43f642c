"""Conditions."""

from ..generator import expression
from ..tree import Node, Seq
from ..values import leaf, literal, null

COMPARISONS = ("=", "<>", "<", "<=", ">", ">=")
TYPES = ("int", "int", "float", "text", "bool", "date", "ts", "iv")


@expression("bool", 4.0)
def compared(g, scope, depth):
    type = g.any_type(TYPES)
    sign = g.rng.choice(COMPARISONS)
    return Node("bool", [g.expr(type, scope, depth), g.expr(type, scope, depth)], f"({{0}} {sign} {{1}})")


@expression("bool", 0.5)
def mixed(g, scope, depth):
    """Comparisons of different types."""
    left, right = g.rng.choice((("int", "float"), ("date", "ts"), ("float", "int")))
    sign = g.rng.choice(COMPARISONS)
    return Node("bool", [g.expr(left, scope, depth), g.expr(right, scope, depth)], f"({{0}} {sign} {{1}})")


@expression("bool", 2.0)
def connected(g, scope, depth):
    word = g.rng.choice(("AND", "OR"))
    items = [g.expr("bool", scope, depth) for _ in range(g.rng.choice((2, 2, 3)))]
    return Node("bool", [Seq(items, f" {word} ")], "({0})")


@expression("bool", 1.2)
def negated(g, scope, depth):
    return Node("bool", [g.expr("bool", scope, depth)], "(NOT {0})")


@expression("bool", 1.2)
def null_test(g, scope, depth):
    word = g.rng.choice(("IS NULL", "IS NOT NULL"))
    return Node("bool", [g.expr(g.any_type(), scope, depth)], f"({{0}} {word})")


@expression("bool", 0.5)
def truth_test(g, scope, depth):
    word = g.rng.choice(("IS TRUE", "IS FALSE", "IS NOT TRUE", "IS NOT FALSE"))
    return Node("bool", [g.expr("bool", scope, depth)], f"({{0}} {word})")


@expression("bool", 0.6)
def distinct(g, scope, depth):
    type = g.any_type(TYPES)
    word = g.rng.choice(("", "NOT "))
    sqlite = f"({{0}} IS {'NOT ' if not word else ''}{{1}})"
    return Node("bool", [g.expr(type, scope, depth), g.expr(type, scope, depth)], f"({{0}} IS {word}DISTINCT FROM {{1}})", sqlite=sqlite)


@expression("bool", 0.8)
def between(g, scope, depth):
    type = g.any_type(TYPES)
    word = g.rng.choice(("", "NOT "))
    return Node("bool", [g.expr(type, scope, depth) for _ in range(3)], f"({{0}} {word}BETWEEN {{1}} AND {{2}})")


@expression("bool", 1.0)
def in_list(g, scope, depth):
    type = g.any_type()
    word = g.rng.choice(("IN", "NOT IN"))
    items = [g.constant(type) if g.chance(0.6) else g.expr(type, scope, depth) for _ in range(g.rng.randint(1, 4))]
    if g.chance(0.2):
        items.append(null(type))
    return Node("bool", [g.expr(type, scope, depth), Seq(items)], f"({{0}} {word} ({{1}}))")


@expression("bool", 0.6)
def like(g, scope, depth):
    pattern = literal("text", g.rng.choice(("a%", "%b", "_", "%", "a_b", "%a%", "", "%_", "A%")))
    word = g.rng.choice(("LIKE", "NOT LIKE", "ILIKE"))
    others = {"sqlite": None} if word == "ILIKE" else {}
    # The backslash is an ordinary character in LINAL and DuckDB, and an escape in PostgreSQL; no pattern has
    # one.
    return Node("bool", [g.expr("text", scope, depth), pattern], f"({{0}} {word} {{1}})", **others)


@expression("bool", 0.5)
def rows(g, scope, depth):
    """A comparison of rows."""
    types = [g.any_type() for _ in range(2)]
    sign = g.rng.choice(("=", "<>", "<", "<=", ">", ">="))
    children = [g.expr(type, scope, depth) for type in types + types]
    # DuckDB compares NULLs within rows as values, so it gets the expansion that the standard defines.
    spelled = {"=": "({0} = {2} AND {1} = {3})", "<>": "({0} <> {2} OR {1} <> {3})"}.get(sign)
    spelled = spelled or f"({{0}} {sign[0]} {{2}} OR ({{0}} = {{2}} AND {{1}} {sign} {{3}}))"
    return Node("bool", children, f"(({{0}}, {{1}}) {sign} ({{2}}, {{3}}))", duckdb=spelled)


@expression("bool", 0.4)
def rows_in(g, scope, depth):
    types = [g.any_type() for _ in range(2)]
    left = [g.expr(type, scope, depth) for type in types]
    right = [g.constant(type) if g.chance(0.7) else null(type) for type in types + types]
    word = g.rng.choice(("IN", "NOT IN"))
    not_ = "NOT " if word == "NOT IN" else ""
    return Node(
        "bool",
        left + right,
        f"(({{0}}, {{1}}) {word} (({{2}}, {{3}}), ({{4}}, {{5}})))",
        duckdb=f"({not_}(({{0}} = {{2}} AND {{1}} = {{3}}) OR ({{0}} = {{4}} AND {{1}} = {{5}})))",
        sqlite=f"(({{0}}, {{1}}) {word} (VALUES ({{2}}, {{3}}), ({{4}}, {{5}})))",
    )


@expression("bool", 0.4)
def guarded(g, scope, depth):
    """A division by a value that another condition keeps from zero."""
    divisor = g.expr("int", scope, min(depth, 1))
    dividend = g.expr("int", scope, min(depth, 1))
    sign = g.rng.choice(COMPARISONS)
    limit = leaf("int", str(g.rng.randint(0, 3)))
    # The order in which PostgreSQL evaluates the operands of AND is unspecified.
    return Node(
        "bool",
        [divisor, dividend, limit],
        f"({{0}} <> 0 AND ({{1}} DIV {{0}}) {sign} {{2}})",
        duckdb=f"({{0}} <> 0 AND ({{1}} // {{0}}) {sign} {{2}})",
        postgres=f"(CASE WHEN {{0}} <> 0 THEN ({{1}} / {{0}}) {sign} {{2}} WHEN {{0}} = 0 THEN false "
        f"WHEN NOT (({{1}} / NULLIF({{0}}, 0)) {sign} {{2}}) THEN false END)",
        sqlite=f"({{0}} <> 0 AND ({{1}} / {{0}}) {sign} {{2}})",
    )
