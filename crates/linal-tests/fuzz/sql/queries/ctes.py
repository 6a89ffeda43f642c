"""WITH: common table expressions, recursive ones among them."""

from ..tree import Node, Seq
from ..values import leaf, literal


def make_ctes(g):
    """Common table expressions; `g.ctes` holds those that later queries may read."""
    made = []
    recursive = False
    for _ in range(g.rng.choice((1, 1, 2))):
        name = g.alias("q")
        if g.chance(0.3):
            recursive = True
            node, columns = counting(g, name)
        else:
            query = g.make_query([g.any_type() for _ in range(g.rng.randint(1, 3))], None, 1)
            node, columns = Node("cte", [query.node], f"{name} AS ({{0}})"), query.columns
        made.append(node)
        g.ctes.append((name, columns))
    return Seq(made, least=0, before="WITH RECURSIVE " if recursive else "WITH ", after=" ")


def counting(g, name):
    """A recursion that counts to a small number, with another value per row."""
    rounds = g.rng.randint(0, 5)
    type = g.rng.choice(("int", "float", "text"))
    step = {"int": "(r.v * 2 - 1)", "float": "(r.v * 1.5)", "text": "(r.v || 'x')"}[type]
    duck = {"float": "(r.v * 1.5::DOUBLE)"}.get(type, step)
    postgres = {"float": "(r.v * 1.5::float8)"}.get(type, step)
    start = g.constant(type)
    one = literal("int", 1)
    word = g.rng.choice(("UNION ALL", "UNION ALL", "UNION"))
    if g.chance(0.6) or not g.database.tables:
        anchor = Node("query", [literal("int", 0), start], "SELECT {0} AS n, {1} AS v")
        form = f"{name}(n, v) AS ({{0}} {word} SELECT r.n + {{1}}, STEP FROM {name} AS r WHERE r.n < {rounds})"
    else:
        # From each row of a table.
        table = g.rng.choice(g.database.tables)
        anchor = Node("query", [start], f"SELECT i.id AS n, {{0}} AS v FROM {table.name} AS i")
        form = f"{name}(n, v) AS ({{0}} {word} SELECT r.n + {{1}}, STEP FROM {name} AS r WHERE r.n < {rounds})"
    node = Node("cte", [anchor, one], form.replace("STEP", step), tag="recursive", duckdb=form.replace("STEP", duck), postgres=form.replace("STEP", postgres))
    return node, [("n", "int"), ("v", type)]
