"""Helpers of the metamorphic oracles, which ask linal equivalent queries."""

import dataclasses

from ...engine.answer import mask
from ..compare import same_rows
from ..judge import Verdict
from ..queries.sources import make_from


def base(g, depth=3):
    """A FROM and a condition over its columns, without an outer query."""
    source = make_from(g, None, 0)
    scope = source.scope(None)
    return source, scope, g.expr("bool", scope, depth)


def agreement(label, sides):
    """Whether lists of answers agree, each of which represents one multiset of rows."""
    for answer in (answer for side in sides for answer in side):
        if answer.is_fatal:
            return Verdict(answer.kind if answer.kind in ("hang", "crash") else "fatal", f"fatal {mask(answer.message)[:120]}", "itself")
    failed = [any(not answer.is_rows for answer in side) for side in sides]
    if all(failed):
        return Verdict("skipped")
    if any(failed):
        # The parts may compute values that the whole never does, as after an error of one row.
        return Verdict("skipped", "an error on one side")
    rows = [[row for answer in side for row in answer.rows] for side in sides]
    if all(same_rows(rows[0], other) for other in rows[1:]):
        return Verdict("same")
    return Verdict("rows", label, "itself", dataclasses.replace(sides[1][0], rows=rows[1]))
