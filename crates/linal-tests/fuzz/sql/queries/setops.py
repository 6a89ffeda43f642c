"""UNION, INTERSECT and EXCEPT."""

from ..ordering import item
from ..scope import column
from ..tree import Node, Seq
from .select import Query, limit_clause, named, select

WORDS = ("UNION", "UNION ALL", "INTERSECT", "EXCEPT", "INTERSECT ALL", "EXCEPT ALL")


def set_operation(g, types, outer, level):
    left = part(g, types, outer, level)
    word = g.rng.choice(WORDS)
    right = part(g, types, outer, level)
    order, limit = Seq([], least=0), Seq([], least=0)
    if g.chance(0.25):
        names = [column(f"c{index}", type) for index, type in enumerate(types)]
        limit = limit_clause(g) if g.chance(0.6) else limit
        order = Seq([item(g, node) for node in names], least=len(names) if limit.children else 0, before=" ORDER BY ")
    sqlite = None
    if not word.endswith(" ALL") or word == "UNION ALL":
        sqlite = f"SELECT * FROM ({{0}}) {word} SELECT * FROM ({{1}}){{2}}{{3}}"
    node = Node("query", [left.node, right.node, order, limit], f"({{0}}) {word} ({{1}}){{2}}{{3}}", tag="set operation", sqlite=sqlite)
    return Query(node, named(types))


def part(g, types, outer, level):
    if g.chance(0.15) and level < 2:
        return set_operation(g, types, outer, level + 1)
    return select(g, types, outer, level + 1)
