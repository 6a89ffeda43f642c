"""Items of ORDER BY."""

from .tree import Node, Seq

TYPES = ("int", "int", "float", "text", "date", "ts", "bool", "iv")


def item(g, expression, plain=False):
    """An item with its direction and NULLS FIRST or LAST."""
    down = not plain and g.chance(0.4)
    nulls = "" if plain or g.chance(0.6) else g.rng.choice((" NULLS FIRST", " NULLS LAST"))
    text = "{0}" + (" DESC" if down else "")
    # SQLite sorts NULL before all values.
    spoken = nulls or (" NULLS FIRST" if down else " NULLS LAST")
    return Node("order", [expression], text + nulls, sqlite=text + spoken)


def order_by(g, scope, total, least=0, depth=1):
    """The items of an ORDER BY; with `total`, rows that are equal in it are equal."""
    items = []
    for _ in range(g.rng.choice((0, 1, 1, 2) if total else (1, 1, 2))):
        type = g.rng.choice(TYPES)
        items.append(item(g, g.expr(type, scope, depth) if g.chance(0.3) else g.simple(type, scope)))
    if not total:
        # A constant would be taken for a column number.
        return Seq([one for one in items if not is_constant(one)], least=0, before="ORDER BY ")
    items = [one for one in items if not is_constant(one)]
    tail = Seq([item(g, node) for node in scope.unique], least=len(scope.unique))
    # The tail remains when the items before it are removed.
    return Seq([Seq(items, least=0, after=", "), tail], separator="", least=2, before="ORDER BY ")


def is_constant(order_item):
    expression = order_item.children[0]
    return not expression.children and not (expression.tag or "").startswith("column")
