"""Whole queries."""

from ..generator import Generator
from ..tree import Node, Seq
from .ctes import make_ctes
from .select import Query, select
from .setops import set_operation

MOST_LEVELS = 3


def make_query(self, types, outer, level):
    if level < 2 and self.chance(0.1):
        return set_operation(self, types, outer, level)
    return select(self, types, outer, level)


def subquery(self, types, scope, shape):
    """A subquery of an expression, which sees the outer columns; None at the greatest depth."""
    level = 1
    outer = scope
    while outer.outer is not None:
        level += 1
        outer = outer.outer
    if level >= MOST_LEVELS or self.nested > 2 or not self.subqueries or self.budget < 0:
        return None
    self.nested += 1
    # After a GROUP BY only the keys of the outer query are visible.
    made = select(self, types, scope.plain(), level, shape)
    self.nested -= 1
    return made


Generator.make_query = make_query
Generator.subquery = subquery
Generator.nested = 0


def top_query(g):
    """A query of one to four columns."""
    types = [g.any_type() for _ in range(g.rng.randint(1, 4))]
    ctes = make_ctes(g) if g.chance(0.2) else Seq([], least=0)
    query = g.make_query(types, None, 0)
    return Query(Node("query", [ctes, query.node], "{0}{1}"), query.columns)
