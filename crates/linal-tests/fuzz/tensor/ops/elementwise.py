"""Elementwise operators and functions."""

import numpy as np

from ..registry import operation
from ..value import DTYPES, Refused, Value

REAL = ("bool", "i64", "f32", "f64")
FLOAT = ("f32", "f64")
COMPLEX = ("c64", "c128")
ALL = REAL + COMPLEX
LEAST, MOST = -(2**63), 2**63 - 1


def pair(g, dtypes, exact=False):
    """Two operands that broadcast; the second may be a number literal."""
    a = g.of(*dtypes, exact=exact)
    if a is None:
        return None
    b = g.literal() if g.chance(0.25) else g.any(lambda v: v.dtype in dtypes and (v.exact or not exact) and fits(a, v))
    if b is None:
        return None
    return (b, a) if g.chance(0.3) else (a, b)


def fits(a, b):
    try:
        np.broadcast_shapes(a.array.shape, b.array.shape)
        return True
    except ValueError:
        return False


def is_exact_type(*values):
    return all(value.array.dtype.kind in "bi" for value in values)


def checked(a, b, compute):
    """Integers, with an error where the result overflows; Booleans count as 0 and 1."""
    left, right = (np.asarray(value.array).astype(object) * 1 for value in (a, b))
    result = np.asarray(compute(left, right), dtype=object)
    if any(not LEAST <= int(item) <= MOST for item in result.ravel()):
        raise Refused
    return result.astype(np.int64)


def has_complex(*values):
    return any(value.array.dtype.kind == "c" for value in values)


SIGNS = {"+": (np.add, lambda a, b: a + b), "-": (np.subtract, lambda a, b: a - b), "*": (np.multiply, lambda a, b: a * b)}


@operation(4.0)
def arithmetic(g):
    operands = pair(g, ALL)
    if operands is None:
        return None
    a, b = operands
    sign = g.choice(tuple(SIGNS))
    of_floats, of_integers = SIGNS[sign]
    if is_exact_type(a, b):
        result = checked(a, b, of_integers)
    else:
        result = np.asarray(of_floats(floated(a, b), floated(b, a)))
    # Parts of a complex product may be fused.
    exact = sign != "*" or not has_complex(a, b)
    return Value(f"({a.text} {sign} {b.text})", result, exact=exact, parts=(a, b))


def floated(value, other):
    """The operand as NumPy promotes it."""
    return value.number


@operation(1.5)
def quotient(g):
    operands = pair(g, REAL)
    if operands is None:
        return None
    a, b = operands
    # Near a zero the relative error is unbounded.
    if not b.exact:
        return None
    result = np.asarray(np.true_divide(a.number, b.number))
    if is_exact_type(a, b):
        result = result.astype(np.float64)
    return Value(f"({a.text} / {b.text})", result, parts=(a, b))


@operation(1.0)
def integer_division(g):
    operands = pair(g, ("i64",), exact=True)
    if operands is None or not is_exact_type(*operands):
        return None
    a, b = operands
    if np.any(b.array == 0):
        return None
    remainder = g.chance(0.5)
    compute = np.frompyfunc(lambda x, y: truncating(int(x), int(y))[remainder], 2, 1)
    return Value(f"({a.text} {'%' if remainder else 'DIV'} {b.text})", checked(a, b, compute), parts=(a, b))


def truncating(a, b):
    quotient = abs(a) // abs(b) * (1 if (a >= 0) == (b >= 0) else -1)
    return quotient, a - quotient * b


@operation(0.5)
def float_remainder(g):
    operands = pair(g, FLOAT, exact=True)
    if operands is None:
        return None
    a, b = operands
    return Value(f"({a.text} % {b.text})", np.asarray(np.fmod(a.number, b.number)), parts=(a, b))


@operation(0.7)
def power(g):
    operands = pair(g, FLOAT)
    if operands is None:
        return None
    a, b = operands
    return Value(f"({a.text} ^ {b.text})", np.asarray(np.power(a.number, b.number)), exact=False, parts=(a, b))


COMPARISONS = {"=": np.equal, "<>": np.not_equal, "<": np.less, "<=": np.less_equal, ">": np.greater, ">=": np.greater_equal}


@operation(1.5)
def compared(g):
    operands = pair(g, REAL, exact=True)
    if operands is None:
        return None
    a, b = operands
    sign = g.choice(tuple(COMPARISONS))
    return Value(f"({a.text} {sign} {b.text})", np.asarray(COMPARISONS[sign](a.number, b.number)), parts=(a, b))


@operation(1.0)
def connected(g):
    a = g.of("bool")
    b = a and g.any(lambda v: v.dtype == "bool" and fits(a, v))
    if b is None:
        return None
    word = g.choice(("AND", "OR"))
    result = np.logical_and(a.array, b.array) if word == "AND" else np.logical_or(a.array, b.array)
    return Value(f"({a.text} {word} {b.text})", np.asarray(result), parts=(a, b))


