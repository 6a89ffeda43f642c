"""A CTE against a derived table and a dataset with the same rows."""

from ..queries.select import select
from ..queries.top import top_query
from ..tree import Node, Seq, write
from .metamorphic import agreement


class Materialised:
    """The same outer query over an inner query as CTE, derived table and dataset."""

    name = "materialised"

    def make(self, g):
        types = [g.any_type() for _ in range(g.rng.randint(1, 3))]
        inner = g.make_query(types, None, 1)
        g.ctes = [("q", inner.columns)] * 3
        outer = select(g, [g.any_type() for _ in range(g.rng.randint(1, 3))], None, 0)
        return Node("check", [inner.node, outer.node], "WITH q AS ({0}) {1}")

    def statements(self, tree):
        inner, outer = (write(child, "linal") for child in tree.children)
        return [
            f"WITH q AS ({inner}) {outer}",
            f"DROP DATASET q IF EXISTS",
            f"DATASET q FROM ({inner}) AS i",
            outer,
        ]

    def verdict(self, tree, answers, peers, has_edge_values):
        if answers[2].kind == "error":
            # A repeated column name, or a type that no dataset holds.
            return agreement("a CTE", [answers[:1]])
        return agreement("a CTE and the same rows as a dataset", [answers[:1], answers[3:]])
