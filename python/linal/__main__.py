"""``python -m linal``: the same command line as the binary ``linal``."""

from __future__ import annotations

import signal
import sys

from . import _linal


def main() -> int:
    """Runs the command line of the process; gives its exit code."""
    # The command line handles Ctrl-C itself.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    return _linal.main(["linal", *sys.argv[1:]])


if __name__ == "__main__":
    sys.exit(main())
