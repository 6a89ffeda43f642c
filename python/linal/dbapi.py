"""DB-API 2.0 (PEP 249) over linal.

>>> import linal.dbapi
>>> connection = linal.dbapi.connect()
>>> cursor = connection.cursor()
>>> _ = cursor.execute("CREATE TABLE t (id INT, name TEXT)")
>>> _ = cursor.executemany("INSERT INTO t VALUES (:1, :2)", [(1, "a"), (2, "b")])
>>> connection.commit()
>>> cursor.execute("SELECT name FROM t WHERE id = :1", [2]).fetchone()
('b',)
>>> connection.close()

A change begins a transaction, which ``commit`` and ``rollback`` end; the cursors of a connection share it. Placeholders
are ``:1``, ``:2``, ..., and ``$1`` or ``$name`` as in the language.
"""

from __future__ import annotations

import datetime
import os
import re
import time
from collections.abc import Iterable, Iterator, Sequence
from types import TracebackType
from typing import Any

from . import _connection
from ._errors import (
    DatabaseError,
    DataError,
    Error,
    IntegrityError,
    InterfaceError,
    InternalError,
    NotSupportedError,
    OperationalError,
    ProgrammingError,
    mistake,
)

__all__ = [
    "BINARY",
    "DATETIME",
    "NUMBER",
    "ROWID",
    "STRING",
    "Binary",
    "Connection",
    "Cursor",
    "DataError",
    "DatabaseError",
    "Date",
    "DateFromTicks",
    "Error",
    "IntegrityError",
    "InterfaceError",
    "InternalError",
    "NotSupportedError",
    "OperationalError",
    "ProgrammingError",
    "Time",
    "TimeFromTicks",
    "Timestamp",
    "TimestampFromTicks",
    "Warning",
    "apilevel",
    "connect",
    "paramstyle",
    "threadsafety",
]

apilevel = "2.0"
"""The version of DB-API."""
threadsafety = 2
"""Threads may share the module and connections."""
paramstyle = "numeric"
"""Placeholders are ``:1``, ``:2``, ..."""


class Warning(Exception):
    """A warning; linal gives notices instead."""


class _Type:
    """A type of columns, which is equal to the names of the types in it."""

    def __init__(self, *names: str) -> None:
        self._names = names

    def __eq__(self, other: object) -> bool:
        if isinstance(other, _Type):
            return self._names == other._names
        return isinstance(other, str) and other.split("(")[0] in self._names

    def __hash__(self) -> int:
        return hash(self._names)


STRING = _Type("String")
BINARY = _Type("Binary", "LargeBinary", "BinaryView")
NUMBER = _Type("Bool", "Int", "Float", "Real", "Decimal")
DATETIME = _Type("Date", "Timestamp", "Time32", "Time64", "Interval")
ROWID = _Type("RowId")

Date = datetime.date
Time = datetime.time
Timestamp = datetime.datetime
Binary = bytes


def DateFromTicks(ticks: float) -> datetime.date:
    """The local date of seconds since 1970.

    >>> import linal.dbapi
    >>> linal.dbapi.DateFromTicks(86400 * 365).year
    1971
    """
    return Date(*time.localtime(ticks)[:3])


def TimeFromTicks(ticks: float) -> datetime.time:
    """The local time of day of seconds since 1970.

    >>> import linal.dbapi
    >>> linal.dbapi.TimeFromTicks(61).second
    1
    """
    return Time(*time.localtime(ticks)[3:6])


def TimestampFromTicks(ticks: float) -> datetime.datetime:
    """The local time of seconds since 1970.

    >>> import linal.dbapi
    >>> linal.dbapi.TimestampFromTicks(86400 * 365).year
    1971
    """
    return Timestamp(*time.localtime(ticks)[:6])


_CHANGES = re.compile(
    r"(?:\s|--[^\n]*(?:\n|$)|\#[^\n]*(?:\n|$)|/\*.*?\*/)*(INSERT|UPDATE|DELETE|MERGE|TRUNCATE)\b",
    re.IGNORECASE | re.DOTALL,
)
_COUNT = re.compile(r"\b(\d[\d,_]*) rows?\b")
_PLACES = re.compile(
    r"('(?:[^']|'')*'|\"[^\"]*\"|`[^`]*`|--[^\n]*|/\*.*?\*/)|(?<![\w\]:]):(\d+)\b", re.DOTALL
)


