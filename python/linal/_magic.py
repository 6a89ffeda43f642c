"""``%linal`` and ``%%linal`` of notebooks."""

from __future__ import annotations

import argparse
import shlex
from typing import Any

from ._connection import Connection
from ._errors import Error


def load(shell: Any) -> None:
    """Gives a shell of IPython the magics."""
    shell.register_magic_function(lambda line: _line(shell, line), "line", "linal")
    shell.register_magic_function(lambda line, cell: _cell(shell, line, cell), "cell", "linal")


def _line(shell: Any, line: str) -> Any:
    """``%linal STATEMENT`` on the default connection, or on ``db`` when the notebook has one."""
    return _shown(shell, _connection(shell, None), line)


def _cell(shell: Any, line: str, cell: str) -> Any:
    """``%%linal [db] [--out name]``: the statements of the cell; the last one's result is shown, or given a name."""
    parser = argparse.ArgumentParser(prog="%%linal", add_help=False, exit_on_error=False)
    parser.add_argument("db", nargs="?")
    parser.add_argument("--out", metavar="name")
    try:
        arguments = parser.parse_args(shlex.split(line))
    except (argparse.ArgumentError, SystemExit):
        print(f"{parser.format_usage().rstrip()}: not {line!r}")
        return None
    result = _shown(shell, _connection(shell, arguments.db), cell)
    if arguments.out is not None and result is not None:
        shell.user_ns[arguments.out] = result
        return None
    return result


def _connection(shell: Any, name: str | None) -> Connection:
    from . import default

    if name is None:
        db = shell.user_ns.get("db")
        return db if isinstance(db, Connection) else default()
    db = shell.user_ns.get(name)
    if not isinstance(db, Connection):
        raise NameError(f"{name!r} is no connection of linal")
    return db


def _shown(shell: Any, db: Connection, statements: str) -> Any:
    """The result; an error is shown as its message, without the lines of this package."""
    lent = _Variables(shell.user_ns)
    try:
        return lent.run(db, statements.strip("\n"))
    except Error as error:
        print(error)
        raise _Shown from None


class _Shown(Exception):
    """Ends a cell whose error was printed."""

    def _render_traceback_(self) -> list[str]:
        return []


class _Variables:
    """Runs statements with the variables of the notebook in sight."""

    def __init__(self, variables: dict[str, Any]) -> None:
        self._variables = variables

    def run(self, db: Connection, statements: str) -> Any:
        code = compile("_linal_db.execute(_linal_text)", "<linal>", "eval")
        scope = {"_linal_db": db, "_linal_text": statements}
        return eval(code, {**self._variables, **scope, "__name__": "__main__"})
