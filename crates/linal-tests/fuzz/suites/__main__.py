"""`python -m fuzz.suites FOLDER`: pass rates of the sqllogictest files below a folder, with the reasons of failures."""

import argparse
import pathlib

from ..engine import default_binary
from .run import Run, kind_of


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--kind", choices=("sqlite", "duckdb", "datafusion"), help="whose format it is; else told by the path")
    parser.add_argument("--linal", default=default_binary(), help="the program; else $LINAL or the debug build")
    parser.add_argument("--every", type=int, default=1, help="run one file of so many")
    parser.add_argument("--records", type=int, default=2000, help="the most records of a file")
    parser.add_argument("--seconds", type=float, default=0, help="the most time that a run takes; no limit without it")
    parser.add_argument("--timeout", default="10s", help="the time of one statement")
    parser.add_argument("--patience", type=float, default=30.0, help="seconds without output that count as a hang")
    parser.add_argument("--reasons", type=int, default=15, help="how many reasons of each class are printed")
    parser.add_argument("--out", help="a file for the failures in full")
    options = parser.parse_args()
    run = Run(options, options.kind or kind_of(options.folder))
    run.all(options.folder)
    print(run.summary())


main()
