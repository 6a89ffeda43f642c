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
    """A bug of linal; the connection is as it was before the statement.

    >>> import linal
    >>> issubclass(linal.InternalError, linal.Error)
    True
    """


class ProgrammingError(DatabaseError):
    """A mistake in the statement."""


class NotSupportedError(DatabaseError):
    """A feature that this version does not have.

    >>> import linal
    >>> try:
    ...     linal.sql("SELECT CORR(DISTINCT 1, 2)")
    ... except linal.NotSupportedError as error:
    ...     print(error.code)
    E0901
    """


class SyntaxError_(ProgrammingError):
    """A text that is no statement.

    >>> import linal
    >>> try:
    ...     linal.sql("SELEC 1")
    ... except linal.SyntaxError_ as error:
    ...     print(error.code)
    E0114
    """


class NameError_(ProgrammingError):
    """A name that nothing has.

    >>> import linal
    >>> try:
    ...     linal.sql("SELECT * FROM nosuch")
    ... except linal.NameError_ as error:
    ...     print(error.code)
    E0304
    """


class ShapeError(ProgrammingError, ValueError):
    """Shapes that do not fit.

    >>> import linal
    >>> try:
    ...     linal.execute("LET y = [1, 2, 3] + [1, 2]")
    ... except linal.ShapeError as error:
    ...     print(error.code)
    E0203
    """


class TypeError_(ProgrammingError, TypeError):
    """A value of another type than the operation takes.

    >>> import linal
    >>> try:
    ...     linal.execute("LET y = [1, 2] AND TRUE")
    ... except linal.TypeError_ as error:
    ...     print(error.code)
    E0206
    """


class ValueError_(DataError, ValueError):
    """A value that the operation does not take, or that does not fit its type.

    >>> import linal
    >>> try:
    ...     linal.sql("SELECT 9223372036854775807 + 1")
    ... except linal.ValueError_ as error:
    ...     print(error.code)
    E0302
    """


class MemoryLimitError(OperationalError, MemoryError):
    """The statement needs more memory than its limit leaves.

    >>> import linal
    >>> try:
    ...     linal.connect(memory_limit="10MB").execute("LET x = RANDOM [20000000] SEED 1")
    ... except linal.MemoryLimitError as error:
    ...     print(error.code)
    E0501
    """


class TimeoutError_(OperationalError, TimeoutError):
    """The statement took longer than its time limit.

    >>> import linal
    >>> db = linal.connect(timeout="10ms")
    >>> try:
    ...     db.sql("SELECT COUNT(*) FROM ROWS(ARANGE(0, 100000)) a JOIN ROWS(ARANGE(0, 100000)) b ON a.row < b.row")
    ... except linal.TimeoutError_ as error:
    ...     print(error.code)
    E0502
    """


class FileError(OperationalError, OSError):
    """A file or a directory that cannot be read or written.

    >>> import linal
    >>> try:
    ...     linal.execute("LET x = READ_NPY('nosuch.npy')")
    ... except linal.FileError as error:
    ...     print(error.code)
    E0401
    """


class ConflictError(OperationalError):
    """Another session changed the same dataset in the meantime; nothing was changed.

    >>> import linal
    >>> db = linal.connect()
    >>> db["t"] = {"x": [1]}
    >>> other = db.cursor()
    >>> try:
    ...     with db.transaction():
    ...         _ = db.execute("UPDATE t SET x = 2")
    ...         _ = other.execute("UPDATE t SET x = 3")
    ... except linal.ConflictError as error:
    ...     print(error.code)
    E0605
    """


class _ConstraintError(ValueError_, IntegrityError):
    """A value that a constraint forbids."""


class _UnknownName(NameError_, KeyError):
    """A key of a connection that is no name."""


_CLASSES: dict[type[Error], tuple[int, ...]] = {
    ShapeError: (203, 204, 205, 209, 210, 607, 612),
    TypeError_: (206, 306, 307, 309, 310, 601, 610, 613, 614),
    ValueError_: (207, 208, 211, 301, 302, 303, 308, 313, 316, 604, 611, 615, 704, 705, 707, 712),
    NameError_: (304, 305, 311, 312, 314, 315, 404, 603, 606, 609, 616, 701, 702, 710),
    _ConstraintError: (602, 617, 618),
    SyntaxError_: (706,),
    MemoryLimitError: (501,),
    TimeoutError_: (502,),
    ConflictError: (605,),
    InterfaceError: (803,),
    ProgrammingError: (619,),
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


_OF_PACKAGE: dict[type[Error], tuple[str, str]] = {
    TypeError_: ("E0601", "type_mismatch"),
    ValueError_: ("E0308", "value_out_of_range"),
    InterfaceError: ("E0803", "not_found"),
    ProgrammingError: ("E0310", "wrong_arguments"),
}
"""The codes of mistakes in the use of the package, which are those of the engine's errors of their kind."""


def mistake(kind: type[Error], message: str) -> Error:
    """The error of a mistake that the package itself notices."""
    error = kind(message)
    error.code, error.name = _OF_PACKAGE[kind]
    return error


def unknown_key(name: str, known: list[str], what: str = "") -> Error:
    """The error of a key that is no name, with the nearest ones; ``what`` is what it should be the name of."""
    import difflib

    near = difflib.get_close_matches(name.lower(), [other.lower() for other in known], n=3, cutoff=0.5)
    spelled = {other.lower(): other for other in known}
    message = f"there is no {what} `{name}`" if what else f"there is no tensor and no dataset `{name}`"
    help = None
    if near:
        help = "did you mean " + " or ".join(f"`{spelled[other]}`" for other in near) + "?"
        message = f"{message}\n{help}"
    error = _UnknownName(message)
    code = ("E0603", "unknown_column") if what == "column" else ("E0304", "unknown_name")
    (error.code, error.name), error.help, error._text = code, help, name
    return error


def missing(package: str, what: str) -> ImportError:
    """The error of a package that a method needs."""
    return builtins.ImportError(f"{what} needs {package}, which is not installed: pip install {package}")
