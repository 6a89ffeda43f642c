"""Reductions, full and along an axis."""

import numpy as np

from ..registry import operation
from ..value import Refused, Value
from .elementwise import FLOAT, LEAST, MOST

NUMBERS = ("i64", "f32", "f64")


def pick(g, *dtypes, exact=False, least=0):
    a = g.of(*dtypes, exact=exact, least=least)
    if a is None:
        return None, None
    return a, g.axis(a) if g.chance(0.5) else None


def text(name, a, axis):
    return f"{name}({a.text})" if axis is None else f"({name} ({a.text}) AXIS {axis})"


def wide(a):
    return a.array.astype(np.float64) if a.dtype == "f32" else a.array


def integers(array, axis, compute):
    result = np.asarray(compute(array.astype(object), axis=axis), dtype=object)
    if any(not LEAST <= int(item) <= MOST for item in result.ravel()):
        raise Refused
    return result.astype(np.int64)


@operation(2.0)
def total(g):
    a, axis = pick(g, *NUMBERS)
    if a is None or a.array.size == 0:
        return None
    if a.dtype == "i64":
        # The order of partial sums decides whether one of them overflows.
        if np.abs(a.array.astype(np.float64)).sum() > 2**62:
            return None
        return Value(text("SUM", a, axis), integers(a.array, axis, np.sum), parts=(a,))
    return Value(text("SUM", a, axis), np.asarray(np.sum(wide(a), axis=axis)), exact=False, parts=(a,), scale=a.scale * max(1, a.array.size))


@operation(2.0)
def moments(g):
    a, axis = pick(g, *NUMBERS, least=1)
    if a is None or not a.exact or a.scale > 1e8:
        return None
    forms = {
        "MEAN": lambda x: np.mean(x, axis=axis),
        "VARIANCE": lambda x: np.var(x, axis=axis, ddof=1),
        "VARIANCE_POP": lambda x: np.var(x, axis=axis),
        "STDEV": lambda x: np.std(x, axis=axis, ddof=1),
        "STDEV_POP": lambda x: np.std(x, axis=axis),
        "L2_NORM": lambda x: np.sqrt(np.sum(x * x, axis=axis)),
    }
    name = g.choice(tuple(forms))
    result = np.asarray(forms[name](a.array.astype(np.float64)))
    # A deviation is the square root of a small difference of large numbers.
    return Value(text(name, a, axis), result, exact=False, parts=(a,), scale=max(1.0, a.scale) ** 2 * 10)


@operation(2.0)
def extremes(g):
    a, axis = pick(g, *NUMBERS, least=1)
    if a is None:
        return None
    name, compute = g.choice((("MIN", np.min), ("MAX", np.max)))
    # Either of -0 and 0 is accepted.
    return Value(f"({text(name, a, axis)} + 0)", np.asarray(0 + compute(a.array, axis=axis)), parts=(a,))


@operation(1.0)
def places(g):
    a, axis = pick(g, *NUMBERS, exact=True, least=1)
    if a is None:
        return None
    name, compute = g.choice((("ARGMIN", np.argmin), ("ARGMAX", np.argmax)))
    return Value(text(name, a, axis), np.asarray(compute(a.array, axis=axis)), parts=(a,))


@operation(1.0)
def truths(g):
    a, axis = pick(g, "bool")
    if a is None:
        return None
    name, compute = g.choice((("ANY", np.any), ("ALL", np.all)))
    return Value(text(name, a, axis), np.asarray(compute(a.array, axis=axis)), parts=(a,))


@operation(0.7)
def running(g):
    a, axis = pick(g, *NUMBERS)
    if a is None or a.array.ndim == 0:
        return None
    if a.dtype == "i64":
        if np.abs(a.array.astype(np.float64)).sum() > 2**62:
            return None
        return Value(text("CUMSUM", a, axis), np.cumsum(a.array, axis=axis), parts=(a,))
    if a.dtype == "f32":
        return None
    return Value(text("CUMSUM", a, axis), np.cumsum(a.array, axis=axis), exact=False, parts=(a,), scale=a.scale * a.array.size)
