"""Non-optimising reference engine construction (NoREC): the condition as a value, which no rule pushes down."""

from ..tree import Node, Seq, write
from .metamorphic import agreement, base


class NoRec:
    """The rows that a WHERE keeps, counted by a SUM over a CASE."""

    name = "norec"

    def make(self, g):
        source, scope, condition = base(g)
        return Node("check", [Seq([source.node], before=" FROM "), condition], "SELECT COUNT(*) AS c{0} WHERE {1}")

    def statements(self, tree):
        source, condition = (write(child, "linal") for child in tree.children)
        return [
            f"SELECT COUNT(*) AS c{source} WHERE {condition}",
            f"SELECT COALESCE(SUM(p.c), 0) AS c FROM (SELECT CASE WHEN {condition} THEN 1 ELSE 0 END AS c{source}) AS p",
        ]

    def verdict(self, tree, answers, peers, has_edge_values):
        return agreement("non-optimising reference", [answers[:1], answers[1:]])
