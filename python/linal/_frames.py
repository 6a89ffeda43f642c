"""Tables and columns of other libraries, as the compiled part takes them."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any

from . import _linal
from ._tensor import Tensor


def is_frame(value: Any) -> bool:
    """Whether a value is a table rather than a tensor."""
    if isinstance(value, Mapping):
        return True
    if isinstance(value, list):
        return bool(value) and isinstance(value[0], Mapping)
    if getattr(getattr(value, "dtype", None), "names", None):
        return True
    return is_table(value)


def is_table(value: Any) -> bool:
    """Whether a value is a table of a library."""
    if isinstance(value, type) or isinstance(value, Tensor):
        return False
    name = type(value).__name__
    if name in ("Series", "ChunkedArray", "Array"):
        return False
    module = type(value).__module__
    if name in ("DataFrame", "LazyFrame") and module.startswith(("pandas", "polars")):
        return True
    return hasattr(value, "__arrow_c_stream__")


def is_array(value: Any) -> bool:
    """Whether a value is an array of a library."""
    if isinstance(value, Tensor):
        return True
    if isinstance(value, type) or not hasattr(value, "shape"):
        return False
    dtype = getattr(value, "dtype", None)
    if dtype is None or getattr(dtype, "kind", "f") not in "biufc":
        return False
    return hasattr(value, "__array__") or hasattr(value, "__dlpack__") or hasattr(value, "__arrow_c_array__")


def frame(value: Any) -> Any:
    """The value as something with `__arrow_c_stream__`.

    Raises:
        TypeError_: no table.
    """
    rows = getattr(value, "_rows_to_share", None)
    if rows is not None:
        return rows()
    if isinstance(value, Mapping):
        return columns(value)
    if isinstance(value, list) and (not value or isinstance(value[0], Mapping)):
        return columns(_transposed(value))
    if getattr(getattr(value, "dtype", None), "names", None):
        return columns({name: value[name] for name in value.dtype.names})
    module = type(value).__module__
    if module.startswith("pandas"):
        return _of_pandas(value)
    if type(value).__name__ == "LazyFrame":
        value = value.collect()
    if not hasattr(value, "__arrow_c_stream__") and type(value).__name__ == "RecordBatch":
        import pyarrow

        return pyarrow.Table.from_batches([value])
    return value


def columns(named: Mapping[Any, Any]) -> _linal.Rows:
    """A table of named columns."""
    return _linal.columns([(str(name), _column(values)) for name, values in named.items()])


_NOTHING: list[_linal.Rows] = []


def nothing() -> _linal.Rows:
    """No rows and no columns; always the same, since nothing can be read of it."""
    if not _NOTHING:
        _NOTHING.append(columns({}))
    return _NOTHING[0]


def _column(values: Any) -> Any:
    if isinstance(values, Tensor):
        return values._array
    if isinstance(values, (list, tuple, str, bytes)):
        return values
    kind = getattr(getattr(values, "dtype", None), "kind", None)
    if kind is not None and type(values).__module__.startswith("pandas"):
        missing = values.isna()
        if kind in "OMm" or missing.any():
            return [None if gone else value for value, gone in zip(values.tolist(), missing)]
        return values.to_numpy()
    if kind is not None and kind in "OUSTm":
        return values.tolist()
    if kind is None and not hasattr(values, "__arrow_c_stream__") and not hasattr(values, "__arrow_c_array__"):
        if not hasattr(values, "__array__") and hasattr(values, "__iter__"):
            return list(values)
    return values


def _transposed(rows: list[Mapping[Any, Any]]) -> dict[Any, list[Any]]:
    names = dict.fromkeys(name for row in rows for name in row)
    return {name: [row.get(name) for row in rows] for name in names}


def _of_pandas(value: Any) -> Any:
    """A DataFrame without its index, as DuckDB and Polars take it."""
    pyarrow = sys.modules.get("pyarrow")
    if pyarrow is None:
        try:
            import pyarrow  # type: ignore[no-redef]
        except ImportError:
            return columns({name: value[name] for name in value.columns})
    return pyarrow.Table.from_pandas(value, preserve_index=False)  # type: ignore[union-attr]
