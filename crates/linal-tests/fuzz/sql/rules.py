"""Known differences of semantics, each with the reason why the other answer is not wrong."""

import dataclasses
import re
from typing import Callable


@dataclasses.dataclass
class Rule:
    """A difference that is no fault of linal: `applies(case)` looks at the query and both answers."""

    name: str
    reason: str
    applies: Callable


@dataclasses.dataclass
class Case:
    """A query with linal's answer and the answer of one peer."""

    text: str
    tags: set
    peer: str
    ours: object
    theirs: object
    has_edge_values: bool


def rule(name, reason):
    def register(applies):
        RULES.append(Rule(name, reason, applies))
        return applies

    return register


RULES = []


@rule("not there yet", "E0901 says that this version does not have the construct; the summary counts them")
def not_there(case):
    return case.ours.code == "E0901"


@rule("both refuse", "which rows are computed before an error is not defined")
def both_refuse(case):
    return case.ours.kind == "error" and case.theirs.kind == "error"


@rule("date range", "dates and timestamps of linal end elsewhere, and each engine refuses what is beyond its range")
def date_range(case):
    far = re.compile(r"out of range|overflow|does not fit|range of", re.IGNORECASE)
    return case.ours.kind == "error" and bool(far.search(case.ours.message)) and re.search(r"'(0001|9999)-|INTERVAL", case.text) is not None


@rule("before year 1", "linal counts years as ISO 8601 does, where the peers write BC")
def before_year_one(case):
    return case.theirs.is_rows and any(isinstance(cell, str) and "BC" in cell for row in case.theirs.rows for cell in row)


@rule("grand total of a correlated subquery", "DuckDB loses the row of all rows when a correlated grouping has no input")
def correlated_grand_total(case):
    sets = "ROLLUP|CUBE|GROUPING SETS"
    within = re.search(rf"EXISTS \(SELECT(?:(?!SELECT).)*(?:{sets})", case.text)
    return case.peer == "duckdb" and (within is not None or "LATERAL" in case.text and re.search(sets, case.text) is not None)


def distance_keys(text):
    """Whether a sort key is a distance, or the alias of one."""
    key = r"ORDER BY (?:(?!ORDER BY|LIMIT|FETCH|SELECT).)*?"
    aliases = re.findall(r"\b(?:DOT|DISTANCE)\((?:[^()]|\((?:[^()]|\([^()]*\))*\))*\) AS (\w+)", text)
    names = "|".join([r"(?:DOT|DISTANCE)\(", *(rf"{alias}\b" for alias in aliases)])
    return re.search(rf"{key}\b(?:{names})", text) is not None


@rule("nearest rows", "NULL distances come last in a limited order, also where the peers put NULL first")
def nearest_rows(case):
    return re.search(r"LIMIT|FETCH", case.text) is not None and distance_keys(case.text)


def excused(case):
    """The rule that applies, if any."""
    return next((rule for rule in RULES if rule.applies(case)), None)