@operation(0.5)
def negation(g):
    a = g.of("bool")
    return a and Value(f"(NOT {a.text})", np.asarray(np.logical_not(a.array)), parts=(a,))


@operation(0.8)
def negative(g):
    a = g.of("i64", "f32", "f64", "c64", "c128")
    if a is None or a.dtype == "i64" and np.any(a.array == LEAST):
        return None
    return Value(f"(-{a.text})", np.asarray(-a.array), parts=(a,))


@operation(0.8)
def extreme(g):
    operands = pair(g, ("i64",) + FLOAT)
    if operands is None:
        return None
    a, b = operands
    # Either of -0 and 0 is accepted.
    name, compute = g.choice((("MINIMUM", np.minimum), ("MAXIMUM", np.maximum)))
    return Value(f"({name}({a.text}, {b.text}) + 0)", np.asarray(0 + compute(a.number, b.number)), parts=(a, b))


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


FUNCTIONS = {
    "SQRT": (np.sqrt, True),
    "EXP": (np.exp, False),
    "LOG": (np.log, False),
    "LOG2": (np.log2, False),
    "LOG10": (np.log10, False),
    "SIN": (np.sin, False),
    "COS": (np.cos, False),
    "TANH": (np.tanh, False),
    "SIGMOID": (sigmoid, False),
}


@operation(2.5)
def function(g):
    """Functions that convert integers to floats."""
    a = g.of("i64", *FLOAT)
    if a is None or a.scale > 1e6:
        return None
    name = g.choice(tuple(FUNCTIONS))
    # Near a pole or zero the relative error is unbounded.
    if not FUNCTIONS[name][1] and not a.exact:
        return None
    compute, exact = FUNCTIONS[name]
    array = a.array.astype(np.float64) if a.dtype == "i64" else a.array
    return Value(f"{name}({a.text})", np.asarray(compute(array)).astype(array.dtype), exact=exact, parts=(a,))


ROUNDINGS = {"FLOOR": np.floor, "CEIL": np.ceil, "ROUND": np.round, "SIGN": np.sign}


@operation(1.2)
def rounding(g):
    a = g.of("i64", *FLOAT, exact=True)
    if a is None:
        return None
    name = g.choice(tuple(ROUNDINGS))
    return Value(f"{name}({a.text})", np.asarray(ROUNDINGS[name](a.array)), parts=(a,))


@operation(0.8)
def absolute(g):
    a = g.of("i64", *FLOAT, *COMPLEX)
    if a is None or a.dtype == "i64" and np.any(a.array == LEAST):
        return None
    return Value(f"ABS({a.text})", np.asarray(np.abs(a.array)), exact=not has_complex(a), parts=(a,))


@operation(0.5)
def positive_part(g):
    a = g.of("i64", *FLOAT)
    if a is None:
        return None
    # As MAXIMUM(a, 0), with either of -0 and 0.
    return Value(f"(RELU({a.text}) + 0)", np.asarray(0 + np.maximum(a.array, np.zeros((), a.array.dtype))), parts=(a,))


@operation(0.5)
def nan_test(g):
    a = g.of(*FLOAT, exact=True)
    return a and Value(f"ISNAN({a.text})", np.asarray(np.isnan(a.array)), parts=(a,))


@operation(1.0)
def complex_part(g):
    a = g.of(*COMPLEX)
    if a is None:
        return None
    name, compute = g.choice((("REAL", np.real), ("IMAG", np.imag), ("CONJ", np.conj)))
    return Value(f"{name}({a.text})", np.asarray(compute(a.array)), parts=(a,))


@operation(1.0)
def clipped(g):
    a = g.of("i64", *FLOAT)
    if a is None:
        return None
    low, high = sorted(int(g.rng.integers(-5, 6)) for _ in range(2))
    # The order of -0 and 0 is unspecified.
    return Value(f"(CLIP({a.text}, {low}, {high}) + 0)", np.asarray(0 + np.clip(a.array, a.array.dtype.type(low), a.array.dtype.type(high))), parts=(a,))


@operation(1.0)
def chosen(g):
    condition = g.of("bool")
    a = condition and g.any(lambda v: fits(condition, v))
    b = a and g.any(lambda v: v.dtype == a.dtype and fits(condition, v) and fits(a, v))
    if b is None:
        return None
    return Value(f"WHERE({condition.text}, {a.text}, {b.text})", np.where(condition.array, a.array, b.array), parts=(condition, a, b))


@operation(1.0)
def cast(g):
    a = g.any()
    to = g.choice(tuple(DTYPES))
    if has_complex(a) and to not in COMPLEX or to == "bool" and not a.exact:
        return None
    if to == "i64" and a.array.dtype.kind == "f":
        if not a.exact or not np.all(np.isfinite(a.array)) or np.any(np.abs(a.array) > 1e15):
            return None
    if to == "bool" and a.array.dtype.kind == "f" and np.any(np.isnan(a.array)):
        return None
    return Value(f"CAST({a.text} AS {to})", np.asarray(a.array.astype(DTYPES[to])), parts=(a,))
