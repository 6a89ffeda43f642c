"""Runs a case in all engines in turn, for some rounds."""

import contextlib
import math
from dataclasses import dataclass

import numpy as np

from . import data, disk
from .report import Result
from .rows import difference, from_csv
from .stores import NEW, NotBuilt, Store, filled, new_folder

# The queries over `y`: its sum, and every n-th element in logical order.
STRIDE = 997
CHECKS = ["SHOW SUM(FLATTEN(y))", f"SHOW FLATTEN(y)[::{STRIDE}]"]


@dataclass
class Source:
    """What a peer gets for a case with tables or a store."""

    home: object
    tables: dict
    store: Store | None


class Rounds:
    """The engines and where their data is."""

    def __init__(self, home, linal, peers, rounds):
        self.home, self.linal, self.peers, self.rounds = home, linal, peers, rounds

    def run(self, case, chapter, known):
        """The result of a case. `known` has earlier results by name, which goals may name."""
        result = Result(case.name, case.title, chapter, goals=case.goals, at_most=case.at_most)
        files = data.arrays(self.home, case.inputs) if case.inputs else None
        tables = {name: str(table.path(self.home)) for name, table in case.tables.items()}
        folder = self.home / "arrays" if files else self.home if case.has_source else data.build(self.home)
        source = Source(self.home, tables, case.store) if case.has_source else None
        ready = list(self.ready(case, files, folder, source, result))
        answers, own = {}, None
        repeat = 1 if case.cold else case.repeat
        for number in range(self.rounds):
            if self.linal is not None and case.run is not None:
                answer = self.linal_round(case, folder, files, tables, result, asked=number == 0)
                own = answer if number == 0 else own
            for peer, run in ready:
                with noted(peer, result):
                    answers[peer.name], times = peer.measure(run, repeat, case.batch)
                    result.times.setdefault(peer.name, []).extend(times)
        result.times |= {name: known[name].times.get("linal", []) for name in case.goals if name in known}
        if own is not None:
            compare(case, own, answers, result)
        if case.rate:
            rates = {name: 1e9 / result.median(name) for name in result.times if name not in known}
            result.notes.append("a second: " + ", ".join(f"{name} {rate:,.0f}" for name, rate in rates.items()))
        return result

    def ready(self, case, files, folder, source, result):
        """The peers that can run the case, and what they run."""
        for peer in self.peers:
            run = None
            with noted(peer, result):
                run = peer.prepare_tables(case, source) if source else peer.prepare(case, files, folder)
            if run is not None:
                yield peer, run

    def linal_round(self, case, folder, files, tables, result, asked):
        """One round of linal; returns its answer."""
        reads = [f"LET {name} = READ_NPY('{path.name}')" for name, path in (files or {}).items()]
        if any("{query}" in statement for statement in case.setup):
            tables = tables | {"query": np.load(folder / "query.npy").tolist()}
        run = case.run if isinstance(case.run, list) else [case.run]
        checks = ([case.asks] if case.asks else []) + CHECKS
        message = {
            "name": case.name,
            "setup": reads + [filled(statement, tables) for statement in case.setup],
            "run": [filled(statement, tables) for statement in run],
            "repeat": 1 if case.cold else case.repeat,
            "batch": case.batch,
            "rows": asked and case.rows,
            "check": checks if asked and (files or case.asks) else [],
            "cold": case.cold,
            "open": case.opens,
            "sessions": case.sessions,
            "numbered": case.numbered,
        }
        answer = self.answer(case, message, folder)
        if "error" in answer:
            result.wrong = f"linal: {answer['error'].splitlines()[0]}"
            return None
        result.times.setdefault("linal", []).extend(answer["nanoseconds"])
        return answer

    def answer(self, case, message, folder):
        """linal's answer to one case; an error, too, where its directory cannot be built."""
        try:
            with self.directory(case.store) as directory:
                if case.evicts:
                    disk.evict(directory)
                (answer,) = self.linal.run([message], folder, directory)
                return answer
        except NotBuilt as error:
            return {"error": str(error)}

    def directory(self, store):
        """linal's directory for a round."""
        if store is None:
            return contextlib.nullcontext()
        if store is NEW:
            return new_folder(self.home)
        return contextlib.nullcontext(store.linal_directory(self.home, self.linal))


@contextlib.contextmanager
def noted(peer, result):
    """What a peer cannot do is a note, and the others go on."""
    try:
        yield
    except Exception as error:  # noqa: BLE001 - each engine has errors of its own
        note = f"{peer.name}: {(str(error).strip() or repr(error)).splitlines()[0]}"
        result.notes += [note] * (note not in result.notes)


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
