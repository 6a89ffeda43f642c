"""The same query in another engine, and a second time in linal, from its plan cache."""

from ..compare import same_rows
from ..judge import Verdict, judge
from ..queries import top_query
from ..tree import write


class Differential:
    """`again` runs each query twice."""

    name = "differential"

    def __init__(self, again=False):
        self.again = again

    def make(self, g):
        return top_query(g).node

    def statements(self, tree):
        return [write(tree, "linal")] * (2 if self.again else 1)

    def verdict(self, tree, answers, peers, has_edge_values):
        first = answers[0]
        for other in answers[1:]:
            if other.kind != first.kind or not same_rows(first.rows, other.rows):
                return Verdict("rows", "the second answer to the same text", "itself", other)
        return judge(tree, first, peers, has_edge_values)
