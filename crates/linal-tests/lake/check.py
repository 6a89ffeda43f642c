"""Whether DuckDB reads directories of linal as DuckLake 1.0.

    python -m lake.check                     directories that are written by hand, with schema.sql and lake.sql
    python -m lake.check --quick             the same without the cases that take longest
    python -m lake.check DIR                 a directory that linal wrote: each dataset in each snapshot, beside `reader.py`
    python -m lake.check DIR QUERIES.json    and queries with expected results (README.md)

Run it in `crates/linal-tests`. Prints a line for each case; the exit code is 1 when one fails.
"""

import os
import sys
import tempfile
import time

from . import concurrent, features, queries, types, whole, writers
from .cases import CASES, every_snapshot
from .directory import Directory

HAND_WRITTEN = CASES + whole.CASES + features.CASES + concurrent.CASES + types.CASES + writers.CASES
# Most of the time goes here: every snapshot, every type, every attempt to write, and a reader beside a writer.
SLOW = (every_snapshot, whole.hand_written, concurrent.consistent_reader, types.every_type, writers.unchanged)


def run(name, case, argument):
    start = time.monotonic()
    try:
        problems = list(case(argument))
    except Exception as error:  # a case that ends with an error has failed, and the others are of interest
        problems = [f"{type(error).__name__}: {error}"]
    print(f"{'FAILED' if problems else 'ok':6} {name} ({time.monotonic() - start:.1f} s)", flush=True)
    for problem in problems[:20]:
        print(f"       {problem}")
    return not problems


def hand_written(folder, cases):
    counter = iter(range(1_000_000))
    new_directory = lambda: Directory(os.path.join(folder, f"d{next(counter)}"))
    return [run(case.__name__, case, new_directory) for case in cases]


def main(arguments):
    is_quick = arguments == ["--quick"]
    if arguments and not is_quick:
        directory, *files = arguments
        cases = [("whole directory", whole.case)] + [case for file in files for case in queries.cases(file)]
        return all([run(name, case, directory) for name, case in cases])
    with tempfile.TemporaryDirectory() as folder:
        return all(hand_written(folder, [case for case in HAND_WRITTEN if not (is_quick and case in SLOW)]))


if __name__ == "__main__":
    sys.exit(0 if main(sys.argv[1:]) else 1)
