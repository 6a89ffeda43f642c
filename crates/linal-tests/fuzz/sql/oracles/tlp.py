"""Ternary logic partitioning (TLP): the rows where a condition is true, false and NULL are all rows."""

from ..tree import Node, Seq, write
from ..expressions import aggregates
from .metamorphic import agreement, base

PARTS = ("{0} WHERE {1}", "{0} WHERE NOT ({1})", "{0} WHERE ({1}) IS NULL")


class Tlp:
    """TLP of the rows of a join, or of the groups that HAVING keeps."""

    name = "tlp"

    def make(self, g):
        source, scope, condition = base(g)
        types = [g.any_type(("int", "float", "text", "bool", "date", "ts")) for _ in range(g.rng.randint(1, 3))]
        items = Seq([Node("item", [g.expr(type, scope, 1)], f"{{0}} AS c{index}") for index, type in enumerate(types)])
        return Node("check", [items, Seq([source.node], before=" FROM "), condition], "SELECT {0}{1}")

    def statements(self, tree):
        items, source, condition = (write(child, "linal") for child in tree.children)
        whole = f"SELECT {items}{source}"
        return [whole] + [part.format(whole, condition) for part in PARTS]

    def verdict(self, tree, answers, peers, has_edge_values):
        return agreement("ternary logic partitioning", [answers[:1], answers[1:]])


class TlpAggregate(Tlp):
    """TLP of COUNT, SUM, MIN and MAX, whose partial results can be combined."""

    name = "tlp-aggregate"

    def make(self, g):
        source, scope, condition = base(g)
        wanted = g.rng.choice(("COUNT", "MIN", "MAX", "SUM"))
        value = g.expr("int", scope, 1)
        return Node("check", [value, Seq([source.node], before=" FROM "), condition], wanted)

    def statements(self, tree):
        value, source, condition = (write(child, "linal") for child in tree.children)
        name = tree.template
        outer = "SUM" if name == "COUNT" else name
        whole = f"SELECT {name}({value}) AS c{source}"
        parts = " UNION ALL ".join(part.format(whole, condition) for part in PARTS)
        return [whole, f"SELECT {outer}(p.c) AS c FROM ({parts}) AS p"]

    def verdict(self, tree, answers, peers, has_edge_values):
        return agreement("ternary logic partitioning of an aggregate", [answers[:1], answers[1:]])
