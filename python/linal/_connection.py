"""Connections: databases in memory or in a directory, and what Python asks of them."""

from __future__ import annotations

import os
import threading
import weakref
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from functools import lru_cache
from types import FrameType, TracebackType
from typing import Any

from . import _errors, _frames, _linal, _progress, _scan
from ._relation import Relation
from ._result import Dataset, Result
from ._tensor import Tensor, quoted

Parameters = Sequence[Any] | Mapping[str, Any]
"""Values of ``$1``, ``$2``, ..., or of ``$name``."""

_KEPT = 4096
"""Characters of the scripts whose statements are remembered."""


_split = lru_cache(maxsize=256)(_linal.statements)
"""The statements of a script, as ranges of its UTF-8 bytes. A program runs the same few again and again."""

_SIZES = {"": 1, "b": 1, "kb": 10**3, "mb": 10**6, "gb": 10**9, "tb": 10**12}
_SIZES |= {"kib": 2**10, "mib": 2**20, "gib": 2**30, "tib": 2**40}
_TIMES = {"": 1.0, "s": 1.0, "ms": 1e-3, "us": 1e-6, "m": 60.0, "min": 60.0, "h": 3600.0}


class Connection:
    """A session of a database, as ``linal.connect`` gives it.

    Tensors belong to the connection, datasets to its database. A connection may be used from several threads; a
    statement waits while another one of the same connection runs. ``cursor`` gives another connection of the same
    database, which runs beside this one.

    >>> import linal
    >>> with linal.connect() as db:
    ...     db["v"] = [1.0, 2.0, 3.0]
    ...     db.sql("SELECT VEC_SUM(v) AS total").fetchone()
    (6.0,)
    """

    def __init__(self, core: _linal.Connection, replacement_scans: bool = True) -> None:
        self._core = core
        self._scans = replacement_scans
        self._lent: list[tuple[str, bool]] = []
        self._lending = threading.RLock()
        # A cursor that nobody has any more ends by itself.
        self._cursors: weakref.WeakSet[Connection] = weakref.WeakSet()
        self._functions: list[tuple[str, Callable[..., Any], list[str], str]] = []
        self._closed = False

    # Statements

    def execute(self, statements: str, parameters: Parameters | None = None) -> Result:
        """Runs one or more statements and gives the last one's result.

        >>> import linal
        >>> db = linal.connect()
        >>> db.execute("VECTOR v = [1, 2, 3]\\nLET w = v * 2")
        w f64 [3]

        Raises:
            Error: a statement failed; those before it have had their effect.
        """
        if "\n" not in statements and ";" not in statements:
            return self._run(statements, None, None, parameters)
        spans = _split(statements) if len(statements) <= _KEPT else _linal.statements(statements)
        if not spans:
            return self._run(statements, None, None, parameters)
        for start, end in spans[:-1]:
            self._run(statements, start, end, parameters)
        return self._run(statements, *spans[-1], parameters)

    def sql(self, query: str, parameters: Parameters | None = None) -> Result:
        """Runs one query; its parameters are a list (``$1``) or a dict (``$name``).

        >>> import linal
        >>> db = linal.connect()
        >>> db["t"] = {"id": [1, 2, 3], "name": ["a", "b", "c"]}
        >>> db.sql("SELECT name FROM t WHERE id > $1", [1]).fetchall()
        [('b',), ('c',)]
        >>> db.sql("SELECT name FROM t WHERE id = $id", {"id": 1}).fetchall()
        [('a',)]

        Raises:
            Error: the query failed.
        """
        return self._run(query, None, None, parameters)

    def executemany(self, statement: str, parameters: Iterable[Parameters]) -> Result:
        """Runs a statement for each of the parameters, in one commit.

        >>> import linal
        >>> db = linal.connect()
        >>> _ = db.execute("DATASET t COLUMNS (x: Int)")
        >>> _ = db.executemany("INSERT INTO t VALUES ($1)", [[1], [2]])
        >>> len(db["t"])
        2
        """
        return self._run_many(statement, parameters)[0]

    def _run_many(self, statement: str, parameters: Iterable[Parameters]) -> tuple[Result, int]:
        """Runs a statement for each of the parameters in one commit; gives how many rows have changed, too."""
        with nullcontext() if self._core.in_transaction() else self.transaction():
            sets = iter(parameters)
            try:
                first = next(sets)
            except StopIteration:
                return Result(_frames.nothing(), self, "no parameters"), 0
            # The first one may take variables of the caller, which the others find then.
            result = self._run(statement, None, None, first)
            changed = self._core.affected_rows() or 0
            ran = self._core.run_many(statement, [_parameters(values) for values in sets])
            if ran is not None:
                result, changed = self._result(*ran[0]), changed + ran[1]
            return result, changed

    def _run(
        self, text: str, start: int | None, end: int | None, parameters: Parameters | None
    ) -> Result:
        if self._lent:
            self._give_back()
        values = None if parameters is None else _parameters(parameters)
        try:
            kind, answer = self._core.run(text, start, end, values)
        except _errors.NameError_ as error:
            if not self._scans or _missing_name(error) is None:
                raise
            first = error
        else:
            return Result(answer, self) if kind == "rows" else self._result(kind, answer)
        # Another thread of the connection must not take back what this statement needs.
        with self._lending:
            return self._run_with_variables(first, text, start, end, values)

    def _run_with_variables(
        self, error: _errors.Error, text: str, start: int | None, end: int | None, values: Any
    ) -> Result:
        """Runs a statement that has failed for a name, with variables of the caller for such names."""
        frame: FrameType | None = _scan.caller()
        tried: set[str] = set()
        while True:
            name = _missing_name(error)
            value = None if name is None or name in tried else _scan.find(name, frame)
            if name is None or value is None:
                raise error
            tried.add(name)
            self._lend(name, value)
            try:
                kind, answer = self._core.run(text, start, end, values)
            except _errors.NameError_ as next_error:
                error = next_error
                continue
            if kind == "defined":
                # The statement has made the name one of its own.
                own = answer[0].lower()
                self._lent = [lent for lent in self._lent if lent[0].lower() != own]
            return self._result(kind, answer)

    def _lend(self, name: str, value: Any) -> None:
        """Gives a variable of the caller to the statement."""
        is_table = _frames.is_table(value)
        if is_table:
            self._core.lend(name, _frames.frame(value))
        else:
            self._core.set_tensor(name, self._array(value))
        self._lent.append((name, is_table))

    def _give_back(self) -> None:
        """Forgets the variables of the statement before. Its rows may still be read: they are kept."""
        if not self._lent:
            return
        with self._lending:
            while self._lent:
                name, is_table = self._lent.pop()
                if is_table:
                    self._core.release(name)
                else:
                    self._core.drop_tensor(name)

    def _result(self, kind: str, answer: Any) -> Result:
        if kind == "rows":
            return Result(answer, self)
        if kind == "tensor":
            name, array = answer
            dims = ", ".join(str(dim) for dim in (1, *array.shape))
            return Result(_linal.columns([(name, array.apply(f"RESHAPE a TO [{dims}]"))]), self)
        if kind == "text":
            return Result(_frames.columns({"text": [answer]}), self, answer)
        said = " ".join(answer) if kind == "defined" else "\n".join([answer[0], *answer[1]])
        return Result(_frames.nothing(), self, said)

    # Names

    def __getitem__(self, name: str) -> Tensor | Dataset:
        self._give_back()
        array = self._core.tensor(name)
        if array is not None:
            return Tensor(array, self, name)
        if self._core.has_dataset(name):
            return Dataset(self, name)
        raise self._unknown(name)

    def __setitem__(self, name: str, value: Any) -> None:
        self._give_back()
        if _frames.is_frame(value):
            self._core.put(name, _frames.frame(value))
        else:
            self._core.set_tensor(name, self._array(value))

    def __delitem__(self, name: str) -> None:
        self._give_back()
        if self._core.drop_tensor(name):
            return
        if not self._core.has_dataset(name):
            raise self._unknown(name)
        self._core.run(f"DROP DATASET {quoted(name)}")

    def __contains__(self, name: object) -> bool:
        if not isinstance(name, str):
            return False
        self._give_back()
        lower = name.lower()
        return any(lower == other.lower() for other in self._names())

    def __iter__(self) -> Iterator[str]:
        raise TypeError("a connection is not iterable; tensors() and datasets() list its names")

    def share(self, name: str, array: Any) -> None:
        """Makes a tensor over the memory of a writeable array, without a copy. It must not be written as long as the
        tensor, or a value made of it, is in use: nobody notices.

        >>> import linal, numpy
        >>> db = linal.connect()
        >>> array = numpy.arange(3.0)
        >>> db.share("x", array)
        >>> db["x"].numpy().ctypes.data == array.ctypes.data
        True
        """
        self._give_back()
        self._core.set_tensor(name, self._array(array, True))

    def tensors(self) -> dict[str, str]:
        """The tensors in scope, with their types.

        >>> import linal
        >>> db = linal.connect()
        >>> db["v"] = [1.0, 2.0]
        >>> db.tensors()
        {'v': 'f64 [2]'}
        """
        self._give_back()
        return {name: kind for name, kind in self._core.names() if kind != "dataset"}

    def datasets(self) -> dict[str, str]:
        """The datasets of the database, with their columns.

        >>> import linal
        >>> db = linal.connect()
        >>> db["t"] = {"x": [1, 2]}
        >>> db.datasets()
        {'t': '(x: Int)'}
        """
        self._give_back()
        found = {}
        for name, _, columns in self._core.datasets():
            found[name] = "(" + ", ".join(f"{column}: {kind}" for column, kind in columns) + ")"
        return found

    def append(self, name: str, frame: Any) -> None:
        """Adds rows to a dataset in one commit; columns are matched by name.

        >>> import linal
        >>> db = linal.connect()
        >>> db["t"] = {"x": [1, 2]}
        >>> db.append("t", {"x": [3]})
        >>> db.sql("SELECT SUM(x) FROM t").fetchone()
        (6,)
        """
        self._give_back()
        self._core.append(name, _frames.frame(frame))

    def table(self, name: str) -> Relation:
        """A relation of a dataset, to which operations are chained. Nothing runs before a value is asked for.

        >>> import linal
        >>> db = linal.connect()
        >>> db["t"] = {"g": ["a", "b", "a"], "x": [1, 2, 3]}
        >>> db.table("t").aggregate("g", "SUM(x) AS s").order("s DESC").fetchall()
        [('a', 4), ('b', 2)]
        """
        return Relation._of_table(self, name)

    def register(
        self,
        name: str,
        function: Callable[..., Any],
        inputs: Sequence[str],
        output: str,
    ) -> None:
        """Makes a Python function one of queries and of LET, on this connection and its later cursors. It is called with
        NumPy arrays, a batch at a time, and gives an array of the same length; rows with NULL are NULL and not given to
        it. Types are those of columns.

        >>> import linal, numpy
        >>> db = linal.connect()
        >>> db.register("cube", lambda x: x**3, inputs=["Float"], output="Float")
        >>> db.sql("SELECT cube(2) AS y").fetchone()
        (8.0,)
        >>> db.execute("LET v = cube([1, 2, 3])")
        v f64 [3]

        Raises:
            NameError_: a function of the language has the name, or there is no such type.
        """
        self._core.register(name, list(inputs), output, function)
        self._functions.append((name, function, list(inputs), output))

    # The connection

    def cursor(self) -> Connection:
        """Another connection of the same database, with tensors of its own. It runs beside this one.

        >>> import linal
        >>> db = linal.connect()
        >>> db["t"] = {"x": [1, 2]}
        >>> len(db.cursor()["t"])
        2
        """
        cursor = Connection(self._core.cursor(), self._scans)
        for name, function, inputs, output in self._functions:
            cursor.register(name, function, inputs, output)
        self._cursors.add(cursor)
        return cursor

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """A block whose changes are one commit; an exception takes them back.

        >>> import linal
        >>> db = linal.connect()
        >>> with db.transaction():
        ...     db["t"] = {"x": [1]}
        >>> len(db["t"])
        1

        Raises:
            ConflictError: another connection has changed the same dataset; nothing was changed.
        """
        self._run("BEGIN", None, None, None)
        try:
            yield self
        except BaseException:
            if self._core.in_transaction():
                self._run("ROLLBACK", None, None, None)
            raise
        if self._core.in_transaction():
            try:
                self._run("COMMIT", None, None, None)
            except BaseException:
                if self._core.in_transaction():
                    self._run("ROLLBACK", None, None, None)
                raise

    def interrupt(self) -> None:
        """Stops the running statement, from another thread. Nothing happens when none runs.

        >>> import linal
        >>> db = linal.connect()
        >>> db.interrupt()
        >>> db.sql("SELECT 1 AS one").fetchone()
        (1,)
        """
        self._core.interrupt()

    def close(self) -> None:
        """Closes the connection and its cursors. Arrays and frames keep the memory that they share.

        >>> import linal
        >>> db = linal.connect()
        >>> db["v"] = [1.0, 2.0]
        >>> array = db["v"].numpy()
        >>> db.close()
        >>> array
        array([1., 2.])
        """
        for cursor in list(self._cursors):
            cursor.close()
        self._cursors.clear()
        self._lent.clear()
        self._closed = True
        self._core.close()

    @property
    def closed(self) -> bool:
        """Whether it was closed.

        >>> import linal
        >>> linal.connect().closed
        False
        """
        return self._closed

    def __enter__(self) -> Connection:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        if self._closed:
            return "<linal.Connection, closed>"
        return f"<linal.Connection: {len(self.tensors())} tensors, {len(self.datasets())} datasets>"

    def _array(self, value: Any, share: bool = False) -> _linal.Array:
        if isinstance(value, Tensor):
            return value._array
        return self._core.array(value, share)

    def _names(self) -> list[str]:
        datasets = [name for name, _, _ in self._core.datasets()]
        return [name for name, _ in self._core.names()] + datasets

    def _unknown(self, name: str) -> _errors.Error:
        return _errors.unknown_key(name, self._names())


