"""Sorting and counting."""

import numpy as np

from ..registry import operation
from ..value import Value

NUMBERS = ("i64", "f32", "f64")


@operation(1.0)
def ordered(g):
    a = g.any(lambda v: v.dtype in NUMBERS and v.exact and v.array.ndim >= 1)
    if a is None:
        return None
    if g.chance(0.5):
        # Either of -0 and 0 may come first.
        return Value(f"(SORT({a.text}) + 0)", np.sort(a.array, axis=-1) + np.zeros((), a.array.dtype), parts=(a,))
    return Value(f"ARGSORT({a.text})", np.argsort(a.array, axis=-1, kind="stable"), parts=(a,))


@operation(0.6)
def differences(g):
    a = g.any(lambda v: v.dtype in ("i64", "f32", "f64") and v.array.ndim >= 1 and v.array.shape[-1] > 0 and v.scale < 2**61)
    return a and Value(f"DIFF({a.text})", np.diff(a.array), parts=(a,))


@operation(0.6)
def unique(g):
    a = g.any(lambda v: v.dtype in NUMBERS and v.exact)
    if a is None:
        return None
    # Either of -0 and 0 may be kept.
    return Value(f"(UNIQUE({a.text}) + 0)", np.unique(a.array) + np.zeros((), a.array.dtype), parts=(a,))


@operation(0.6)
def quantile(g):
    a = g.any(lambda v: v.dtype in NUMBERS and v.exact and v.array.size > 0 and np.all(np.isfinite(v.array)))
    if a is None:
        return None
    q = g.choice((0, 0.25, 0.5, 0.9, 1))
    return Value(f"QUANTILE({a.text}, {q})", np.asarray(np.quantile(a.array.astype(np.float64), q)), exact=False, parts=(a,))


@operation(0.5)
def histogram(g):
    a = g.any(lambda v: v.dtype in NUMBERS and v.exact and v.array.size > 0 and np.all(np.isfinite(v.array)) and v.scale < 1e6)
    if a is None:
        return None
    bins = int(g.rng.integers(1, 6))
    counts, edges = np.histogram(a.array.astype(np.float64), bins=bins)
    if g.chance(0.5):
        return Value(f"HISTOGRAM_EDGES({a.text}, {bins})", edges, exact=False, parts=(a,))
    return Value(f"HISTOGRAM({a.text}, {bins})", counts, parts=(a,))
