"""Pivoted query synthesis (PQS): a query that must return a row chosen before."""

from ..scope import Scope, column
from ..tree import Node, Seq, write
from ..values import literal
from .metamorphic import agreement


class Pivot:
    """The row of a key, selected with a condition that is made true for it."""

    name = "pivot"

    def make(self, g):
        table = g.rng.choice([table for table in g.database.tables if table.rows] or g.database.tables)
        alias = g.alias("a")
        columns = [(column(f"{alias}.{name}", type), type) for name, type, _ in table.columns if type != "vec"]
        scope = Scope(columns, unique=[columns[0][0]])
        condition = g.expr("bool", scope, 3)
        key = literal("int", g.rng.randint(1, max(1, len(table.rows))))
        source = Node("from", [], f"{table.name} AS {alias}")
        return Node("check", [Seq([source], before=" FROM "), condition, key, columns[0][0]], "SELECT {3}{0} WHERE {1}")

    def statements(self, tree):
        source, condition, key, id = (write(child, "linal") for child in tree.children)
        made_true = f"CASE WHEN {condition} THEN true WHEN NOT ({condition}) THEN NOT ({condition}) ELSE ({condition}) IS NULL END"
        forms = [f"({condition})", f"(NOT ({condition}))", f"(({condition}) IS NULL)"]
        either = " OR ".join(forms)
        return [
            f"SELECT {id} AS c{source} WHERE {id} = {key}",
            f"SELECT {id} AS c{source} WHERE {id} = {key} AND ({either})",
            f"SELECT {id} AS c{source} WHERE ({made_true}) AND {id} = {key}",
        ]

    def verdict(self, tree, answers, peers, has_edge_values):
        return agreement("pivoted row", [[answer] for answer in answers])
