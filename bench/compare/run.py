"""Compares linal with its peers, and prints one Markdown table: medians, and linal's time divided by each peer's.

    cargo build --release -p linal-bench --bin linal-compare
    python bench/compare/run.py                          everything but TPC-H at scale factor 1
    python bench/compare/run.py --scale-1                that, too: the geometric mean of the ratios
    python bench/compare/run.py --only tensors,insert    some chapters or cases (harness/cases; `add/f32` is all that start
                                                         with it, and `tpch` is one, too)
    python bench/compare/run.py --write docs/performance.md
    python bench/compare/run.py --results FILE           keeps results in a file and shows those of earlier runs, too, so
                                                         that a long comparison can be made in parts
    python bench/compare/run.py --linal PATH --rounds 5 --threads 2
    python bench/compare/run.py --torch PYTHON           a Python that has torch, if neither `.venv` nor the system's has
    python bench/compare/run.py --no-linal               the peers alone, to try out the harness

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

It writes one JSON list with an object a case, in the same order:

    [{"name": "select", "nanoseconds": [81234.0, 80120.0, ...], "rows": "id,x\\n501,0.5\\n", "checks": []}, ...]
    [{"name": "select", "error": "E0301 unknown_name: ..."}, ...]

`rows` is null where they were not asked for. A case that fails does not stop the others. The exit code is 0 unless the
input is no such list. The option `--threads N` bounds the threads of a statement.
"""

import os
import pathlib
import subprocess
import sys
import venv

HERE = pathlib.Path(__file__).resolve().parent
HOME = HERE / ".venv"
PYTHON = HOME / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
WANTED = HERE / "requirements.txt"
INSTALLED = HOME / "installed.txt"


def prepare():
    """Makes the virtual environment, or brings it up to date."""
    if INSTALLED.exists() and INSTALLED.read_text() == WANTED.read_text():
        return
    venv.create(HOME, with_pip=True)
    subprocess.run([PYTHON, "-m", "pip", "install", "--quiet", "-r", WANTED], check=True)
    INSTALLED.write_text(WANTED.read_text())


if __name__ == "__main__":
    prepare()
    command = [PYTHON, "-m", "harness", *sys.argv[1:]]
    sys.exit(subprocess.run(command, env=os.environ | {"PYTHONPATH": str(HERE)}).returncode)
