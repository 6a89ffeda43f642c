"""Types of columns: how linal keeps each in Parquet and inline, and what DuckLake calls it.

This is the table of `docs/format.md`, "Types", in code; the Rust side has the same.
"""

from dataclasses import dataclass, field
from typing import Any, Callable, Optional

import pyarrow as pa


def as_is(value):
    return value


def float_text(value):
    """The shortest decimal that reads back as the same float."""
    return repr(float(value))


def list_text(value):
    return "[" + ", ".join("NULL" if item is None else str(item) for item in value) + "]"


@dataclass
class Kind:
    """A type of columns. `stored` is the Arrow type in Parquet, `lake` DuckLake's name of it."""

    logical: str
    stored: pa.DataType
    lake: str
    inline: Optional[str] = "INTEGER"  # declared type of the inline column; None: datasets with such a column have no inline rows
    encode: Callable[[Any], Any] = as_is
    view: str = "{}"  # the inline column as DuckDB reads it
    cast: Optional[str] = None  # DuckDB expression over the name of the column, where the lake's type is not the column's own
    children: list = field(default_factory=list)  # (name, lake type, children) of nested types
    encode_cell: Callable[[Any], Any] = as_is  # value to what pyarrow takes


INT = Kind("Int", pa.int64(), "int64")
INT32 = Kind("Int32", pa.int32(), "int32")
FLOAT = Kind("Float", pa.float64(), "float64", "TEXT", float_text)
TEXT = Kind("String", pa.string(), "varchar", "TEXT")
BOOL = Kind("Bool", pa.bool_(), "boolean", encode=int)


def reshape(shape):
    """DuckDB expression that nests a flat list into the shape of a matrix or tensor."""
    variables = "ijklmnop"
    depth = len(shape) - 1
    offset = "0"
    for axis in range(depth):
        offset = f"({offset} * {shape[axis]} + {variables[axis]})"
    last = shape[-1]
    text = "{}[" + f"{offset} * {last} + 1 : {offset} * {last} + {last}]"
    for axis in reversed(range(depth)):
        text = f"list_transform(range({shape[axis]}), lambda {variables[axis]}: {text})"
    return text


def tensor(logical, element, *shape):
    """A Vector, Matrix or Tensor: a flat list in the lake, arrays of arrays in the view that casts."""
    arrow, lake, sql = {"f32": (pa.float32(), "float32", "FLOAT"), "f64": (pa.float64(), "float64", "DOUBLE"),
                        "i64": (pa.int64(), "int64", "BIGINT")}[element]
    size = 1
    for extent in shape:
        size *= extent
    array = sql + "".join(f"[{extent}]" for extent in reversed(shape))
    value = "{}" if len(shape) == 1 else "CASE WHEN {} IS NOT NULL THEN " + reshape(shape) + " END"
    return Kind(logical, pa.list_(arrow, size), "list", "TEXT", list_text, "{}", f"CAST({value} AS {array})", [("element", lake, [])])


def vector(size):
    return tensor(f"Vector({size})", "f32", size)
