"""Window functions with every kind of frame."""

import dataclasses

from ..generator import expression
from ..ordering import is_constant, item, order_by
from ..tree import Node, Seq
from ..values import leaf


def allowed(scope):
    return scope.windows


def inside(scope):
    """The scope within OVER: no other window function."""
    return dataclasses.replace(scope, windows=False)


def partition(g, scope):
    keys = []
    for _ in range(g.rng.choice((0, 0, 1, 1, 2))):
        type = g.rng.choice(("int", "text", "bool", "date", "float"))
        keys.append(g.simple(type, scope) if g.chance(0.7) else g.expr(type, scope, 1))
    return Seq(keys, least=0, before="PARTITION BY ", after=" ")


def over(g, scope, total, frame=None):
    """OVER with a total order, with one that may have ties, or with none."""
    scope = inside(scope)
    order = order_by(g, scope, True) if total else order_by(g, scope, False)
    if not total and g.chance(0.2):
        order = Seq([], least=0)
    parts = [partition(g, scope), order, frame or Seq([], least=0)]
    if scope.named is not None and g.chance(0.15):
        return by_name(g, scope, parts)
    return Node("over", parts, "OVER ({0}{1}{2})")


def by_name(g, scope, parts):
    """OVER with a named window, whole or with its own frame."""
    name = g.alias("n")
    if parts[2].children and g.chance(0.5):
        scope.named.append(Node("window", parts[:2], f"{name} AS ({{0}}{{1}})"))
        return Node("over", [parts[2]], f"OVER ({name}{{0}})")
    scope.named.append(Node("window", parts, f"{name} AS ({{0}}{{1}}{{2}})"))
    return leaf("over", f"OVER {name}")


def bound(g, unit, side, offset):
    """A frame bound with its rank, so that the start is not after the end."""
    number = offset(g)
    choices = [(1, f"{number} PRECEDING"), (2, "CURRENT ROW"), (3, f"{number} FOLLOWING")]
    choices.append((0, "UNBOUNDED PRECEDING") if side == 0 else (4, "UNBOUNDED FOLLOWING"))
    return g.rng.choice(choices)


def frame_text(g, unit, offset):
    """The text of a frame, or None for the default."""
    start, end = bound(g, unit, 0, offset), bound(g, unit, 1, offset)
    if start[0] > end[0]:
        start, end = (0, "UNBOUNDED PRECEDING"), end
    if g.chance(0.15) and start[0] <= 2:
        text = f" {unit} {start[1]}"
    else:
        text = f" {unit} BETWEEN {start[1]} AND {end[1]}"
    if g.chance(0.15):
        text += " EXCLUDE " + g.rng.choice(("CURRENT ROW", "GROUP", "TIES", "NO OTHERS"))
    return Seq([leaf("frame", text)], least=0)


def framed_over(g, scope):
    """OVER with a frame of any unit, whose result does not depend on the order of ties."""
    kind = g.rng.choice(("none", "rows", "rows", "rows", "groups", "range", "offsets", "offsets"))
    if kind == "none":
        return over(g, scope, total=False)
    number = lambda g: g.rng.randint(0, 3)
    if kind == "rows":
        return over(g, scope, True, frame_text(g, "ROWS", number))
    plain = inside(scope)
    if kind == "groups":
        order = order_by(g, plain, False)
        if not order.children:
            return None
        order.least = 1
        return Node("over", [partition(g, plain), order, frame_text(g, "GROUPS", number)], "OVER ({0}{1}{2})")
    if kind == "range":
        start, end = g.rng.choice(
            (("UNBOUNDED PRECEDING", "CURRENT ROW"), ("CURRENT ROW", "UNBOUNDED FOLLOWING"), ("CURRENT ROW", "CURRENT ROW"), ("UNBOUNDED PRECEDING", "UNBOUNDED FOLLOWING"))
        )
        frame = Seq([leaf("frame", f" RANGE BETWEEN {start} AND {end}")], least=0)
        return over(g, scope, False, frame)
    return offsets(g, plain)


def offsets(g, scope):
    """A RANGE frame with offsets, over one key."""
    type = g.rng.choice(("int", "float", "date", "ts"))
    key = g.simple(type, scope)
    order = item(g, key)
    if is_constant(order):
        return None
    if type in ("date", "ts"):
        number = lambda g: f"INTERVAL '{g.rng.choice(('1 day', '12 hours', '1 month', '40 days', '0 days'))}'"
    elif type == "int":
        number = lambda g: g.rng.randint(0, 3)
    else:
        number = lambda g: g.rng.choice((1, 2))
    parts = [partition(g, scope), Seq([order], before="ORDER BY "), frame_text(g, "RANGE", number)]
    return Node("over", parts, "OVER ({0}{1}{2})", sqlite="OVER ({0}{1}{2})" if type in ("int", "float") else None)


