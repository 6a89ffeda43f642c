"""Suites of queries over the same tables: rows and times of linal and its peers."""

import re
import statistics
from dataclasses import dataclass, field

from .. import disk
from ..report import Result
from ..rows import difference, from_csv
from ..stores import NotBuilt, Store

# The end of a query whose rows are the first of several that tie.
LIMIT = re.compile(r"\s*\blimit\s+\d+(\s+offset\s+\d+)?\s*;?\s*$", re.IGNORECASE)


@dataclass
class Suite:
    """Queries by name, and the Parquet file of each table."""

    name: str
    chapter: str
    # A name of what the tables hold; databases on disk are called so.
    data: str
    tables: dict
    queries: dict
    # Texts of single engines where they need another, by engine and name.
    texts: dict = field(default_factory=dict)
    repeat: int = 3
    # The database is on disk: linal's directory and the peers' files.
    stored: bool = False
    # Each query is timed once with the opening of the database, of whose files nothing is in memory.
    cold: bool = False
    memory_limit: int | None = None
    # What linal runs first, for each session.
    setup: tuple = ("SET timeout = '300s'",)
    tolerance: float = 1e-9
    goals: dict = field(default_factory=dict)
    mean_goals: dict = field(default_factory=dict)

    def text(self, engine, name):
        return self.texts.get(engine, {}).get(name, self.queries[name])

    def store(self):
        """The database on disk with the tables."""
        given = {f"{name}.parquet": Given(path) for name, path in self.tables.items()}
        linal = [f'IMPORT DATASET FROM "{{{name}.parquet}}" AS {name}' for name in self.tables]
        duckdb = [f"CREATE TABLE {name} AS FROM '{{{name}.parquet}}'" for name in self.tables]
        return Store(self.data, tuple(linal), tuple(duckdb), given)


@dataclass(frozen=True)
class Given:
    """A table whose file is there."""

    file: object

    def path(self, home):
        return self.file


def compare(suite, home, linal, peers, rounds):
    """A result for each query, and the geometric mean of the ratios."""
    results = {
        name: Result(f"{suite.name}/{name}", name.upper(), suite.chapter, goals=suite.goals) for name in suite.queries
    }
    notes = open_all(suite, home, peers)
    peers = [peer for peer in peers if peer.name not in notes]
    peak = 0
    for number in range(rounds):
        answers = linal_round(suite, home, linal, asked=number == 0) if linal else {}
        peak = max([peak, *(answer.get("peak") or 0 for answer in answers.values())])
        for name, result in results.items():
            rows = {}
            for peer in peers:
                try:
                    rows[peer.name], times = peer.query(suite.text(peer.name, name), suite)
                    result.times.setdefault(peer.name, []).extend(times)
                except Exception as error:  # noqa: BLE001 - each engine has errors of its own
                    note = f"{peer.name}: {first_line(error)}"
                    result.notes += [note] * (note not in result.notes)
            if number == 0:
                result.notes += other_counts(rows)
            if name in answers:
                note_linal(suite, result, answers[name], rows, first=number == 0)
    if linal:
        duck = next((peer for peer in peers if peer.name == "duckdb"), None)
        settle(suite, home, linal, duck, results)
    for peer in peers:
        peer.close()
    return [*results.values(), *mean(suite, results.values(), peak, notes)]


def other_counts(rows):
    """A note for each peer with another number of rows than DuckDB."""
    expected = len(rows.get("duckdb", []))
    return [f"{name}: {len(found)} rows, not {expected}" for name, found in rows.items() if len(found) != expected]


def open_all(suite, home, peers):
    """Loads the tables in each peer; why those that cannot are left out."""
    notes = {}
    for peer in peers:
        try:
            peer.open(suite, home)
        except Exception as error:  # noqa: BLE001 - as above
            notes[peer.name] = first_line(error)
    return notes


def linal_round(suite, home, linal, asked):
    """linal's answers by query: of one process, or of one each when the files are read cold."""
    if not suite.stored:
        setup = [f"IMPORT DATASET FROM \"{path}\" AS {name}" for name, path in suite.tables.items()]
        return by_name(linal.run(messages(suite, asked, setup), home, memory_limit=suite.memory_limit))
    try:
        directory = suite.store().linal_directory(home, linal)
    except NotBuilt as error:
        return {name: {"error": str(error)} for name in suite.queries}
    if not suite.cold:
        return by_name(linal.run(messages(suite, asked), home, directory, suite.memory_limit))
    answers = {}
    for message in messages(suite, asked):
        disk.evict(directory)
        answers |= by_name(linal.run([message], home, directory, suite.memory_limit))
    return answers


