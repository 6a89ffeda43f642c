"""SELECT with all its clauses."""

import dataclasses

from ..ordering import item, order_by
from ..scope import Scope, column
from ..tree import Node, Seq, maybe
from ..values import leaf
from .grouping import group_scope
from .sources import make_from


@dataclasses.dataclass
class Query:
    """A query with `(name, type)` columns."""

    node: object
    columns: list


def aliased(expression, index):
    return Node("item", [expression], f"{{0}} AS c{index}")


def select(g, types, outer, level, shape="any"):
    """A SELECT of expressions of these types. With the shape `single` it has at most one row."""
    source = make_from(g, outer, level)
    scope = source.scope(outer)
    depth = 1 if level else g.rng.choice((1, 2, 2, 3))
    where = g.expr("bool", scope, depth) if g.chance(0.6 if level else 0.5) else None
    if outer is not None and g.chance(0.7):
        where = correlated(g, where, scope, outer)
    if shape == "single":
        return single(g, types, source, scope, where, depth, level)
    kind = g.rng.random()
    if kind < 0.3:
        return grouped(g, types, source, scope, where, depth, level)
    if kind < 0.36:
        return aggregated(g, types, source, scope, where, depth, level)
    return plain(g, types, source, scope, where, depth, level)


def correlated(g, where, scope, outer):
    """The condition, with an equality between a column here and an outer one."""
    pairs = [(a, b) for a, type in scope.columns for b, other in outer.visible() if type == other and type != "vec"]
    if not pairs:
        return where
    sign = g.rng.choice(("=", "=", "=", "<", "<>", ">="))
    pair = Node("bool", list(g.rng.choice(pairs)), f"({{0}} {sign} {{1}})")
    return pair if where is None else Node("bool", [Seq([pair, where], " AND ")], "({0})")


def items_of(g, types, scope, depth):
    return Seq([aliased(g.expr(type, scope, depth), index) for index, type in enumerate(types)])


def build(source, items, where, distinct=False, group=None, having=None, qualify=None, order=None, limit=None, named=()):
    parts = [
        items,
        Seq([source.node], before=" FROM "),
        maybe(where, " WHERE "),
        group or Seq([], least=0),
        maybe(having, " HAVING "),
        Seq(named, least=0, before=" WINDOW "),
        maybe(qualify, " QUALIFY "),
        order or Seq([], least=0),
        limit or Seq([], least=0),
    ]
    word = "SELECT DISTINCT " if distinct else "SELECT "
    form = word + "{0}{1}{2}{3}{4}{5}{6}{7}{8}"
    others = {"postgres": None, "sqlite": None} if qualify is not None else {}
    return Node("query", parts, form, **others)


def named(types):
    return [(f"c{index}", type) for index, type in enumerate(types)]


def plain(g, types, source, scope, where, depth, level):
    windowed = g.chance(0.4)
    scope = dataclasses.replace(scope, windows=windowed, named=[] if windowed else None)
    items = items_of(g, types, scope, depth)
    qualify = None
    if windowed and g.chance(0.15):
        qualify = g.expr("bool", scope, 2)
        if not any(piece.tag == "window" for piece in pieces(qualify)):
            qualify = None
    distinct = g.chance(0.15)
    order, limit = ending(g, types, distinct, scope, level)
    return Query(build(source, items, where, distinct, qualify=qualify, order=order, limit=limit, named=scope.named or ()), named(types))


def pieces(node):
    """The nodes of an expression without those of its subqueries."""
    yield node
    for child in node.children:
        if child.type != "query":
            yield from pieces(child)


def ending(g, types, distinct, scope, level):
    """ORDER BY, and a LIMIT whose rows do not depend on ties."""
    names = [column(f"c{index}", type) for index, type in enumerate(types)]
    if level and not g.chance(0.12) or not level and not g.chance(0.4):
        return None, None
    items = [item(g, node) for node in g.rng.sample(names, len(names))]
    if not distinct and not scope.inner and g.chance(0.3):
        items.insert(0, item(g, g.rng.choice([node for node, type in scope.columns if type != "vec"] or names)))
    limit = None
    if level or g.chance(0.5):
        limit = limit_clause(g)
    return Seq(items, least=len(items) if limit else 0, before=" ORDER BY "), limit


def limit_clause(g, one=False):
    text = " LIMIT " + ("1" if one else str(g.rng.randint(0, 6)))
    if g.chance(0.3):
        text += f" OFFSET {g.rng.randint(0, 3)}"
    return Seq([leaf("limit", text)], least=0)


def grouped(g, types, source, scope, where, depth, level):
    group, inner_scope = group_scope(g, source, scope)
    if group is None:
        return aggregated(g, types, source, scope, where, depth, level)
    items = items_of(g, types, dataclasses.replace(inner_scope, windows=g.chance(0.15)), depth)
    having = g.expr("bool", inner_scope, 2) if g.chance(0.35) else None
    order, limit = ending(g, types, True, inner_scope, level)
    return Query(build(source, items, where, g.chance(0.08), group, having, order=order, limit=limit), named(types))


def aggregated(g, types, source, scope, where, depth, level):
    """An aggregate without GROUP BY, which has one row."""
    inner = Scope([], outer=scope.outer, inner=scope)
    items = Seq([aliased(forced(g, type, inner, depth), index) for index, type in enumerate(types)])
    having = g.expr("bool", inner, 1) if g.chance(0.2) else None
    limit = limit_clause(g) if g.chance(0.06) else None
    return Query(build(source, items, where, having=having, limit=limit), named(types))


def forced(g, type, scope, depth):
    """An expression with an aggregate, which makes the query an aggregation."""
    for _ in range(8):
        made = g.expr(type, scope, max(depth, 1))
        if any(piece.tag == "aggregate" for piece in pieces(made)):
            return made
    count = leaf("int", "COUNT(*)", tag="aggregate")
    return Node(type, [count, g.constant(type)], "(CASE WHEN {0} >= 0 THEN {1} END)")


def single(g, types, source, scope, where, depth, level):
    if g.chance(0.6):
        return aggregated(g, types, source, scope, where, depth, level)
    # The order is determined by these expressions: a row must not depend on ties.
    items = items_of(g, types, scope, 1)
    order = order_by(g, dataclasses.replace(scope, outer=None), True)
    order = Seq([order], before=" ")
    return Query(build(source, items, where, order=order, limit=limit_fixed(g)), named(types))


def limit_fixed(g):
    limit = limit_clause(g, one=True)
    limit.least = 1
    return limit