@expression("int", 1.5, allowed)
def numbered(g, scope, depth):
    name = g.rng.choice(("ROW_NUMBER()", "RANK()", "DENSE_RANK()", "NTILE(2)", "NTILE(3)"))
    total = name[0] in "RN" and name != "RANK()"
    return Node("int", [over(g, scope, total)], name + " {0}", tag="window")


@expression("float", 0.7, allowed)
def ranked(g, scope, depth):
    name = g.rng.choice(("PERCENT_RANK()", "CUME_DIST()"))
    return Node("float", [over(g, scope, False)], name + " {0}", tag="window")


def near(type):
    """LAG and LEAD with offsets and defaults."""

    def make(g, scope, depth):
        value = g.expr(type, inside(scope), min(depth, 1))
        name = g.rng.choice(("LAG", "LEAD"))
        parts = [value]
        if g.chance(0.6):
            offset = g.rng.choice((0, 1, 2, 3, -1))
            parts.append(leaf("offset", str(offset)))
            if g.chance(0.4):
                parts.append(g.constant(type))
        arguments = Seq(parts)
        window = over(g, scope, True)
        if g.chance(0.25):
            return Node(type, [arguments, window], f"{name}({{0}}) IGNORE NULLS {{1}}", tag="window", duckdb=f"{name}({{0}} IGNORE NULLS) {{1}}", postgres=None, sqlite=None)
        sqlite = None if any(part.type == "offset" and part.template.startswith("-") for part in parts) else f"{name}({{0}}) {{1}}"
        return Node(type, [arguments, window], f"{name}({{0}}) {{1}}", tag="window", sqlite=sqlite)

    return make


def valued(type):
    """FIRST_VALUE, LAST_VALUE and NTH_VALUE over a frame of rows."""

    def make(g, scope, depth):
        value = g.expr(type, inside(scope), min(depth, 1))
        frame = frame_text(g, "ROWS", lambda g: g.rng.randint(0, 3)) if g.chance(0.7) else None
        window = over(g, scope, True, frame)
        name = g.rng.choice(("FIRST_VALUE", "LAST_VALUE", "NTH_VALUE"))
        arguments = [value] + ([leaf("offset", str(g.rng.randint(1, 3)))] if name == "NTH_VALUE" else [])
        values = Seq(arguments, least=len(arguments))
        if g.chance(0.25):
            return Node(type, [values, window], f"{name}({{0}}) IGNORE NULLS {{1}}", tag="window", duckdb=f"{name}({{0}} IGNORE NULLS) {{1}}", postgres=None, sqlite=None)
        return Node(type, [values, window], f"{name}({{0}}) {{1}}", tag="window")

    return make


def aggregate(type, names, taken, **others):
    """An aggregate over a frame."""

    def make(g, scope, depth):
        window = framed_over(g, scope)
        if window is None:
            return None
        name = g.rng.choice(names)
        value = g.expr(g.rng.choice(taken), inside(scope), min(depth, 1))
        condition = Seq([], least=0)
        if g.chance(0.1):
            condition = Seq([g.expr("bool", inside(scope), 1)], least=0, before=" FILTER (WHERE ", after=")")
        forms = {dialect: form and form.replace("NAME", name) for dialect, form in others.items()}
        return Node(type, [value, window, condition], f"{name}({{0}}){{2}} {{1}}", tag="window", **forms)

    return make


@expression("int", 1.0, allowed)
def count_all(g, scope, depth):
    window = framed_over(g, scope)
    return window and Node("int", [window], "COUNT(*) {0}", tag="window")


def cast(dialect_type):
    return f"CAST(NAME({{0}}){{2}} {{1}} AS {dialect_type})"


_SCALARS = ("int", "float", "text", "bool", "date", "ts")
expression("int", 2.0, allowed)(aggregate("int", ("SUM",), ("int",), duckdb=cast("BIGINT"), postgres=cast("bigint")))
expression("int", 0.7, allowed)(aggregate("int", ("COUNT",), _SCALARS))
expression("int", 0.3, allowed)(aggregate("int", ("BIT_AND", "BIT_OR", "BIT_XOR"), ("int",), sqlite=None))
expression("float", 1.5, allowed)(aggregate("float", ("AVG",), ("int", "float"), postgres=cast("float8")))
expression("float", 0.8, allowed)(aggregate("float", ("SUM",), ("float",)))
expression("float", 0.5, allowed)(aggregate("float", ("STDDEV", "STDDEV_POP", "VAR_POP", "VAR_SAMP"), ("int", "float"), postgres=cast("float8"), sqlite=None))
expression("bool", 0.8, allowed)(aggregate("bool", ("BOOL_AND", "BOOL_OR"), ("bool",), sqlite=None))
for _type in ("int", "float", "text", "date", "ts"):
    expression(_type, 1.0, allowed)(aggregate(_type, ("MIN", "MAX"), (_type,)))
for _type in _SCALARS:
    expression(_type, 0.7, allowed)(near(_type))
    expression(_type, 0.7, allowed)(valued(_type))
