"""Expressions of every type: CASE, COALESCE, NULLIF, GREATEST, casts to the same type."""

from ..generator import EXPRESSIONS
from ..tree import Node, Seq, maybe
from ..values import NAMES

TYPES = ("int", "float", "text", "bool", "date", "ts")


def searched_case(type):
    def make(g, scope, depth):
        arms = [
            Node("arm", [g.expr("bool", scope, depth), g.expr(type, scope, depth)], "WHEN {0} THEN {1}")
            for _ in range(g.rng.choice((1, 1, 2)))
        ]
        last = g.expr(type, scope, depth) if g.chance(0.7) else None
        return Node(type, [Seq(arms, " "), maybe(last, " ELSE ")], "(CASE {0}{1} END)")

    return make


def simple_case(type):
    def make(g, scope, depth):
        by = g.any_type()
        arms = [
            Node("arm", [g.expr(by, scope, depth), g.expr(type, scope, depth)], "WHEN {0} THEN {1}")
            for _ in range(g.rng.choice((1, 2)))
        ]
        subject = g.expr(by, scope, depth)
        return Node(type, [subject, Seq(arms, " "), maybe(g.expr(type, scope, depth), " ELSE ")], "(CASE {0} {1}{2} END)")

    return make


def coalesce(type):
    def make(g, scope, depth):
        items = [g.expr(type, scope, depth) for _ in range(g.rng.choice((2, 2, 3)))]
        return Node(type, [Seq(items, least=2)], "COALESCE({0})")

    return make


def nullif(type):
    def make(g, scope, depth):
        return Node(type, [g.expr(type, scope, depth), g.expr(type, scope, depth)], "NULLIF({0}, {1})")

    return make


def extreme(type):
    def make(g, scope, depth):
        name = g.rng.choice(("GREATEST", "LEAST"))
        items = [g.expr(type, scope, depth) for _ in range(2)]
        # SQLite returns NULL if any argument is.
        return Node(type, [Seq(items, least=2)], name + "({0})", sqlite=None)

    return make


def same_cast(type):
    def make(g, scope, depth):
        names = NAMES[type]
        form = {dialect: f"CAST({{0}} AS {names[dialect]})" for dialect in ("duckdb", "postgres", "sqlite")}
        return Node(type, [g.expr(type, scope, depth)], f"CAST({{0}} AS {names['linal']})", **form)

    return make


def register():
    for type in TYPES:
        forms = [(1.0, searched_case), (0.5, simple_case), (0.8, coalesce), (0.5, nullif), (0.3, extreme), (0.15, same_cast)]
        for weight, build in forms:
            EXPRESSIONS.setdefault(type, []).append((weight, None, build(type)))


register()
