"""Aggregates, for queries that group."""

import dataclasses

from ..generator import expression
from ..tree import Node, Seq, maybe
from ..values import leaf


def groups(scope):
    return scope.inner is not None


def argument(g, scope, type, depth):
    """An argument over the rows of a group. An aggregate over outer columns only would belong to the outer query."""
    inner = dataclasses.replace(scope.inner, outer=None)
    if not inner.of(type):
        return None
    return g.expr(type, inner, min(depth, 2)) if g.chance(0.5) else g.rng.choice(inner.of(type))


def condition(g, scope, depth):
    if not g.chance(0.2):
        return Seq([], least=0)
    inner = dataclasses.replace(scope.inner, outer=None)
    return Seq([g.expr("bool", inner, min(depth, 1))], least=0, before=" FILTER (WHERE ", after=")")


def call(g, scope, depth, type, name, taken, distinct=0.15, **others):
    value = argument(g, scope, taken, depth)
    if value is None:
        return None
    word = "DISTINCT " if g.chance(distinct) else ""
    forms = {dialect: form and form.format(f"{word}{{0}}", "{1}") for dialect, form in others.items()}
    return Node(type, [value, condition(g, scope, depth)], f"{name}({word}{{0}}){{1}}", tag="aggregate", **forms)


@expression("int", 3.0, groups)
def count(g, scope, depth):
    if g.chance(0.4):
        return Node("int", [condition(g, scope, depth)], "COUNT(*){0}", tag="aggregate")
    return call(g, scope, depth, "int", "COUNT", g.any_type(), distinct=0.3)


@expression("int", 2.0, groups)
def total(g, scope, depth):
    return call(g, scope, depth, "int", "SUM", "int", duckdb="CAST(SUM({0}){1} AS BIGINT)", postgres="CAST(SUM({0}){1} AS bigint)")


@expression("int", 0.4, groups)
def bits(g, scope, depth):
    name = g.rng.choice(("BIT_AND", "BIT_OR", "BIT_XOR"))
    return call(g, scope, depth, "int", name, "int", distinct=0, sqlite=None)


@expression("float", 2.0, groups)
def average(g, scope, depth):
    return call(g, scope, depth, "float", "AVG", g.rng.choice(("int", "float")), postgres="CAST(AVG({0}){1} AS float8)")


@expression("float", 1.0, groups)
def float_total(g, scope, depth):
    return call(g, scope, depth, "float", "SUM", "float", distinct=0)


@expression("float", 0.7, groups)
def spread(g, scope, depth):
    name = g.rng.choice(("STDDEV", "STDDEV_POP", "VAR_SAMP", "VAR_POP"))
    return call(g, scope, depth, "float", name, g.rng.choice(("int", "float")), distinct=0, sqlite=None, postgres=f"CAST({name}({{0}}){{1}} AS float8)")


@expression("float", 0.4, groups)
def of_two(g, scope, depth):
    name = g.rng.choice(("CORR", "COVAR_POP", "COVAR_SAMP", "REGR_SLOPE"))
    values = [argument(g, scope, "float", depth), argument(g, scope, "float", depth)]
    if None in values:
        return None
    # For constant values DuckDB returns NaN, PostgreSQL and linal NULL.
    others = {} if name.startswith("COVAR") else {"duckdb": None}
    return Node("float", values, f"{name}({{0}}, {{1}})", tag="aggregate", sqlite=None, **others)


@expression("float", 0.4, groups)
def median(g, scope, depth):
    return call(g, scope, depth, "float", "MEDIAN", "float", distinct=0, sqlite=None, postgres=None)


def extreme(type):
    def make(g, scope, depth):
        return call(g, scope, depth, type, g.rng.choice(("MIN", "MAX")), type, distinct=0.05)

    return make


for _type in ("int", "float", "text", "date", "ts", "iv"):
    expression(_type, 2.0, groups)(extreme(_type))


@expression("bool", 1.5, groups)
def all_or_any(g, scope, depth):
    return call(g, scope, depth, "bool", g.rng.choice(("BOOL_AND", "BOOL_OR")), "bool", distinct=0, sqlite=None)


@expression("text", 1.0, groups)
def string_agg(g, scope, depth):
    value = argument(g, scope, "text", depth)
    if value is None:
        return None
    order = Seq(scope.inner.unique, least=len(scope.inner.unique), before=" ORDER BY ")
    return Node("text", [value, order, condition(g, scope, depth)], "STRING_AGG({0}, ','{1}){2}", tag="aggregate", sqlite=None)


def ordered(type):
    """first and last by an order without ties."""

    def make(g, scope, depth):
        value = argument(g, scope, type, depth)
        if value is None:
            return None
        name, duckdb = g.rng.choice((("FIRST_VALUE", "first"), ("LAST_VALUE", "last")))
        order = Seq(scope.inner.unique, least=len(scope.inner.unique), before=" ORDER BY ")
        pick = "1" if name == "FIRST_VALUE" else "count(*)"
        return Node(
            type,
            [value, order],
            f"{name}({{0}}{{1}})",
            tag="aggregate",
            duckdb=f"{duckdb}({{0}}{{1}})",
            postgres=f"(array_agg({{0}}{{1}}))[{pick}]",
            sqlite=None,
        )

    return make


for _type in ("int", "text"):
    expression(_type, 0.3, groups)(ordered(_type))
