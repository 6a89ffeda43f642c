"""The command: parses its options, runs the rounds, prints the tables."""

import json
import os
import sys

from . import machine, page, scaling
from .cases import chapters
from .engines import Engines
from .linal import Linal
from .options import HERE, ROOT, options
from .report import Result, table
from .rounds import Rounds
from .sizes import Sizes
from .suites import is_chosen, suites
from .suites.suite import compare


def main():
    chosen = options()
    if not chosen.no_linal and not chosen.linal.exists():
        sys.exit(f"{chosen.linal} is missing: cargo build --release -p linal-bench --bin linal-compare")
    linal = None if chosen.no_linal else Linal(chosen.linal.resolve(), chosen.threads)
    engines = Engines(chosen)
    results = {result.name: result for result in kept(chosen.results)}
    for result in run(chosen, linal, engines, dict(results)):
        results[result.name] = result
        keep(chosen.results, results.values())
    results = in_order(results, chapters(sizes(chosen)))

    for chapter in dict.fromkeys(result.chapter for result in results):
        print(f"## {chapter}\n\n{table([result for result in results if result.chapter == chapter])}\n")
    grown = scaling.run(chosen, linal) if chosen.scaling and linal and not chosen.names else []
    if grown:
        print(f"## {scaling.TITLE}\n\n{scaling.table(grown)}\n")
    if chosen.write:
        facts = machine.facts(ROOT, chosen.threads, engines.versions())
        chosen.write.write_text(page.page(results, facts, page.read_notes(HERE / "notes.md"), grown))
    if grown:
        picture = (chosen.write or chosen.data / "scaling").with_name("scaling.svg")
        picture.write_text(scaling.picture(grown))
    missed = [f"{result.title}: {', '.join(result.missed())}" for result in results if result.missed()]
    if missed:
        sys.exit("missed:\n  " + "\n  ".join(missed))


def run(chosen, linal, engines, known):
    """The results of the chosen cases, one by one. `known` has those of earlier runs."""
    rounds = Rounds(chosen.data, linal, engines.peers, chosen.rounds)
    for chapter, cases in chapters(sizes(chosen)).items():
        wanted = [case for case in cases if chapter in chosen.names or case.chosen(chosen.names)]
        if chapter == "Python" and wanted and engines.package.module is None:
            print("The chapter of Python is left out: the package linal is not installed; see --package.", file=sys.stderr)
            wanted = [case for case in wanted if chosen.no_linal]
        for case in wanted:
            print(f"{case.name} ...", file=sys.stderr)
            result = known[case.name] = rounds.run(case, chapter, known)
            yield result
    for name, suite in suites(chosen.data, sizes(chosen), int(chosen.limit * 1e9)).items():
        if is_chosen(name, chosen):
            print(f"{name} ...", file=sys.stderr)
            yield from compare(suite(), chosen.data, linal, engines.of_suites(), chosen.rounds)


def sizes(chosen):
    return Sizes(chosen.shrink, chosen.gigabytes)


def kept(path):
    """The results of earlier runs."""
    return [Result(**result) for result in json.loads(path.read_text())] if path and path.exists() else []


def keep(path, results):
    if path:
        path.write_text(json.dumps([result.to_json() for result in results], indent=1))


def in_order(results, cases_by_chapter):
    """In the order of the cases, suites of queries behind them."""
    names = [case.name for cases in cases_by_chapter.values() for case in cases]
    known = {name: results[name] for name in names if name in results}
    return [*known.values(), *(result for name, result in results.items() if name not in known)]


if __name__ == "__main__":
    # The libraries choose their number of threads at import, and OpenBLAS may choose its own kernels.
    threads = str(options().threads)
    libraries = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "POLARS_MAX_THREADS", "NUMEXPR_MAX_THREADS")
    if "OPENBLAS_CORETYPE" in os.environ or any(os.environ.get(name) != threads for name in libraries):
        os.environ.pop("OPENBLAS_CORETYPE", None)
        os.environ.update({name: threads for name in libraries})
        os.execv(sys.executable, [sys.executable, "-m", "harness", *sys.argv[1:]])
    main()