def _numeric(statement: str) -> str:
    """The statement with the placeholders of the language. A range within brackets, such as ``m[0:2]``, is none."""

    def place(match: re.Match[str]) -> str:
        if match.group(1):
            return match.group(1)
        before = statement[: match.start()]
        if before.count("[") > before.count("]"):
            return match.group(0)
        return "$" + match.group(2)

    return _PLACES.sub(place, statement)


class Cursor:
    """A cursor: it runs statements of its connection, and has the rows of the last one.

    >>> import linal.dbapi
    >>> with linal.dbapi.connect().cursor() as cursor:
    ...     cursor.execute("SELECT 1 AS one").fetchall()
    [(1,)]
    """

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.arraysize = 1
        self.rowcount = -1
        self._result: Any = None
        self._closed = False

    @property
    def description(self) -> list[tuple[str, str, None, None, None, None, None]] | None:
        """The columns of the last query: name and type, and five times None.

        >>> import linal.dbapi
        >>> cursor = linal.dbapi.connect().cursor()
        >>> cursor.execute("SELECT 1 AS one").description
        [('one', 'Int', None, None, None, None, None)]
        """
        return None if self._result is None else self._result.description

    def execute(self, operation: str, parameters: Sequence[Any] | dict[str, Any] | None = None) -> Cursor:
        """Runs a statement.

        >>> import linal.dbapi
        >>> cursor = linal.dbapi.connect().cursor()
        >>> cursor.execute("SELECT :1 + 1 AS x", [41]).fetchone()
        (42,)
        """
        self._check()
        self.connection._begin(operation)
        text = operation if parameters is None else _numeric(operation)
        self._set(self.connection._db.execute(text, parameters if parameters else None))
        return self

    def executemany(
        self, operation: str, seq_of_parameters: Iterable[Sequence[Any] | dict[str, Any]]
    ) -> Cursor:
        """Runs a statement for each of the parameters, in one commit.

        >>> import linal.dbapi
        >>> cursor = linal.dbapi.connect().cursor()
        >>> _ = cursor.execute("CREATE TABLE t (id INT)")
        >>> cursor.executemany("INSERT INTO t VALUES (:1)", [[1], [2]]).rowcount
        2
        """
        self._check()
        self.connection._begin(operation)
        # Within a transaction, its commit is that of all rows; without one, this is one.
        result, self.rowcount = self.connection._db._run_many(_numeric(operation), seq_of_parameters)
        self._result = result
        return self

    def fetchone(self) -> tuple[Any, ...] | None:
        """The next row; None when there is none.

        >>> import linal.dbapi
        >>> cursor = linal.dbapi.connect().cursor()
        >>> cursor.execute("SELECT 1 AS one").fetchone()
        (1,)
        >>> cursor.fetchone()
        """
        row: tuple[Any, ...] | None = self._rows().fetchone()
        return row

    def fetchmany(self, size: int | None = None) -> list[tuple[Any, ...]]:
        """The next rows: as many as ``arraysize`` without a number.

        >>> import linal.dbapi
        >>> cursor = linal.dbapi.connect().cursor()
        >>> cursor.execute("SELECT row FROM ROWS(ARANGE(0, 5))").fetchmany(2)
        [(0,), (1,)]
        """
        rows: list[tuple[Any, ...]] = self._rows().fetchmany(self.arraysize if size is None else size)
        return rows

    def fetchall(self) -> list[tuple[Any, ...]]:
        """The rows that are left.

        >>> import linal.dbapi
        >>> cursor = linal.dbapi.connect().cursor()
        >>> cursor.execute("SELECT row FROM ROWS(ARANGE(0, 3))").fetchall()
        [(0,), (1,), (2,)]
        """
        rows: list[tuple[Any, ...]] = self._rows().fetchall()
        return rows

    def __iter__(self) -> Iterator[tuple[Any, ...]]:
        return iter(self._rows())

    def setinputsizes(self, sizes: Sequence[Any]) -> None:
        """Does nothing.

        >>> import linal.dbapi
        >>> cursor = linal.dbapi.connect().cursor()
        >>> cursor.setinputsizes([None])
        """

    def setoutputsize(self, size: int, column: int | None = None) -> None:
        """Does nothing.

        >>> import linal.dbapi
        >>> cursor = linal.dbapi.connect().cursor()
        >>> cursor.setoutputsize(10)
        """

    def close(self) -> None:
        """Closes the cursor.

        >>> import linal.dbapi
        >>> cursor = linal.dbapi.connect().cursor()
        >>> cursor.close()
        """
        self._closed = True
        self._result = None

    def __enter__(self) -> Cursor:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def _set(self, result: Any) -> None:
        self._result = result
        self.rowcount = -1
        if result.message is not None:
            count = _COUNT.search(result.message)
            self.rowcount = int(re.sub("[,_]", "", count.group(1))) if count else -1
        elif (known := result._rows.known_count()) is not None:
            self.rowcount = known

    def _check(self) -> None:
        if self._closed:
            raise mistake(InterfaceError, "the cursor is closed")
        self.connection._check()

    def _rows(self) -> Any:
        self._check()
        if self._result is None or self._result.description is None:
            raise mistake(ProgrammingError, "the last statement has no rows")
        return self._result


