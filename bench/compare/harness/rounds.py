"""Runs a case in all engines in turn, for some rounds."""

import math

import numpy as np

from . import data
from .report import Result
from .rows import difference, from_csv

# The queries over `y`: its sum, and every n-th element in logical order.
STRIDE = 997
CHECKS = ["SHOW SUM(FLATTEN(y))", f"SHOW FLATTEN(y)[::{STRIDE}]"]


class Rounds:
    """The engines and where their data is."""

    def __init__(self, home, linal, peers, rounds):
        self.home, self.linal, self.peers, self.rounds = home, linal, peers, rounds

    def run(self, case, chapter):
        """The result of a case."""
        result = Result(case.name, case.title, chapter, goals=case.goals, at_most=case.at_most)
        files = data.arrays(self.home, case.inputs) if case.inputs else None
        folder = self.home / "arrays" if files else data.build(self.home)
        ready = [(peer, peer.prepare(case, files, folder)) for peer in self.peers]
        answers, own = {}, None
        for number in range(self.rounds):
            if self.linal is not None:
                answer = self.linal_round(case, folder, files, result, asked=number == 0)
                own = answer if number == 0 else own
            for peer, run in ready:
                if run is not None:
                    answers[peer.name], times = peer.measure(run, case.repeat, case.batch)
                    result.times.setdefault(peer.name, []).extend(times)
        if own is not None:
            compare(case, own, answers, result)
        return result

    def linal_round(self, case, folder, files, result, asked):
        """One round of linal; returns its answer."""
        message = {"name": case.name, "run": case.run, "repeat": case.repeat, "batch": case.batch}
        reads = [f"LET {name} = READ_NPY('{path.name}')" for name, path in (files or {}).items()]
        query = str(np.load(folder / "query.npy").tolist()) if not files else ""
        message["setup"] = reads + [statement.replace("{query}", query) for statement in case.setup]
        message["rows"] = asked and case.rows
        checks = ([case.asks] if case.asks else []) + CHECKS
        message["check"] = checks if asked and (files or case.asks) else []
        (answer,) = self.linal.run([message], folder)
        if "error" in answer:
            result.wrong = f"linal: {answer['error'].splitlines()[0]}"
            return None
        result.times.setdefault("linal", []).extend(answer["nanoseconds"])
        return answer


def compare(case, own, answers, result):
    """Records whether linal's answer is right: against DuckDB's rows, or against NumPy's `y`."""
    if case.rows and "duckdb" in answers:
        wrong = difference(from_csv(own["rows"]), answers["duckdb"], case.tolerance)
    elif (case.inputs or case.asks) and "numpy" in answers:
        wrong = distance(own["checks"][-len(CHECKS):], np.asarray(answers["numpy"]), case.tolerance)
    else:
        return
    if wrong:
        result.wrong = f"WRONG: {wrong}"
    else:
        result.notes.append("same rows" if case.rows else "same numbers")


def distance(checks, y, tolerance):
    """A sentence about an element that differs from NumPy's, relative to the largest element."""
    total, sample = ([float(row[0]) for row in from_csv(text)] for text in checks)
    y = y.astype(np.float64).ravel()
    if not math.isclose(total[0], y.sum(), abs_tol=tolerance * np.abs(y).sum()):
        return f"a sum of {total[0]}, not {y.sum()}"
    expected = y[::STRIDE]
    if len(sample) != len(expected):
        return f"{len(sample)} elements, not {len(expected)}"
    worst = np.abs(np.array(sample) - expected).max()
    return f"an element is off by {worst}" if not worst <= tolerance * np.abs(y).max() else None
