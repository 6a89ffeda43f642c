"""The command: parses its options, runs the rounds, prints the table."""

import argparse
import json
import os
import pathlib
import sys

from . import data, machine, page, tpch
from .cases import CHAPTERS
from .linal import Linal
from .peers import copies, duck, expressions, linaldb, numeric, polar, pytorch
from .report import Result, table
from .rounds import Rounds

HERE = pathlib.Path(__file__).resolve().parents[1]
ROOT = HERE.parents[1]


def options():
    parser = argparse.ArgumentParser(prog="run.py", description=__doc__)
    parser.add_argument("--only", default="", help="chapters or names of cases, separated by commas")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--scale-1", action="store_true", help="TPC-H at scale factor 1, too")
    parser.add_argument("--linal", type=pathlib.Path, default=ROOT / "target/release/linal-compare")
    parser.add_argument("--no-linal", action="store_true", help="the peers alone")
    parser.add_argument("--data", type=pathlib.Path, default=ROOT / "target/compare")
    parser.add_argument("--torch", action="append", default=[], help="a Python that has torch")
    parser.add_argument("--results", type=pathlib.Path, help="a file that results are kept in, those of earlier runs too")
    parser.add_argument("--write", type=pathlib.Path, help="write the page of the documentation")
    return parser.parse_args()


def main():
    chosen = options()
    if not chosen.no_linal and not chosen.linal.exists():
        sys.exit(f"{chosen.linal} is missing: cargo build --release -p linal-bench --bin linal-compare")
    linal = None if chosen.no_linal else Linal(chosen.linal.resolve(), chosen.threads)
    torch = pytorch.Torch([*chosen.torch, sys.executable, "/usr/bin/python3"], chosen.threads)
    results = {result.name: result for result in kept(chosen.results)}
    for result in run(chosen, linal, torch):
        results[result.name] = result
        keep(chosen.results, results.values())
    results = in_order(results)

    for chapter in dict.fromkeys(result.chapter for result in results):
        print(f"## {chapter}\n\n{table([result for result in results if result.chapter == chapter])}\n")
    if chosen.write:
        facts = machine.facts(ROOT, chosen.threads, torch.version)
        chosen.write.write_text(page.page(results, facts, page.read_notes(HERE / "notes.md")))
    missed = [f"{result.title}: {', '.join(result.missed())}" for result in results if result.missed()]
    if missed:
        sys.exit("missed:\n  " + "\n  ".join(missed))


def run(chosen, linal, torch):
    """The results of the chosen cases, one by one."""
    names = set(filter(None, chosen.only.split(",")))
    peers = [
        numeric.NumPy(),
        expressions.NumExpr(chosen.threads),
        copies.Copy(chosen.threads),
        torch,
        duck.Duck(chosen.threads),
        polar.Polars(),
        linaldb.LinalDb(),
    ]
    rounds = Rounds(chosen.data.resolve(), linal, peers, chosen.rounds)
    for chapter, cases in CHAPTERS.items():
        for case in cases:
            if chapter in names or case.chosen(names):
                print(f"{case.name} ...", file=sys.stderr)
                yield rounds.run(case, chapter)
    scales = [0.1] * (not names or "tpch" in names) + [1] * chosen.scale_1
    for scale in scales:
        print(f"TPC-H at scale factor {scale} ...", file=sys.stderr)
        folder = data.tpch(chosen.data.resolve(), scale)
        yield from tpch.compare(scale, folder, linal, chosen.threads, chosen.rounds)


def kept(path):
    """The results of earlier runs."""
    return [Result(**result) for result in json.loads(path.read_text())] if path and path.exists() else []


def keep(path, results):
    if path:
        path.write_text(json.dumps([result.to_json() for result in results], indent=1))


def in_order(results):
    """In the order of the cases, TPC-H behind them."""
    names = [case.name for cases in CHAPTERS.values() for case in cases]
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
