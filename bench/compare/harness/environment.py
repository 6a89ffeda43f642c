"""Virtual environments with the versions of a file of requirements."""

import pathlib
import subprocess
import sys
import venv

PLACE = pathlib.Path(__file__).resolve().parents[1]


def python(home, wanted, optional=False):
    """The Python of an environment, which is made or brought up to date. Of optional packages those that cannot be installed
    are left out, with a sentence on the standard error."""
    binary = home / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    installed = home / "installed.txt"
    if installed.exists() and installed.read_text() == wanted.read_text():
        return binary
    venv.create(home, with_pip=True)
    command = [binary, "-m", "pip", "install", "--quiet"]
    if not optional:
        subprocess.run([*command, "-r", wanted], check=True)
    for line in wanted.read_text().split() if optional else ():
        if subprocess.run([*command, line], check=False, stdout=sys.stderr).returncode != 0:
            print(f"{line} cannot be installed here; its column is missing", file=sys.stderr)
    installed.write_text(wanted.read_text())
    return binary
