"""Rows: results of statements and datasets."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from . import _linal
from ._errors import TypeError_, ValueError_, missing, mistake, unknown_key
from ._numpy import numpy
from ._tensor import Tensor, quoted

if TYPE_CHECKING:
    from ._connection import Connection

_NUMBERS = ("Bool", "Int", "Float", "Real", "Vector", "Matrix", "Tensor")


class Rows:
    """What results, datasets and relations have in common: columns, and rows that are read."""

    __slots__ = ("__weakref__", "_db")

    _db: Connection | None

    def _current(self) -> _linal.Rows:
        """The rows that are fetched from."""
        raise NotImplementedError

    def _rows_to_share(self) -> _linal.Rows:
        """The rows as another library takes them."""
        return self._current()

    @property
    def columns(self) -> list[str]:
        """The names of the columns.

        >>> import linal
        >>> linal.sql("SELECT 1 AS one, 'x' AS letter").columns
        ['one', 'letter']
        """
        return list(self._current().columns)

    @property
    def types(self) -> list[str]:
        """The types of the columns, as the language writes them.

        >>> import linal
        >>> linal.sql("SELECT 1 AS one, 'x' AS letter").types
        ['Int', 'String']
        """
        return list(self._current().types)

    @property
    def shape(self) -> tuple[int, int]:
        """The numbers of rows, which is that of the rows that are left, and columns.

        >>> import linal
        >>> linal.sql("SELECT 1 AS one, 'x' AS letter").shape
        (1, 2)
        """
        return len(self), len(self.columns)

    @property
    def description(self) -> list[tuple[str, str, None, None, None, None, None]] | None:
        """The columns as DB-API describes them; None for a statement without rows.

        >>> import linal
        >>> linal.sql("SELECT 1 AS one").description
        [('one', 'Int', None, None, None, None, None)]
        """
        rows = self._current()
        described = [(name, kind, None, None, None, None, None) for name, kind in zip(rows.columns, rows.types)]
        return described or None

    @property
    def notices(self) -> list[str]:
        """What the statement has to say, one sentence each.

        >>> import linal
        >>> linal.sql("SELECT 1 AS one").notices
        []
        """
        return list(self._current().notices)

    def __len__(self) -> int:
        return self._rows_to_share().count()

    def fetchone(self) -> tuple[Any, ...] | None:
        """The next row; None when there is none.

        >>> import linal
        >>> linal.sql("SELECT 1, 'x'").fetchone()
        (1, 'x')
        """
        return self._current().fetch_row()

    def fetchmany(self, size: int = 1) -> list[tuple[Any, ...]]:
        """The next rows, at most as many as asked for.

        >>> import linal
        >>> linal.sql("SELECT row FROM ROWS(ARANGE(0, 5))").fetchmany(2)
        [(0,), (1,)]
        """
        return self._current().fetch(max(size, 0))

    def fetchall(self) -> list[tuple[Any, ...]]:
        """The rows that are left; vectors are NumPy arrays.

        >>> import linal
        >>> linal.sql("SELECT row FROM ROWS(ARANGE(0, 3))").fetchall()
        [(0,), (1,), (2,)]
        """
        return self._current().fetch()

    def __iter__(self) -> Iterator[tuple[Any, ...]]:
        return _each(self._current())

    def __arrow_c_stream__(self, requested_schema: Any = None) -> Any:
        return self._rows_to_share().__arrow_c_stream__(requested_schema)

    def arrow(self) -> Any:
        """The rows as a pyarrow.Table, over the engine's memory but for texts.

        >>> import linal
        >>> linal.sql("SELECT 1 AS one").arrow().num_rows
        1
        """
        try:
            import pyarrow
        except ImportError:
            raise missing("pyarrow", "arrow()") from None
        table = pyarrow.RecordBatchReader.from_stream(self._rows_to_share()).read_all()
        for at, field in enumerate(table.schema):
            kind = _without_views(pyarrow, field.type)
            if kind != field.type:
                table = table.set_column(at, field.with_type(kind), table.column(at).cast(kind))
        return table

    def pl(self) -> Any:
        """The rows as a polars.DataFrame.

        >>> import linal
        >>> linal.sql("SELECT 1 AS one").pl().shape
        (1, 1)
        """
        try:
            import polars
        except ImportError:
            raise missing("polars", "pl()") from None
        return polars.DataFrame(self._rows_to_share())

    def df(self) -> Any:
        """The rows as a pandas.DataFrame.

        >>> import linal
        >>> linal.sql("SELECT 1 AS one").df().shape
        (1, 1)
        """
        try:
            import pandas
        except ImportError:
            raise missing("pandas", "df()") from None
        try:
            import pyarrow  # noqa: F401
        except ImportError:
            arrays = self.numpy()
            return pandas.DataFrame({name: list(a) if a.ndim > 1 else a for name, a in arrays.items()})
        return self.arrow().to_pandas()

    def numpy(self) -> dict[str, Any]:
        """The columns as NumPy arrays, by name. A column of one chunk is not copied; a column of vectors is a 2-d array;
        numbers with NULL are a masked array.

        >>> import linal
        >>> linal.sql("SELECT 1 AS one, [1, 2] AS v").numpy()["v"].shape
        (1, 2)
        """
        rows = self._rows_to_share()
        return {name: _column(rows, at) for at, name in enumerate(rows.columns)}

    def tensor(self) -> Tensor:
        """The numeric columns as a matrix with a row for each row; a single column of vectors is not copied.

        >>> import linal
        >>> linal.sql("SELECT 1 AS x, 2 AS y, 'z' AS name").tensor().shape
        (1, 2)
        """
        rows = self._rows_to_share()
        kinds = rows.types
        numeric = [at for at, kind in enumerate(kinds) if kind.split("(")[0] in _NUMBERS]
        if not numeric:
            raise mistake(TypeError_, "there is no numeric column")
        parts = []
        for at in numeric:
            array = rows.tensor(at)
            if array is None:
                raise mistake(
                    ValueError_, f"the column `{rows.columns[at]}` has NULL, which is no element of a tensor"
                )
            parts.append(array)
        if len(parts) == 1 and len(parts[0].shape) > 1:
            return Tensor(parts[0], self._db)
        flat = [part.apply(f"RESHAPE a TO [{part.shape[0]}, -1]") if part.shape[0] else part for part in parts]
        whole = flat[0]
        for part in flat[1:]:
            whole = whole.apply("CONCAT(a, b, axis => 1)", part)
        return Tensor(whole, self._db)

    def show(self, n: int | None = None) -> None:
        """Prints the rows that are left, abridged in the middle beyond ``n``.

        >>> import linal
        >>> linal.sql("SELECT 1 AS one").show()
        ┌─────┐
        │ one │
        │ Int │
        ├─────┤
        │   1 │
        └─────┘
        1 row
        """
        print(self._rows_to_share().text(n).rstrip())

    def plot(self, x: str | None = None, y: str | list[str] | None = None, kind: str = "line", **options: Any) -> Any:
        """A figure by matplotlib: ``kind`` is ``line``, ``scatter``, ``bar``, ``hist`` or ``heatmap``.

        >>> import linal
        >>> figure = linal.sql("SELECT row AS x, row * row AS y FROM ROWS(ARANGE(0, 5))").plot(x="x", y="y")
        >>> figure.axes[0].get_xlabel(), figure.axes[0].get_ylabel()
        ('x', 'y')
        """
        from ._plot import plot_rows

        return plot_rows(self, x, y, kind, **options)

    def __getitem__(self, column: str) -> Tensor:
        rows = self._rows_to_share()
        names = rows.columns
        if column not in names:
            raise unknown_key(column, list(names), "column")
        array = rows.tensor(names.index(column))
        if array is None:
            raise mistake(TypeError_, f"the column `{column}` has NULL or no numbers, and is no tensor")
        return Tensor(array, self._db)

    def __repr__(self) -> str:
        return self._rows_to_share().text(20).rstrip()

    def _repr_html_(self) -> str:
        from ._display import rows_html

        return rows_html(self._rows_to_share())


class Result(Rows):
    """The answer of a statement, as ``db.sql`` and ``db.execute`` give it.

    Rows are read once, from a stream: a query over more rows than there is memory can be iterated. What needs all rows
    (``len``, ``arrow``, a display) keeps those that were not fetched.

    >>> import linal
    >>> result = linal.sql("SELECT 1 AS one")
    >>> result.fetchall(), result.fetchall()
    ([(1,)], [])
    """

    __slots__ = ("_message", "_rows")

    def __init__(self, rows: _linal.Rows, db: Connection | None, message: str | None = None) -> None:
        self._rows = rows
        self._db = db
        self._message = message

    def _current(self) -> _linal.Rows:
        return self._rows

    @property
    def message(self) -> str | None:
        """What a statement without rows has done.

        >>> import linal
        >>> linal.connect().execute("DATASET t COLUMNS (x: Int)").message
        'created dataset t with 1 column'
        """
        return self._message

    def __repr__(self) -> str:
        return self._message if self._message is not None else super().__repr__()

    def _repr_html_(self) -> str:
        if self._message is not None:
            from ._display import escaped

            return f"<pre>{escaped(self._message)}</pre>"
        return super()._repr_html_()


class Dataset(Rows):
    """A dataset of a database, as ``db["t"]`` gives it: its rows at each use, over the engine's memory.

    >>> import linal
    >>> db = linal.connect()
    >>> db["t"] = {"x": [1, 2], "v": [[1.0, 0.0], [0.0, 1.0]]}
    >>> t = db["t"]
    >>> len(t), t.types
    (2, ['Int', 'Vector(2, f64)'])
    >>> t["v"].numpy()
    array([[1., 0.],
           [0., 1.]])
    """

    __slots__ = ("_name", "_reading")

    _db: Connection

    def __init__(self, db: Connection, name: str) -> None:
        self._db = db
        self._name = name
        self._reading: _linal.Rows | None = None

    @property
    def name(self) -> str:
        """The name.

        >>> import linal
        >>> db = linal.connect()
        >>> db["t"] = {"x": [1, 2]}
        >>> db["t"].name
        't'
        """
        return self._name

    def _current(self) -> _linal.Rows:
        if self._reading is None:
            self._reading = self._rows_to_share()
        return self._reading

    def _rows_to_share(self) -> _linal.Rows:
        rows = self._db._core.rows(self._name)
        if rows is None:
            raise self._db._unknown(self._name)
        return rows

    @property
    def columns(self) -> list[str]:
        """The names of the columns.

        >>> import linal
        >>> db = linal.connect()
        >>> db["t"] = {"x": [1, 2]}
        >>> db["t"].columns
        ['x']
        """
        return list(self._rows_to_share().columns)

    @property
    def types(self) -> list[str]:
        """The types of the columns, as the language writes them.

        >>> import linal
        >>> db = linal.connect()
        >>> db["t"] = {"x": [1, 2]}
        >>> db["t"].types
        ['Int']
        """
        return list(self._rows_to_share().types)

    def __iter__(self) -> Iterator[tuple[Any, ...]]:
        return _each(self._rows_to_share())

    def __getitem__(self, column: str) -> Tensor:
        if column.lower() not in (name.lower() for name in self.columns):
            return super().__getitem__(column)
        return Tensor(self._db._core.column(self._name, column), self._db)

    def lineage(self) -> Result:
        """How the rows came about, as ``SHOW LINEAGE`` has it.

        >>> import linal
        >>> db = linal.connect()
        >>> db["t"] = {"x": [1, 2]}
        >>> "rows of a program" in str(db["t"].lineage())
        True
        """
        return self._db.execute(f"SHOW LINEAGE {quoted(self._name)}")


def _without_views(pyarrow: Any, kind: Any) -> Any:
    """A type with texts and bytes that begin at offsets, which all of pyarrow and pandas knows."""
    types = pyarrow.types
    if types.is_string_view(kind):
        return pyarrow.string()
    if types.is_binary_view(kind):
        return pyarrow.binary()
    if types.is_list(kind) or types.is_large_list(kind) or types.is_fixed_size_list(kind):
        item = kind.value_field.with_type(_without_views(pyarrow, kind.value_type))
        if types.is_fixed_size_list(kind):
            return pyarrow.list_(item, kind.list_size)
        return pyarrow.list_(item) if types.is_list(kind) else pyarrow.large_list(item)
    if types.is_struct(kind):
        return pyarrow.struct([part.with_type(_without_views(pyarrow, part.type)) for part in kind])
    if types.is_map(kind):
        key, value = (_without_views(pyarrow, part) for part in (kind.key_type, kind.item_type))
        return pyarrow.map_(key, value)
    return kind


def _each(rows: _linal.Rows) -> Iterator[tuple[Any, ...]]:
    """The rows, batch by batch. The first one has names as a namedtuple has, which ``pandas.DataFrame`` looks for."""
    named = type("Row", (tuple,), {"_fields": tuple(rows.columns)})
    is_first = True
    while batch := rows.fetch_batch():
        if is_first:
            batch[0] = named(batch[0])
            is_first = False
        yield from batch


def _column(rows: _linal.Rows, at: int) -> Any:
    """A column as a NumPy array: over its memory as far as NumPy has such values, else an array of objects."""
    module = numpy("numpy()")
    array = rows.tensor(at)
    if array is not None:
        return module.asarray(array)
    masked = rows.masked(at)
    if masked is not None:
        numbers, mask = masked
        return module.ma.array(module.asarray(numbers), mask=module.asarray(mask))
    ticks = rows.ticks(at)
    if ticks is not None:
        numbers, unit = ticks
        return module.asarray(numbers).view(f"datetime64[{unit}]")
    values = rows.values(at)
    return module.fromiter(values, dtype=object, count=len(values))
