"""`python -m fuzz.sql`: random queries against DuckDB, PostgreSQL, SQLite and linal itself."""

import argparse
import pathlib
import secrets
import sys

from ..engine import default_binary
from .peers import find_postgres
from .peers.postgres import Server
from .run import Run

KNOWN = pathlib.Path(__file__).with_name("known.txt")


def arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--linal", default=default_binary(), help="the program; else $LINAL or the debug build")
    parser.add_argument("--seed", default=None, help="the same seed makes the same queries; else a new one, which is printed")
    parser.add_argument("--queries", type=int, default=100_000)
    parser.add_argument("--seconds", type=float, default=0, help="the most time that a run takes; no limit without it")
    parser.add_argument("--first", type=int, default=0, help="the number of the first database")
    parser.add_argument("--timeout", default="10s", help="the time of one statement")
    parser.add_argument("--reductions", type=int, default=200, help="how many differences are reduced")
    parser.add_argument("--reduce-seconds", type=float, default=40)
    parser.add_argument("--known", default=KNOWN, help="a file with differences that are known to be open")
    parser.add_argument("--out", help="a file that findings are appended to")
    parser.add_argument("--only", choices=("rows", "errors"), help="report only wrong rows, or only errors")
    parser.add_argument("--without", help="leave out queries whose text matches this expression, such as those with a known fault")
    parser.add_argument("--no-postgres", action="store_true")
    return parser.parse_args()


def known_lines(path):
    text = pathlib.Path(path).read_text(encoding="utf-8")
    return [line for line in text.splitlines() if line.strip() and not line.startswith("#")]


def start_postgres(options):
    programs = None if options.no_postgres else find_postgres()
    if programs is None:
        print("PostgreSQL is not there: what only its meaning decides is not compared")
        return None
    return Server(programs)


def main():
    options = arguments()
    options.seed = options.seed or secrets.token_hex(4)
    options.known_lines = known_lines(options.known)
    print(f"seed {options.seed}", flush=True)
    run = Run(options, start_postgres(options))
    run.all()
    print(run.summary())
    if run.report.new:
        sys.exit(f"{run.report.new} new differences")


main()
