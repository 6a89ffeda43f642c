"""The command: reads its options, runs the rounds, prints the table."""

import argparse
import os
import pathlib
import sys

from . import cases, data, tpch
from .linal import Linal
from .peers import duck, linaldb, numeric, polar
from .report import table

ROOT = pathlib.Path(__file__).resolve().parents[3]


def options():
    parser = argparse.ArgumentParser(prog="run.py", description=__doc__)
    parser.add_argument("--only", default="", help="names of cases, separated by commas")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--scale-1", action="store_true", help="TPC-H at scale factor 1, too")
    parser.add_argument("--linal", type=pathlib.Path, default=ROOT / "target/release/linal-compare")
    parser.add_argument("--no-linal", action="store_true", help="the peers alone")
    parser.add_argument("--data", type=pathlib.Path, default=ROOT / "target/compare")
    return parser.parse_args()


def main():
    chosen = options()
    if not chosen.no_linal and not chosen.linal.exists():
        sys.exit(f"{chosen.linal} is missing: cargo build --release -p linal-bench --bin linal-compare")
    names = set(filter(None, chosen.only.split(",")))
    linal = None if chosen.no_linal else Linal(chosen.linal, chosen.threads)
    results = []
    for case in cases.CASES:
        if not names or case.name in names:
            print(f"{case.name} ...", file=sys.stderr)
            folder = data.build(chosen.data)
            peers = [duck.Duck(chosen.threads), polar.Polars(), numeric.NumPy(), linaldb.LinalDb()]
            results.append(cases.compare(case, folder, linal, peers, chosen.rounds))
    scales = [0.1] + [1] * chosen.scale_1
    for scale in scales if not names or "tpch" in names else []:
        print(f"TPC-H at scale factor {scale} ...", file=sys.stderr)
        folder = data.tpch(chosen.data, scale)
        results += tpch.compare(scale, folder, linal, chosen.threads, chosen.rounds)
    print(table(results))


if __name__ == "__main__":
    # The threads of NumPy's and Polars' libraries are decided when they are imported.
    threads = str(options().threads)
    libraries = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "POLARS_MAX_THREADS")
    if any(os.environ.get(name) != threads for name in libraries):
        os.environ.update({name: threads for name in libraries})
        os.execv(sys.executable, [sys.executable, "-m", "harness", *sys.argv[1:]])
    main()
