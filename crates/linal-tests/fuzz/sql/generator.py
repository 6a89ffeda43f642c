"""Random expressions, from a registry of generators by type."""

from .values import SIMPLEST, literal, null
from .database import BIG_INTS, DATES, FLOATS, INTS, EDGE_DATES, EDGE_FLOATS, EDGE_TEXTS, EDGE_TIMES, TEXTS, TIMES, VECTORS

EXPRESSIONS = {}

INTERVALS = ("1 day", "2 hours", "36 hours", "1 month", "15 minutes", "30 days", "1 year", "3 days 4 hours", "-1 day", "0 days")
LITERALS = {
    "int": (INTS, BIG_INTS),
    "float": (FLOATS, EDGE_FLOATS),
    "text": (TEXTS, EDGE_TEXTS),
    "bool": ((True, False), (True,)),
    "date": (DATES, EDGE_DATES),
    "ts": (TIMES, EDGE_TIMES),
    "iv": (INTERVALS, INTERVALS),
    "vec": (VECTORS, VECTORS),
}


def expression(type, weight=1.0, needs=None):
    """Registers a function that generates an expression of a type. `needs(scope)` says where it is allowed."""

    def register(function):
        EXPRESSIONS.setdefault(type, []).append((weight, needs, function))
        return function

    return register


class Generator:
    """Generates expressions and queries from one random number generator."""

    def __init__(self, rng, database, vectors=True):
        self.rng = rng
        self.database = database
        self.vectors = vectors
        self.aliases = 0
        self.ctes = []
        # The number of expressions that may still have children.
        self.budget = rng.choice((10, 20, 40, 80))
        self.subqueries = True

    def chance(self, probability):
        return self.rng.random() < probability

    def alias(self, prefix):
        self.aliases += 1
        return f"{prefix}{self.aliases}"

    def expr(self, type, scope, depth):
        """An expression of a type."""
        self.budget -= 1
        if depth <= 0 or self.budget < 0 or self.chance(0.25):
            return self.simple(type, scope)
        usable = [(weight, make) for weight, needs, make in EXPRESSIONS[type] if needs is None or needs(scope)]
        for _ in range(4):
            make = self.rng.choices([make for _, make in usable], [weight for weight, _ in usable])[0]
            made = make(self, scope, depth - 1)
            if made is not None:
                return made
        return self.simple(type, scope)

    def simple(self, type, scope):
        """A column, otherwise a literal."""
        here = scope.of(type)
        outer = scope.outer
        if outer is not None and self.chance(0.35):
            around = [node for node, its in outer.visible() if its == type]
            # Occasionally of an outer query.
            if outer.outer is not None and self.chance(0.3):
                around = [node for node, its in outer.outer.visible() if its == type] or around
            if around:
                return self.rng.choice(around)
        if here and self.chance(0.85):
            return self.rng.choice(here)
        if self.chance(0.06):
            return null(type)
        return self.constant(type)

    def constant(self, type):
        common, edge = LITERALS[type]
        # Large integers overflow in arithmetic, which engines may report for different rows.
        is_edge = self.database.has_edge_values and type != "int" and self.chance(0.15)
        return literal(type, self.rng.choice(edge if is_edge else common))

    def any_type(self, types=("int", "int", "float", "text", "bool", "date", "ts")):
        return self.rng.choice(types)

    def simplest(self, type):
        return SIMPLEST[type]()
