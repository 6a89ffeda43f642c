"""GROUP BY with keys, ROLLUP, CUBE and GROUPING SETS."""

import dataclasses

from ..scope import Scope
from ..tree import Node, Seq
from ..values import leaf

KEY_TYPES = ("int", "text", "bool", "date", "float", "ts")


def group_scope(g, source, scope):
    """The clause, and the scope after it."""
    inner = dataclasses.replace(scope, outer=None)
    candidates = [(node, type) for node, type in inner.columns if type in KEY_TYPES]
    if not candidates:
        return None, None
    keys = g.rng.sample(candidates, min(len(candidates), g.rng.choice((1, 1, 2, 2, 3))))
    kind = g.rng.random()
    if kind > 0.3 and g.chance(0.3):
        type = g.rng.choice(KEY_TYPES)
        made = g.expr(type, inner, 1)
        if made.children and names_column(made):
            keys[0] = (made, type)
    grouped = Scope(keys, outer=scope.outer, inner=scope, unique=[node for node, _ in keys])
    nodes = [node for node, _ in keys]
    if kind > 0.3:
        return Seq(nodes, before=" GROUP BY "), grouped
    clause = sets(g, nodes)
    # Keys of grouping sets identify groups only together with the set.
    grouping = [Node("int", [Seq(nodes, least=1)], "GROUPING({0})", tag="aggregate", sqlite=None)]
    if g.chance(0.3):
        grouped.columns = keys + [(grouping[0], "int")]
    grouped.unique = nodes + grouping
    return Seq([clause], before=" GROUP BY "), grouped


def names_column(node):
    if (node.tag or "").startswith("column"):
        return True
    # Subqueries and volatile values as keys are tested elsewhere.
    if node.type == "query":
        return False
    return any(names_column(child) for child in node.children)


def sets(g, nodes):
    word = g.rng.choice(("ROLLUP", "CUBE", "SETS"))
    if word != "SETS":
        return Node("group", [Seq(nodes)], f"{word} ({{0}})", tag="grouping sets", sqlite=None)
    chosen = [Node("set", [Seq(g.rng.sample(nodes, g.rng.randint(1, len(nodes))))], "({0})") for _ in range(g.rng.randint(1, 3))]
    # All keys are in some set.
    chosen.append(Node("set", [Seq(nodes, least=len(nodes))], "({0})"))
    if g.chance(0.5):
        chosen.append(leaf("set", "()"))
    return Node("group", [Seq(chosen)], "GROUPING SETS ({0})", tag="grouping sets", sqlite=None)
