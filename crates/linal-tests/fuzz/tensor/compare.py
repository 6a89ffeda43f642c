"""Compares a tensor that linal printed with NumPy's."""

import numpy as np

from ..engine.process import Pairs
from .value import DTYPES

RELATIVE = {"f64": 1e-10, "c128": 1e-10, "f32": 1e-4, "c64": 1e-4}
SPECIAL = {"NaN": np.nan, "inf": np.inf, "-inf": -np.inf}


def difference(record, value):
    """The difference, or None."""
    expected = value.array
    if record["dtype"] != value.dtype:
        return f"dtype {record['dtype']} and not {value.dtype}"
    if tuple(record["shape"]) != expected.shape:
        return f"shape {record['shape']} and not {list(expected.shape)}"
    got = read(record)
    if value.exact or expected.dtype.kind in "bi":
        return None if same_bits(got, expected) else "values"
    return None if close(got, expected, value) else "values"


def read(record):
    flat = []
    flatten(record["values"], flat)
    return np.array(flat, dtype=DTYPES[record["dtype"]]).reshape(record["shape"])


def flatten(values, flat):
    if isinstance(values, Pairs):
        parts = dict(values)
        flat.append(complex(number(parts["re"]), number(parts["im"])))
    elif isinstance(values, list):
        for item in values:
            flatten(item, flat)
    else:
        flat.append(number(values))


def number(value):
    return SPECIAL[value] if isinstance(value, str) else value


def same_bits(got, expected):
    """Equal numbers, NaN as NaN. The sign of zero is compared, too."""
    if got.dtype.kind == "c":
        return same_bits(got.real, expected.real) and same_bits(got.imag, expected.imag)
    equal = got == expected
    if got.dtype.kind == "f":
        equal = equal & (np.signbit(got) == np.signbit(expected)) | np.isnan(got) & np.isnan(expected)
    return bool(np.all(equal))


def close(got, expected, value):
    if got.dtype.kind == "c":
        # One part may be NaN where the other engine has a number.
        got, expected = np.where(np.isnan(got), np.nan, got), np.where(np.isnan(expected), np.nan, expected)
        wild = ~np.isfinite(expected)
        return bool(np.all((~np.isfinite(got)) == wild)) and near(got[~wild], expected[~wild], value)
    strange = ~np.isfinite(expected)
    if not np.array_equal(got[strange], expected[strange], equal_nan=True):
        return False
    return near(got[~strange], expected[~strange], value)


def near(got, expected, value):
    relative = max(RELATIVE[value.dtype], max((RELATIVE.get(part.dtype, 0) for part in value.parts), default=0))
    bound = relative * np.maximum(np.abs(expected), min(value.scale, 1e300))
    return bool(np.all(np.abs(got - expected) <= bound))
