"""UPDATE and DELETE against an equivalent SELECT."""

from ..scope import Scope, column
from ..tree import Node, Seq, write
from .metamorphic import agreement

COPY = "changed"


class Dml:
    """A copy of a table that is changed, and the same rows from a query."""

    name = "change"

    def make(self, g):
        table = g.rng.choice(g.database.tables)
        # Named by the copy's name in the change, and by the alias of the same name in the query.
        columns = [(column(f"{COPY}.{name}", type), type) for name, type, _ in table.columns if type != "vec"]
        scope = Scope(columns, unique=[columns[0][0]])
        names = [(name, type) for name, type, nullable in table.columns if nullable and type != "vec"]
        condition = g.expr("bool", scope, 2)
        source = Node("from", [], table.name)
        if not names or g.chance(0.3):
            return Node("check", [source, condition], "DELETE")
        name, type = g.rng.choice(names)
        return Node("check", [source, condition, Node("name", [], name), g.expr(type, scope, 2)], "UPDATE")

    def statements(self, tree):
        parts = [write(child, "linal") for child in tree.children]
        table, condition = parts[:2]
        start = [f"DROP DATASET {COPY} IF EXISTS", f"DATASET {COPY} FROM {table}"]
        if tree.template == "DELETE":
            return [
                f"SELECT {COPY}.id AS c0 FROM {table} AS {COPY} WHERE ({condition}) IS NOT TRUE",
                *start,
                f"DELETE FROM {COPY} WHERE {condition}",
                f"SELECT id AS c0 FROM {COPY}",
            ]
        name, value = parts[2:]
        return [
            f"SELECT {COPY}.id AS c0, CASE WHEN {condition} THEN {value} ELSE {COPY}.{name} END AS c1 FROM {table} AS {COPY}",
            *start,
            f"UPDATE {COPY} SET {name} = {value} WHERE {condition}",
            f"SELECT id AS c0, {name} AS c1 FROM {COPY}",
        ]

    def verdict(self, tree, answers, peers, has_edge_values):
        query, _, copied, changed, rows = answers
        if not copied.is_rows or query.is_rows != changed.is_rows:
            # The rows that are computed before an error are unspecified.
            return agreement("a copy", [[query, copied, changed]] * 2) if query.is_fatal or copied.is_fatal or changed.is_fatal else agreement("a copy", [[query]])
        if not query.is_rows:
            return agreement("a change", [[query, changed]])
        return agreement("a change and the query that says the same", [[query], [rows]])