def connect(
    path: str | os.PathLike[str] | None = None,
    *,
    read_only: bool = False,
    memory_limit: str | int | None = None,
    threads: int | None = None,
    timeout: str | float | None = None,
    replacement_scans: bool = True,
) -> Connection:
    """Opens a database: in memory, or a directory, which is created if there is none.

    Args:
        path: the directory; None or ``":memory:"`` for a database in memory.
        read_only: only reads the directory, which another process may write meanwhile.
        memory_limit: bytes that may be used, such as ``"2GB"``.
        threads: threads that a statement may use.
        timeout: seconds that a statement may take, or a text such as ``"10s"``.
        replacement_scans: whether variables of Python stand in queries.

    >>> import linal
    >>> db = linal.connect(memory_limit="2GB", threads=2, timeout="10s")
    >>> db.execute("LET x = 1 + 1")
    x i64 []

    Raises:
        FileError: the directory cannot be opened.
        ValueError_: an option is not understood.
    """
    location = None if path is None or os.fspath(path) == ":memory:" else os.fspath(path)
    limit = None if memory_limit is None else int(_number(memory_limit, _SIZES, "memory_limit", "2GB"))
    seconds = None if timeout is None else _number(timeout, _TIMES, "timeout", "10s")
    core = _linal.Connection(
        location, memory_limit=limit, threads=threads, timeout=seconds, read_only=read_only
    )
    return Connection(core, replacement_scans)