class Connection:
    """A connection of DB-API.

    >>> import linal.dbapi
    >>> with linal.dbapi.connect() as connection:
    ...     connection.execute("SELECT 1 AS one").fetchone()
    (1,)
    """

    Warning = Warning
    Error = Error
    InterfaceError = InterfaceError
    DatabaseError = DatabaseError
    DataError = DataError
    OperationalError = OperationalError
    IntegrityError = IntegrityError
    InternalError = InternalError
    ProgrammingError = ProgrammingError
    NotSupportedError = NotSupportedError

    def __init__(self, db: _connection.Connection, autocommit: bool = False) -> None:
        self._db = db
        self.autocommit = autocommit

    def cursor(self) -> Cursor:
        """A cursor, which shares the transaction of the connection.

        >>> import linal.dbapi
        >>> connection = linal.dbapi.connect()
        >>> _ = connection.execute("CREATE TABLE t (id INT)")
        >>> connection.cursor().execute("SELECT COUNT(*) FROM t").fetchone()
        (0,)
        """
        self._check()
        return Cursor(self)

    def execute(self, operation: str, parameters: Sequence[Any] | dict[str, Any] | None = None) -> Cursor:
        """Runs a statement on a new cursor.

        >>> import linal.dbapi
        >>> connection = linal.dbapi.connect()
        >>> _ = connection.execute("CREATE TABLE t (id INT)")
        >>> connection.execute("INSERT INTO t VALUES (:1)", [1]).rowcount
        1
        """
        return self.cursor().execute(operation, parameters)

    def commit(self) -> None:
        """Makes the changes since the last commit durable.

        >>> import linal.dbapi
        >>> connection = linal.dbapi.connect()
        >>> _ = connection.execute("CREATE TABLE t (id INT)")
        >>> _ = connection.execute("INSERT INTO t VALUES (1)")
        >>> connection.commit()
        >>> connection.rollback()
        >>> connection.execute("SELECT * FROM t").fetchall()
        [(1,)]
        """
        self._check()
        if self._db._core.in_transaction():
            self._db.execute("COMMIT")

    def rollback(self) -> None:
        """Takes back the changes since the last commit.

        >>> import linal.dbapi
        >>> connection = linal.dbapi.connect()
        >>> _ = connection.execute("CREATE TABLE t (id INT)")
        >>> _ = connection.execute("INSERT INTO t VALUES (1)")
        >>> connection.rollback()
        >>> connection.execute("SELECT * FROM t").fetchall()
        []
        """
        self._check()
        if self._db._core.in_transaction():
            self._db.execute("ROLLBACK")

    def close(self) -> None:
        """Takes back what was not committed, and closes the connection.

        >>> import linal.dbapi
        >>> connection = linal.dbapi.connect()
        >>> _ = connection.execute("CREATE TABLE t (id INT)")
        >>> connection.close()
        """
        if not self._db.closed:
            self.rollback()
            self._db.close()

    def __enter__(self) -> Connection:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if kind is None:
            self.commit()
        else:
            self.rollback()
        self.close()

    def _begin(self, operation: str) -> None:
        """Begins a transaction before a change, unless one is open."""
        is_change = not self.autocommit and _CHANGES.match(operation) is not None
        if is_change and not self._db._core.in_transaction():
            self._db.execute("BEGIN")

    def _check(self) -> None:
        if self._db.closed:
            raise mistake(InterfaceError, "the connection is closed")


def connect(
    database: str | os.PathLike[str] | None = None, *, autocommit: bool = False, **options: Any
) -> Connection:
    """Opens a database as ``linal.connect`` does; with ``autocommit`` each statement is a commit.

    >>> import linal.dbapi
    >>> with linal.dbapi.connect() as connection:
    ...     connection.execute("SELECT 1").fetchone()
    (1,)
    """
    return Connection(_connection.connect(database, **options), autocommit)


for _kind in (DataError, DatabaseError, IntegrityError, InterfaceError, OperationalError, ProgrammingError):
    # As in `linal`: where a user finds it.
    _kind.__module__ = __name__
del _kind
