"""Text expressions."""

from ..generator import expression
from ..tree import Node, Seq
from ..values import leaf


def small(g, low=0):
    value = g.rng.randint(low, 4)
    return leaf("count", str(value))


@expression("text", 2.0)
def joined(g, scope, depth):
    return Node("text", [g.expr("text", scope, depth), g.expr("text", scope, depth)], "({0} || {1})")


@expression("text", 0.6)
def concat(g, scope, depth):
    items = [g.expr("text", scope, depth) for _ in range(g.rng.choice((2, 3)))]
    return Node("text", [Seq(items)], "CONCAT({0})", sqlite=None)


@expression("text", 1.0)
def cased(g, scope, depth):
    # The collation of the peer's database knows the case of ASCII letters only.
    name = g.rng.choice(("UPPER", "LOWER"))
    postgres = f'({name}({{0}} COLLATE "und-x-icu") COLLATE "C")'
    return Node("text", [g.expr("text", scope, depth)], f"{name}({{0}})", postgres=postgres, sqlite=None)


@expression("text", 1.0)
def part(g, scope, depth):
    text = g.expr("text", scope, depth)
    if g.chance(0.5):
        return Node("text", [text, small(g, 1), small(g)], "SUBSTR({0}, {1}, {2})")
    name = g.rng.choice(("LEFT", "RIGHT"))
    return Node("text", [text, small(g)], f"{name}({{0}}, {{1}})", sqlite=None)


@expression("text", 0.7)
def changed(g, scope, depth):
    text = g.expr("text", scope, depth)
    if g.chance(0.4):
        # Replacing the empty text changes nothing in any of them.
        return Node("text", [text, g.expr("text", scope, depth), g.expr("text", scope, depth)], "REPLACE({0}, {1}, {2})")
    name = g.rng.choice(("TRIM", "LTRIM", "RTRIM", "REVERSE"))
    return Node("text", [text], f"{name}({{0}})", sqlite=None if name == "REVERSE" else f"{name}({{0}})")


@expression("text", 0.4)
def padded(g, scope, depth):
    name = g.rng.choice(("LPAD", "RPAD"))
    return Node("text", [g.expr("text", scope, depth), small(g)], f"{name}({{0}}, {{1}}, '*')", sqlite=None)


@expression("text", 0.4)
def repeated(g, scope, depth):
    return Node("text", [g.expr("text", scope, depth), small(g)], "REPEAT({0}, {1})", sqlite=None)


@expression("text", 0.9)
def of_other(g, scope, depth):
    type = g.rng.choice(("int", "int", "bool", "date", "ts"))
    sqlite = "CAST({0} AS TEXT)" if type == "int" else None
    return Node("text", [g.expr(type, scope, depth)], "CAST({0} AS TEXT)", sqlite=sqlite)
