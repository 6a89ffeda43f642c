"""Runs the tests of lifetimes under valgrind, and prints its errors that name the compiled half of the package.

    python tests/under_valgrind.py

The Python is one that has linal, pytest, NumPy and pyarrow; the interpreter's own errors, which come from its import of
modules, are left out. A read of freed memory, on purpose, shows first that such errors are found. Exits with 1 when there are
errors, or when that one is not found.
"""

import os
import pathlib
import re
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
TESTS = """
import test_lifetimes as tests
tests.test_arrays_outlive_everything()
tests.test_random_borrows_and_drops()
"""
BROKEN = """
import ctypes, linal
db = linal.connect()
db.execute("LET x = RANDOM [5000] SEED 1")
address = db["x"].numpy().ctypes.data
del db["x"]
db.close()
del db
ctypes.string_at(address, 8)
"""


def errors(script):
    """The errors that name the compiled half, in the stack of the access or of the memory."""
    with tempfile.TemporaryDirectory() as folder:
        log = pathlib.Path(folder) / "log"
        command = ["valgrind", "--error-limit=no", "--num-callers=40", f"--log-file={log}", sys.executable, "-c", script]
        path = os.pathsep.join(filter(None, [str(HERE), os.environ.get("PYTHONPATH")]))
        # Not in this folder, whose `linal` has no compiled half.
        subprocess.run(command, cwd=folder, env=os.environ | {"PYTHONMALLOC": "malloc", "PYTHONPATH": path}, check=True)
        text = re.sub(r"^==\d+== ?", "", log.read_text(), flags=re.MULTILINE)
    return [block.strip() for block in text.split("\n\n") if "_linal" in block]


def main():
    if not errors(BROKEN):
        sys.exit("a read of freed memory was not found")
    found = errors(TESTS)
    print("\n\n".join([*found, f"{len(found)} errors"]))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
