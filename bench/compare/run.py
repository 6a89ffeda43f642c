"""Compares linal with its peers, and prints one Markdown table: medians, and linal's time divided by each peer's.

    cargo build --release -p linal-bench --bin linal-compare
    python bench/compare/run.py                          everything but scale factor 1
    python bench/compare/run.py --only insert,topk       some cases (names as in harness/cases.py; `tpch` is one, too)
    python bench/compare/run.py --scale-1                TPC-H at scale factor 1, too: the geometric mean of the ratios
    python bench/compare/run.py --linal PATH --rounds 5 --threads 2
    python bench/compare/run.py --no-linal               the peers alone, to try out the harness

The first run makes a virtual environment beside this file (`.venv`) with the versions of requirements.txt, and builds
the data below `target/compare`; later runs use both again. In each round every engine runs every case once, one engine
after the other, so that a slow minute of the machine hits all of them. All engines may use all cores, or as many as
`--threads` says. Answers are checked against DuckDB's, numbers with a relative tolerance; a wrong one is marked.

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
    sys.exit(subprocess.run([PYTHON, "-m", "harness", *sys.argv[1:]], cwd=HERE).returncode)
