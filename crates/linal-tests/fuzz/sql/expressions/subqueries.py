"""Subqueries in expressions, mostly correlated."""

from ..generator import expression
from ..tree import Node, Seq

SCALARS = ("int", "float", "text", "bool", "date", "ts")


def scalar(type):
    def make(g, scope, depth):
        query = g.subquery([type], scope, "single")
        return query and Node(type, [query.node], "({0})", tag="scalar subquery")

    return make


for _type in SCALARS:
    expression(_type, 1.0)(scalar(_type))


@expression("bool", 1.5)
def exists(g, scope, depth):
    query = g.subquery([g.any_type()], scope, "any")
    word = g.rng.choice(("EXISTS", "NOT EXISTS"))
    return query and Node("bool", [query.node], f"({word} ({{0}}))", tag="exists")


@expression("bool", 1.5)
def within(g, scope, depth):
    type = g.any_type()
    query = g.subquery([type], scope, "any")
    word = g.rng.choice(("IN", "NOT IN"))
    return query and Node("bool", [g.expr(type, scope, min(depth, 1)), query.node], f"({{0}} {word} ({{1}}))", tag="in subquery")


@expression("bool", 0.15)
def rows_within(g, scope, depth):
    types = [g.any_type(), g.any_type()]
    query = g.subquery(types, scope, "any")
    word = g.rng.choice(("IN", "NOT IN"))
    left = Seq([g.expr(type, scope, min(depth, 1)) for type in types], least=2)
    # DuckDB treats rows that contain NULL as values.
    return query and Node("bool", [left, query.node], f"(({{0}}) {word} ({{1}}))", tag="in subquery", duckdb=None)


@expression("bool", 0.7)
def quantified(g, scope, depth):
    type = g.any_type()
    query = g.subquery([type], scope, "any")
    sign = g.rng.choice(("=", "<>", "<", "<=", ">", ">="))
    word = g.rng.choice(("ANY", "ALL"))
    return query and Node("bool", [g.expr(type, scope, min(depth, 1)), query.node], f"({{0}} {sign} {word} ({{1}}))", tag="quantified", sqlite=None)
