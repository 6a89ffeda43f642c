"""The scope of an expression."""

import dataclasses

from .values import leaf


@dataclasses.dataclass
class Scope:
    """Columns as `(node, type)`. `outer` are the columns of the query around; `inner` those that aggregates take when
    the query groups; `windows` says whether window functions may stand here."""

    columns: list
    outer: "Scope | None" = None
    inner: "Scope | None" = None
    windows: bool = False
    # The definitions of the WINDOW clause, to which window functions may add.
    named: "list | None" = None
    # Columns that identify rows, for orders without ties.
    unique: list = dataclasses.field(default_factory=list)

    def of(self, type):
        return [node for node, its in self.columns if its == type]

    def visible(self):
        """The columns that a subquery may name: an unqualified name could be one of its own."""
        return [(node, type) for node, type in self.columns if "." in node.template or node.children]

    def plain(self):
        """The same scope without windows and aggregates."""
        return dataclasses.replace(self, windows=False, inner=None)


def column(text, type):
    return leaf(type, text, tag=f"column:{text.split('.')[-1]}")
