"""Compares linal with its peers, and prints Markdown tables: medians, and linal's time divided by each peer's.

    cargo build --release -p linal-bench --bin linal-compare
    python bench/compare/run.py                          all cases, and TPC-H at scale factor 0.1
    python bench/compare/run.py --all                    the other suites of queries, the optional peers and --scaling, too
    python bench/compare/run.py --scale-1                TPC-H at scale factor 1, too: the geometric mean of the ratios
    python bench/compare/run.py --scaling --most 8       time per element over 10^3 to 10^8 elements, with one thread and
                                                         with all, of linal alone; scaling.svg is a picture of it
    python bench/compare/run.py --only tensors,insert    some chapters, cases or suites (harness/cases, harness/suites;
                                                         `add/f32` is all that start with it)
    python bench/compare/run.py --write docs/performance.md
    python bench/compare/run.py --results FILE           keeps results in a file and shows those of earlier runs, too, so
                                                         that a long comparison can be made in parts
    python bench/compare/run.py --linal PATH --rounds 5 --threads 2
    python bench/compare/run.py --package WHEEL          linal's Python package for the chapter of Python: a wheel, or a
                                                         folder to import it from; else an installed one, or no such chapter
    python bench/compare/run.py --peers                  Hyper, chDB and JAX, too, of requirements-peers.txt in `.venv-peers`;
                                                         one that cannot be installed has no column
    python bench/compare/run.py --torch PYTHON           a Python that has torch, if neither `.venv` nor the system's has
    python bench/compare/run.py --gigabytes 5            the size of the directory that is opened (`open`)
    python bench/compare/run.py --limit 4                the gigabytes of memory that `tpch-10-disk` may use
    python bench/compare/run.py --shrink 100             large tables and scale factors divided by it, to try out the harness
    python bench/compare/run.py --no-linal               the peers alone, for the same

The first run makes a virtual environment beside this file (`.venv`) with the versions of requirements.txt, and builds
the data below `target/compare`; later runs use both again. In each round every engine runs every case once, one engine
after the other, so that a slow minute of the machine hits all of them. All engines may use all cores, or as many as
`--threads` says. Short statements are timed in batches, in all engines alike. Answers are checked against DuckDB's rows or
NumPy's arrays, with a relative tolerance; a wrong one is marked. The exit code is 1 when an answer is wrong, a case of
linal's fails, or a goal is missed that was judged (harness/cases; what was missed is listed at the end).

The protocol of `linal-compare`
-------------------------------

It reads one JSON list of cases from its standard input:

    [{"name": "select", "setup": ["..."], "run": "SELECT ...", "repeat": 100, "rows": true}, ...]
    [{"name": "lazy", "setup": ["..."], "run": ["LAZY LET ...", "LET ..."], "check": ["SHOW SUM(y)"], "batch": 10}, ...]

- All cases of a call share one session and run in their order; `setup` (may be missing) is not timed.
- `run` is a statement or a list of statements, which are timed together. It is executed once to warm up and then
  `repeat` times (1 if missing), each timed: from the statement's text to its whole result in memory.
- `batch` (1 if missing) is how many runs lie between two readings of the clock, so that short statements are not
  drowned by it; the time is divided by it. `repeat` counts batches.
- `rows` asks for the result of the first run's last statement as CSV, with a header line, an empty cell for NULL and
  `""` for the empty text.
- `check` is a list of statements that are executed after the first run; each gives its result as CSV.
- `cold` has no run to warm up: the first one is timed.
- `sessions` (1 if missing) sessions run a batch each, all at once; the time is divided by the runs of all of them.
- `numbered` puts a number that grows with each run in place of `{i}` in `run`; the texts are made before the clock starts.
- `open` ends the engine before each run and opens the directory of `--data` again: the time is that of opening and run, and
  `setup` comes between the two.

It writes one JSON list with an object a case, in the same order:

    [{"name": "select", "nanoseconds": [81234.0, 80120.0, ...], "rows": "id,x\\n501,0.5\\n", "checks": [], "peak": 9e7}, ...]
    [{"name": "select", "error": "E0301 unknown_name: ..."}, ...]

`rows` is null where they were not asked for. `peak` is the greatest resident memory of the process so far in bytes, null
where the system does not tell it. A case that fails does not stop the others. The exit code is 0 unless the input is no such
list. The option `--threads N` bounds the threads of a statement, `--memory-limit BYTES` the memory of all, and `--data DIR`
opens a database directory.
"""

import os
import pathlib
import subprocess
import sys

from harness.environment import python

HERE = pathlib.Path(__file__).resolve().parent

if __name__ == "__main__":
    command = [python(HERE / ".venv", HERE / "requirements.txt"), "-m", "harness", *sys.argv[1:]]
    sys.exit(subprocess.run(command, env=os.environ | {"PYTHONPATH": str(HERE)}).returncode)
