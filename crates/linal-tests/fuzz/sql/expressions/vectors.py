"""Reductions of vectors that DuckDB has under another name."""

from ..generator import expression
from ..tree import Node
from ..values import leaf


def has_vectors(scope):
    return bool(scope.of("vec"))


def pair(name, duckdb):
    def make(g, scope, depth):
        children = [g.simple("vec", scope), g.simple("vec", scope)]
        return Node("float", children, f"{name}({{0}}, {{1}})", duckdb=duckdb + "({0}, {1})", postgres=None, sqlite=None)

    return make


expression("float", 0.5, has_vectors)(pair("DOT", "array_inner_product"))
expression("float", 0.5, has_vectors)(pair("DISTANCE", "array_distance"))


@expression("float", 0.5, has_vectors)
def element(g, scope, depth):
    index = g.rng.randrange(3)
    return Node("float", [g.simple("vec", scope)], f"({{0}})[{index}]", duckdb=f"({{0}})[{index + 1}]", postgres=None, sqlite=None)


@expression("float", 0.5, has_vectors)
def reduced(g, scope, depth):
    name, duckdb = g.rng.choice((("VEC_SUM", "list_sum"), ("VEC_MIN", "list_min"), ("VEC_MAX", "list_max"), ("VEC_MEAN", "list_avg")))
    return Node("float", [g.simple("vec", scope)], f"{name}({{0}})", duckdb=f"{duckdb}({{0}}::DOUBLE[])", postgres=None, sqlite=None)


@expression("float", 0.4, has_vectors)
def of_sum(g, scope, depth):
    """An element of a vector at a computed index."""
    sign = g.rng.choice(("+", "-", "*"))
    children = [g.simple("vec", scope), g.simple("vec", scope), leaf("index", "0", duckdb="1")]
    return Node("float", children, f"({{0}} {sign} {{1}})[{{2}}]", duckdb=f"(({{0}})[{{2}}] {sign} ({{1}})[{{2}}])", postgres=None, sqlite=None)


# Vectors come from columns and literals only.
@expression("vec", 1.0)
def vector(g, scope, depth):
    return g.simple("vec", scope)
