"""The exceptions of linal, which are those of DB-API 2.0 as well."""

from __future__ import annotations

import builtins


class Error(Exception):
    """A statement that failed. The message has the line of the text and a caret below the mistake.

    >>> import linal
    >>> db = linal.connect()
    >>> try:
    ...     db.execute("LET x = 1\\nLET y = [1, 2, 3] + [1, 2]")
    ... except linal.Error as error:
    ...     print(error.code, error.line, error.column)
    E0203 2 9
    """

    code: str | None = None
    """The stable number of the error, such as ``E0304``; ``linal -c "HELP E0304"`` explains it."""
    name: str | None = None
    """The stable name of the error, such as ``unknown_name``."""
    line: int | None = None
    """The line of the text, from 1."""
    column: int | None = None
    """The character within the line, from 1."""
    help: str | None = None
    """What may be done, such as the nearest valid name."""
    _text: str | None = None
    """The part of the text that is wrong."""

    def __str__(self) -> str:
        return str(self.args[0]) if self.args else ""


class InterfaceError(Error):
    """A mistake in the use of a connection, such as one that is closed."""


class DatabaseError(Error):
    """An error of the engine."""


class DataError(DatabaseError):
    """A value that cannot be computed or stored."""


class OperationalError(DatabaseError):
    """Something that is not the statement's fault: memory, time, files, other sessions."""


class IntegrityError(DatabaseError):
    """A constraint that would not hold."""


class InternalError(DatabaseError):
    """A bug of linal; the connection is as it was before the statement."""


class ProgrammingError(DatabaseError):
    """A mistake in the statement."""


class NotSupportedError(DatabaseError):
    """A feature that this version does not have."""


class SyntaxError_(ProgrammingError):
    """A text that is no statement."""


class NameError_(ProgrammingError):
    """A name that nothing has."""


class ShapeError(ProgrammingError, ValueError):
    """Shapes that do not fit."""


class TypeError_(ProgrammingError, TypeError):
    """A value of another type than the operation takes."""


class ValueError_(DataError, ValueError):
    """A value that the operation does not take, or that does not fit its type."""


class MemoryLimitError(OperationalError, MemoryError):
    """The statement needs more memory than its limit leaves."""


class TimeoutError_(OperationalError, TimeoutError):
    """The statement took longer than its time limit."""


class FileError(OperationalError, OSError):
    """A file or a directory that cannot be read or written."""


class ConflictError(OperationalError):
    """Another session changed the same dataset in the meantime; nothing was changed."""


class _ConstraintError(ValueError_, IntegrityError):
    """A value that a constraint forbids."""


class _UnknownName(NameError_, KeyError):
    """A key of a connection that is no name."""


_CLASSES: dict[type[Error], tuple[int, ...]] = {
    ShapeError: (203, 204, 205, 209, 210, 607, 612),
    TypeError_: (206, 306, 307, 309, 310, 601, 610, 613, 614),
    ValueError_: (207, 208, 211, 301, 302, 303, 308, 313, 316, 604, 611, 615, 704, 705, 707, 712),
    NameError_: (304, 305, 311, 312, 314, 315, 404, 603, 606, 609, 616, 701, 702, 710),
    _ConstraintError: (602,),
    SyntaxError_: (706,),
    MemoryLimitError: (501,),
    TimeoutError_: (502,),
    ConflictError: (605,),
    InterfaceError: (803,),
    InternalError: (900,),
    NotSupportedError: (901,),
}
_BY_CODE = {code: kind for kind, codes in _CLASSES.items() for code in codes}
_BY_GROUP: dict[int, type[Error]] = {
    1: SyntaxError_,
    2: ShapeError,
    3: ProgrammingError,
    4: FileError,
    5: OperationalError,
    6: ValueError_,
    7: ProgrammingError,
    8: OperationalError,
    9: InternalError,
}


def of_engine(
    number: str,
    name: str,
    rendered: str,
    message: str,
    line: int | None,
    column: int | None,
    help: str | None,
    text: str | None,
) -> Error:
    """The exception of an error of the engine; called by the compiled part."""
    code = int(number[1:])
    kind = _BY_CODE.get(code) or _BY_GROUP.get(code // 100, DatabaseError)
    error = kind(rendered)
    error.code, error.name = number, name
    error.line, error.column = line, column
    error.help, error._text = help, text
    return error


def unknown_key(name: str, known: list[str]) -> Error:
    """The error of a key that is no name, with the nearest ones."""
    import difflib

    near = difflib.get_close_matches(name.lower(), [other.lower() for other in known], n=3, cutoff=0.5)
    spelled = {other.lower(): other for other in known}
    message = f"there is no tensor and no dataset `{name}`"
    help = None
    if near:
        help = "did you mean " + " or ".join(f"`{spelled[other]}`" for other in near) + "?"
        message = f"{message}\n{help}"
    error = _UnknownName(message)
    error.code, error.name, error.help, error._text = "E0304", "unknown_name", help, name
    return error


def missing(package: str, what: str) -> ImportError:
    """The error of a package that a method needs."""
    return builtins.ImportError(f"{what} needs {package}, which is not installed: pip install {package}")
