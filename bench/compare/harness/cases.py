"""The cases but TPC-H: what linal runs, and the name by which each peer has its own version."""

from dataclasses import dataclass

import numpy as np

from .report import Result
from .rows import difference, from_csv


@dataclass
class Case:
    """A case. `{query}` in `setup` stands for the vector to search for."""

    name: str
    title: str
    setup: list
    run: str
    repeat: int
    check: bool = True
    tolerance: float = 1e-9


VECTORS = 'IMPORT DATASET FROM "vectors.npz" AS e'
LARGE = 'IMPORT DATASET FROM "large.parquet" AS t'
CASES = [
    Case(
        "insert",
        "single-row INSERT, in memory",
        ["CREATE TABLE t (id INT, x DOUBLE, s VARCHAR)"],
        "INSERT INTO t VALUES (1, 2.5, 'a')",
        repeat=2_000,
        check=False,
    ),
    Case(
        "select",
        "SELECT id, x WHERE id > 500, 1,000 rows, warm",
        ['IMPORT DATASET FROM "small.parquet" AS t'],
        "SELECT id, x FROM t WHERE id > 500",
        repeat=500,
    ),
    Case(
        "groupby",
        "GROUP BY, 1M rows, 1,000 groups",
        [LARGE],
        "SELECT k, SUM(x) AS s, COUNT(*) AS n FROM t GROUP BY k",
        repeat=10,
    ),
    Case(
        "orderby",
        "ORDER BY LIMIT 10, 1M rows",
        [LARGE],
        "SELECT id, x FROM t ORDER BY x DESC LIMIT 10",
        repeat=10,
    ),
    Case(
        "centroid",
        "centroid per group, 200k x 384, 100 groups",
        [VECTORS],
        "SELECT g, AVG(v) AS centre FROM e GROUP BY g",
        repeat=3,
        check=False,
    ),
    Case(
        "topk",
        "top 10 by cosine, 200k x 384",
        [VECTORS, "VECTOR f32 q = {query}"],
        "SELECT id, COSINE_SIM(v, q) AS score FROM e ORDER BY score DESC LIMIT 10",
        repeat=5,
        tolerance=1e-5,
    ),
]


def compare(case, folder, linal, peers, rounds):
    """Runs a case in all engines, one after the other, `rounds` times."""
    result = Result(case.title)
    ready = [(peer, peer.prepare(case.name, folder)) for peer in peers]
    ready = [(peer, run) for peer, run in ready if run is not None]
    expected = None
    for _ in range(rounds):
        if linal is not None:
            text = linal_round(case, folder, linal, result)
        for peer, run in ready:
            answer, times = peer.measure(run, case.repeat)
            result.times.setdefault(peer.name, []).extend(times)
            if peer.name == "duckdb":
                expected = answer
    if linal is not None and case.check and text is not None and expected is not None:
        wrong = difference(from_csv(text), expected, case.tolerance)
        result.notes.append(f"WRONG: {wrong}" if wrong else "same rows")
    return result


def linal_round(case, folder, linal, result):
    """One round of linal; gives back its rows as CSV."""
    query = str(np.load(folder / "query.npy").tolist())
    setup = [statement.replace("{query}", query) for statement in case.setup]
    message = {"name": case.name, "setup": setup, "run": case.run, "repeat": case.repeat, "rows": case.check}
    (answer,) = linal.run([message], folder)
    if "error" in answer:
        result.notes[:] = [f"linal: {answer['error'].splitlines()[0]}"]
        return None
    result.times.setdefault("linal", []).extend(answer["nanoseconds"])
    return answer["rows"]
