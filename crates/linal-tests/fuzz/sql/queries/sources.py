"""FROM: tables, derived tables, CTEs, VALUES, and joins of all kinds."""

import dataclasses

from ..scope import Scope, column
from ..tree import Node, Seq, maybe
from ..values import leaf, literal, null

JOINS = ("JOIN", "LEFT JOIN", "LEFT JOIN", "RIGHT JOIN", "FULL JOIN")
VALUES_TYPES = ("int", "text", "float", "bool")


@dataclasses.dataclass
class Source:
    """A table expression with `(qualifier, name, type)` columns; the qualifier of a merged column is None."""

    node: object
    columns: list
    unique: list

    def nodes(self):
        """The scope of an expression: merged columns only when no other table has the name."""
        names = [name for _, name, _ in self.columns]
        found = []
        for qualifier, name, type in self.columns:
            if qualifier:
                found.append((column(f"{qualifier}.{name}", type), type))
            elif names.count(name) == 1:
                found.append((column(name, type), type))
        return found

    def scope(self, outer):
        nodes = self.nodes()
        texts = {node.template for node, _ in nodes}
        unique = [column(text, type) for text, type in self.unique]
        if any(node.template not in texts for node in unique):
            unique = [node for node, type in nodes if type != "vec"]
        return Scope(nodes, outer=outer, unique=unique)


def make_from(g, outer, level):
    """A FROM of one to three tables."""
    source = first(g, outer, level)
    for _ in range(g.rng.choice((0, 0, 0, 1, 1, 2) if level else (0, 1, 1, 1, 2))):
        source = joined(g, source, outer, level)
    return source


def first(g, outer, level):
    kind = g.rng.random()
    if kind < 0.18 and level < 2:
        return derived(g, outer, level)
    if kind < 0.25:
        return values(g)
    if g.ctes and kind < 0.55:
        return cte(g)
    return table(g)


def table(g):
    chosen = g.rng.choice(g.database.tables)
    alias = g.alias("a")
    columns = [(alias, name, type) for name, type, _ in chosen.columns if g.vectors or type != "vec"]
    return Source(leaf("from", f"{chosen.name} AS {alias}"), columns, [(f"{alias}.id", "int")])


def cte(g):
    name, columns = g.rng.choice(g.ctes)
    alias = g.alias("a")
    named = [(alias, column, type) for column, type in columns]
    return Source(leaf("from", f"{name} AS {alias}"), named, everything(named))


def everything(columns):
    return [(f"{qualifier}.{name}", type) for qualifier, name, type in columns if type != "vec"]


def derived(g, outer, level, lateral=False):
    types = [g.any_type() for _ in range(g.rng.randint(1, 3))]
    query = g.make_query(types, outer if lateral else None, level + 1)
    alias = g.alias("z")
    columns = [(alias, name, type) for name, type in query.columns]
    return Source(Node("from", [query.node], f"({{0}}) AS {alias}"), columns, everything(columns))


def values(g):
    types = [g.rng.choice(VALUES_TYPES) for _ in range(g.rng.randint(1, 3))]
    # No NULLs in the first row, which determines the types in some engines.
    rows = []
    for row in range(g.rng.randint(1, 4)):
        cells = [null(type) if row and g.chance(0.15) else g.constant(type) for type in types]
        rows.append(Node("row", [Seq(cells, least=len(cells))], "({0})"))
    alias = g.alias("o")
    names = [f"c{index}" for index in range(len(types))]
    columns = [(alias, name, type) for name, type in zip(names, types)]
    form = f"(VALUES {{0}}) AS {alias} ({', '.join(names)})"
    return Source(Node("from", [Seq(rows)], form, sqlite=None), columns, everything(columns))


def joined(g, left, outer, level):
    """The tables on the left joined with one more."""
    if level < 2 and g.chance(0.12):
        return lateral(g, left, outer, level)
    right = first(g, outer, level)
    kind = g.rng.random()
    shared = shared_names(left, right)
    if kind < 0.12:
        return Source(Node("from", [left.node, right.node], "{0} CROSS JOIN {1}"), left.columns + right.columns, left.unique + right.unique)
    join = g.rng.choice(JOINS)
    if shared and kind < 0.34:
        return using(g, left, right, join, g.rng.sample(shared, min(len(shared), g.rng.choice((1, 1, 2)))))
    if shared and kind < 0.42 and len(shared) == len(all_shared(left, right)):
        return natural(left, right, join, shared)
    scope = Source(None, left.columns + right.columns, left.unique + right.unique).scope(outer)
    condition = join_condition(g, left, right, scope)
    node = Node("from", [left.node, right.node, condition], f"{{0}} {join} {{1}} ON {{2}}")
    return Source(node, left.columns + right.columns, left.unique + right.unique)


def join_condition(g, left, right, scope):
    """Mostly an equality of two columns, with another condition or instead of it."""
    pairs = [(a, b) for a, type in left.nodes() for b, other in right.nodes() if type == other and type != "vec"]
    parts = []
    if pairs and g.chance(0.8):
        pair = list(g.rng.choice(pairs))
        g.rng.shuffle(pair)
        parts.append(Node("bool", pair, "({0} = {1})"))
    if not parts or g.chance(0.35):
        # Few engines support subqueries in the condition of an outer join.
        before, g.subqueries = g.subqueries, g.subqueries and g.chance(0.1)
        parts.append(g.expr("bool", scope, 2 if g.chance(0.5) else 1))
        g.subqueries = before
    return Seq(parts, " AND ") if len(parts) > 1 else parts[0]


def all_shared(left, right):
    return {name for _, name, _ in left.columns} & {name for _, name, _ in right.columns}


def shared_names(left, right):
    """Names that occur once on each side, with the same type."""
    found = []
    lefts, rights = [c[1] for c in left.columns], [c[1] for c in right.columns]
    types = {name: type for _, name, type in right.columns}
    for _, name, type in left.columns:
        once = lefts.count(name) == 1 and rights.count(name) == 1
        if once and types[name] == type and type != "vec":
            found.append(name)
    return found


def merged(left, right, names):
    columns = [(None, name, type) for _, name, type in left.columns if name in names]
    columns += [column for column in left.columns + right.columns if column[1] not in names]
    return columns


def using(g, left, right, join, names):
    listed = Seq([leaf("name", name) for name in names])
    node = Node("from", [left.node, right.node, listed], f"{{0}} {join} {{1}} USING ({{2}})")
    return Source(node, merged(left, right, names), left.unique + right.unique)


def natural(left, right, join, names):
    node = Node("from", [left.node, right.node], f"{{0}} NATURAL {join} {{1}}")
    return Source(node, merged(left, right, names), left.unique + right.unique)


def lateral(g, left, outer, level):
    right = derived(g, left.scope(outer), level, lateral=True)
    columns = left.columns + right.columns
    # A derived table may repeat rows, so only all columns together identify rows.
    unique = left.unique + right.unique
    if g.chance(0.5):
        return Source(Node("from", [left.node, right.node], "{0} CROSS JOIN LATERAL {1}", tag="lateral", sqlite=None), columns, unique)
    join = g.rng.choice(("JOIN", "LEFT JOIN", "LEFT JOIN"))
    condition = leaf("bool", "true") if g.chance(0.5) else join_condition(g, left, right, Source(None, columns, unique).scope(outer))
    return Source(Node("from", [left.node, right.node, condition], f"{{0}} {join} LATERAL {{1}} ON {{2}}", tag="lateral", sqlite=None), columns, unique)
