"""Formats values for records."""

import datetime
import math

import numpy as np

INTEGERS = {"TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT"}
FLOATS = {"FLOAT", "DOUBLE"}
TEXTS = {"VARCHAR", "BOOLEAN", "DATE", "TIMESTAMP", '"NULL"', "STRING_LITERAL"}


def type_letter(name):
    """The letter of a DuckDB type; a type that linal lacks is an error of the topic."""
    if name in INTEGERS or name == "INTEGER_LITERAL":
        return "I"
    if name in FLOATS:
        return "R"
    if name in TEXTS or name.startswith("ENUM"):
        return "T"
    raise ValueError(f"no type of linal: {name}")


def type_letter_of(value):
    """The letter of a Python value."""
    if isinstance(value, bool):
        return "T"
    if isinstance(value, (int, np.integer)):
        return "I"
    if isinstance(value, (float, np.floating)):
        return "R"
    return "T"


def cell(value, duck_type=None):
    """The text of a cell."""
    if value is None:
        return "NULL"
    if isinstance(value, (bool, np.bool_)):
        return "true" if value else "false"
    if isinstance(value, (int, np.integer)):
        return str(value)
    if isinstance(value, (float, np.floating)):
        return float_text(np.float32(value) if duck_type == "FLOAT" else value)
    if isinstance(value, datetime.datetime):
        text = value.strftime("%Y-%m-%d %H:%M:%S")
        return text + f".{value.microsecond:06}".rstrip("0") if value.microsecond else text
    if isinstance(value, datetime.date):
        return value.isoformat()
    if isinstance(value, np.ndarray):
        return array_text(value)
    if isinstance(value, str):
        if "\n" in value or "\t" in value or value != value.strip():
            raise ValueError(f"a text that a line cannot hold: {value!r}")
        return value or "(empty)"
    raise ValueError(f"no value of linal: {value!r}")


def float_text(value, whole=".0"):
    """The shortest text that parses to the same value; `whole` is the suffix of integers."""
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "inf" if value > 0 else "-inf"
    plain = value == 0 or 1e-5 <= abs(value) < 1e16
    if plain:
        text = np.format_float_positional(value, trim="-")
        return text if "." in text else text + whole
    mantissa, exponent = np.format_float_scientific(value, trim="-").split("e")
    return f"{mantissa}e{int(exponent)}"


def array_text(array):
    """A vector or matrix on one line, its integers without `.0`."""
    if array.ndim == 0:
        return float_text(array[()], whole="") if array.dtype.kind == "f" else cell(array[()])
    return "[" + ", ".join(array_text(part) for part in array) + "]"
