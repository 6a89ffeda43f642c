"""`python -m fuzz.tensor`: random tensor expressions against NumPy and SciPy."""

import argparse
import pathlib
import secrets
import sys
import warnings

from ..engine import default_binary
from .run import Run

KNOWN = pathlib.Path(__file__).with_name("known.txt")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--linal", default=default_binary(), help="the program; else $LINAL or the debug build")
    parser.add_argument("--seed", type=int, default=None, help="the same seed makes the same cases; else a new one, which is printed")
    parser.add_argument("--cases", type=int, default=10_000)
    parser.add_argument("--seconds", type=float, default=0, help="the most time that a run takes; no limit without it")
    options = parser.parse_args()
    # NaN and overflow are intended.
    warnings.simplefilter("ignore")
    options.seed = secrets.randbelow(2**32) if options.seed is None else options.seed
    options.known_lines = [line for line in KNOWN.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    print(f"seed {options.seed}", flush=True)
    run = Run(options)
    run.all()
    print(run.summary())
    if run.new:
        sys.exit(f"{run.new} new differences")


main()