def messages(suite, asked, setup=()):
    """linal's statements. What the first case sets up is there for all, unless each opens the database."""
    cases = []
    for name in suite.queries:
        case = {"name": name, "run": suite.text("linal", name), "repeat": suite.repeat, "rows": asked}
        if suite.cold:
            case |= {"repeat": 1, "cold": True, "open": True}
        if suite.cold or not cases:
            case["setup"] = [*suite.setup, *setup]
        cases.append(case)
    return cases


def by_name(answers):
    return {answer["name"]: answer for answer in answers}


def note_linal(suite, result, answer, rows, first):
    """Takes linal's times of a round; the first says whether its rows are right."""
    if "error" in answer:
        result.wrong = f"linal: {first_line(answer['error'])}"
        return
    result.times.setdefault("linal", []).extend(answer["nanoseconds"])
    if not first or "duckdb" not in rows:
        return
    wrong = difference(from_csv(answer["rows"]), rows["duckdb"], suite.tolerance)
    if wrong:
        result.wrong = f"WRONG: {wrong}"
    else:
        result.notes.append("same rows" if rows["duckdb"] else "same rows: none")


def settle(suite, home, linal, duck, results):
    """Whether rows differ only since the ones at the limit tie: the whole results are compared, as counts and as the first
    thousand rows by all columns."""
    for name, result in results.items():
        if duck is None or not (result.wrong or "").startswith("WRONG") or not LIMIT.search(suite.queries[name]):
            continue
        texts = [f"SELECT COUNT(*) AS n FROM ({LIMIT.sub('', suite.queries[name])}) AS whole", ordered(suite, name, duck)]
        setup = [*suite.setup, *loads(suite)]
        cases = [{"name": str(at), "run": text, "rows": True, "cold": True} for at, text in enumerate(texts)]
        cases[0]["setup"] = setup
        directory = suite.store().linal_directory(home, linal) if suite.stored else None
        answers = linal.run(cases, home, directory, suite.memory_limit)
        if any("error" in answer for answer in answers):
            continue
        expected = [duck.query(text, suite)[0] for text in texts]
        found = [from_csv(answer["rows"]) for answer in answers]
        if not any(difference(*pair, suite.tolerance) for pair in zip(found, expected)):
            result.wrong = None
            result.notes.append("same rows, of which others tie at the limit")


def loads(suite):
    return [] if suite.stored else [f'IMPORT DATASET FROM "{path}" AS {name}' for name, path in suite.tables.items()]


def ordered(suite, name, duck):
    """The first thousand rows of a query without its limit, by all of its columns."""
    whole = LIMIT.sub("", suite.queries[name])
    count = len(duck.columns(suite.queries[name]))
    order = ", ".join(f"{at + 1} DESC NULLS LAST" for at in range(count))
    return f"SELECT * FROM ({whole}) AS whole ORDER BY {order} LIMIT 1000"


def mean(suite, results, peak, notes):
    """The geometric means of linal's times, and of the ratios of the queries that ran in both. A peer's time is linal's
    divided by the ratio."""
    ran = [result for result in results if result.median("linal")]
    peers = dict.fromkeys(peer for result in results for peer in result.times if peer != "linal")
    if not ran:
        return []
    own = statistics.geometric_mean(result.median("linal") for result in ran)
    times = {"linal": [own]}
    for peer in peers:
        ratios = [result.median("linal") / result.median(peer) for result in ran if result.median(peer)]
        if ratios:
            times[peer] = [own / statistics.geometric_mean(ratios)]
    right = sum(any(note.startswith("same rows") for note in result.notes) for result in ran)
    title = f"geometric mean of {len(ran)} of {len(results)} queries, {right} with the same rows"
    said = [f"{peer}: {note}" for peer, note in notes.items()]
    if suite.memory_limit:
        said.append(f"linal's greatest resident memory {peak / 1e9:.2f} GB of a limit of {suite.memory_limit / 1e9:g}")
    return [Result(f"{suite.name}/mean", title, suite.chapter, times, suite.mean_goals, notes=said)]


def first_line(error):
    return (str(error).strip() or repr(error)).splitlines()[0][:160]