def config(*, progress: bool | None = None) -> dict[str, bool]:
    """Changes settings of the package; gives all of them.

    Args:
        progress: whether statements of more than a second show a progress bar in a terminal and in Jupyter.

    >>> import linal
    >>> linal.config(progress=False)
    {'progress': False}
    """
    if progress is not None:
        _progress.enable(progress)
    return {"progress": _progress.is_enabled()}


def _missing_name(error: _errors.Error) -> str | None:
    """The name that a statement has failed for, when nothing has it."""
    if error.code != "E0304" or not error._text:
        return None
    return error._text.strip("`\"").split(".")[0].strip("`\"")


def _parameters(parameters: Parameters) -> Any:
    """The values as the compiled part takes them: a list, or a dict with texts as names."""
    if type(parameters) in (list, tuple):
        return parameters
    if isinstance(parameters, Mapping):
        return {str(name): value for name, value in parameters.items()}
    if isinstance(parameters, (str, bytes)) or not hasattr(parameters, "__len__"):
        raise _errors.mistake(_errors.TypeError_, "parameters are a list or a dict")
    return list(parameters)


def _number(value: str | float, units: Mapping[str, float], option: str, example: str) -> float:
    text = str(value).strip().lower()
    digits = text.rstrip("abcdefghijklmnopqrstuvwxyz ")
    try:
        number = float(digits) * units[text[len(digits) :].strip()]
    except (KeyError, ValueError):
        number = -1.0
    if number <= 0:
        raise _errors.mistake(_errors.ValueError_, f"{option} takes a value such as {example!r}, not {value!r}")
    return number
