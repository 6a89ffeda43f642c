"""Reference values for the functions and operators of the language, from NumPy and SciPy.

    pip install numpy scipy
    python numerics.py > numerics.txt

The output has the inputs first, then two lines a case:

    input NAME DTYPE SHAPE VALUES...        a tensor of its own
    broadcast NAME SHAPE of NAME            a view of another input
    v = TRANSPOSE m_f64; r = ABS v          definitions, run as LET and as LAZY LET; the last is compared
    = TOLERANCE DTYPE SHAPE VALUES...       or: ! NAME OF AN ERROR

Sizes of a shape are joined by `x` (`2x3`, and `.` for a scalar); numbers are the shortest that read back the same, and
complex ones are `re:im`. Tolerances: `exact` compares bits (any NaN equals any other), `equal` lets 0 equal -0,
`ulp:N` counts representable numbers in between (of each part), and `rel:X` is relative to the greater modulus.

Functions without a closed form in arithmetic are computed in the long double of x86-64 and rounded once, since the
vectorised loops of NumPy are off by some units in the last place.
"""

import gzip
import itertools
import math
import pathlib

import numpy as np
import scipy
import scipy.signal as ss
import scipy.special as sp

np.seterr(all="ignore")

NAMES = {"float64": "f64", "float32": "f32", "int64": "i64", "bool": "bool", "complex128": "c128", "complex64": "c64"}
TYPES = {name: np.dtype(dtype) for dtype, name in NAMES.items()}
DTYPES = list(TYPES)
INPUTS = {}


# What is written


def number(x):
    if isinstance(x, (np.bool_, bool)):
        return str(int(x))
    if isinstance(x, (np.integer, int)):
        return str(x)
    if isinstance(x, np.complexfloating):
        return f"{number(x.real)}:{number(x.imag)}"
    text = str(x)
    return text[:-2] if text.endswith(".0") else text


def shape_of(x):
    return "x".join(map(str, x.shape)) or "."


def body(x):
    return " ".join([NAMES[str(x.dtype)], shape_of(x), *(number(v) for v in x.ravel())])


def bind(name, values, dtype=None):
    INPUTS[name] = values = np.array(values, dtype=dtype)
    print("input", name, body(values))


def case(script, expected, tolerance="exact", dtype=None):
    expected = np.asarray(expected)
    dtype = TYPES[dtype] if dtype else expected.dtype
    if expected.dtype == np.longdouble or expected.dtype == np.clongdouble or dtype != expected.dtype:
        expected = expected.astype(dtype)
    print(definitions(script))
    print("=", tolerance, body(expected))


def error(script, name):
    print(definitions(script))
    print("!", name)


def definitions(script):
    return script if script.split("; ")[-1].startswith("r = ") else f"r = {script}"


def I(name):
    return INPUTS[name]


# Inputs

FLOATS = [0.0, -0.0, 1.0, -1.0, 0.5, -0.5, 1.5, 2.5, -2.5, 3.75, 0.1, -7.3, 100.0, 12345.678]
F64 = FLOATS + [1e-310, -5e-324, 2.2250738585072014e-308, 1e-20, 1e16, 709.7, -720.5, 1e155, -3e200, 1.7976931348623157e308,
                math.inf, -math.inf, math.nan]
F32 = FLOATS + [1e-40, -1e-45, 1.1754944e-38, 1e-10, 1e8, 88.5, -90.25, 1e19, -3e30, 3.4028235e38, math.inf, -math.inf,
                math.nan]
I64 = [0, 1, -1, 2, -2, 7, -7, 10, 63, 100, -1000, 2**31, 2**53 + 1, -(2**53) - 1, 2**62, 2**63 - 1, -(2**63) + 1]
C = [0j, 1 + 0j, -1 + 0j, 1j, -1j, 0.5 - 0.25j, -2.5 + 3.5j, 3 + 4j, -0.1 - 7.3j, 20 + 0.5j, 1e-3 - 1e-5j, complex(-3.0, -0.0)]
C128 = C + [1e200 + 1e200j, -3e-200 + 2e-210j, 1e-310 + 1j]
C64 = C + [1e25 + 1e25j, -3e-25 + 2e-27j, 1e-41 + 1j]
VECTORS = {"f64": F64, "f32": F32, "i64": I64, "bool": [True, False, True], "c128": C128, "c64": C64}


def matrix(dtype):
    """12 numbers with few digits, so that sums and products of them are exact in any order."""
    base = np.array([1.5, -2.25, 3.0, 0.25, -0.5, 7.0, -4.75, 2.0, 6.5, -1.0, 5.0, -3.5])
    if dtype == "bool":
        return (base > 0).reshape(3, 4)
    if dtype == "i64":
        return (base * 4).astype(np.int64).reshape(3, 4)
    if dtype in ("c128", "c64"):
        return (base + 1j * np.roll(base, 5)).astype(TYPES[dtype]).reshape(3, 4)
    return base.astype(TYPES[dtype]).reshape(3, 4)


def solid(dtype):
    """24 numbers with few digits."""
    base = ((np.arange(24) * 7) % 23 - 11) / 4
    if dtype == "bool":
        return (base > -1).reshape(2, 3, 4)
    if dtype == "i64":
        return (base * 4).astype(np.int64).reshape(2, 3, 4)
    if dtype in ("c128", "c64"):
        return (base + 1j * np.roll(base, 9)).astype(TYPES[dtype]).reshape(2, 3, 4)
    return base.astype(TYPES[dtype]).reshape(2, 3, 4)


def noise(seed, n):
    """n numbers in [-0.5, 0.5) from a 64-bit linear congruential generator."""
    state, out = seed, np.empty(n)
    for i in range(n):
        state = (state * 6364136223846793005 + 1442695040888963407) % 2**64
        out[i] = (state >> 11) / 2**53 - 0.5
    return out


def inputs():
    for d in DTYPES:
        bind(f"v_{d}", VECTORS[d], TYPES[d])
        bind(f"w_{d}", np.roll(I(f"v_{d}"), 5))
        bind(f"m_{d}", matrix(d))
        bind(f"t_{d}", solid(d))
        bind(f"e_{d}", np.empty((0, 3)), TYPES[d])
        bind(f"s_{d}", I(f"m_{d}")[2, 0])
        bind(f"row_{d}", I(f"m_{d}")[1])
        INPUTS[f"b_{d}"] = np.broadcast_to(I(f"row_{d}"), (3, 4))
        print(f"broadcast b_{d} 3x4 of row_{d}")
    bind("least", [-(2**63), 5], np.int64)
    bind("n", noise(1, 60))
    bind("n2", noise(2, 60))
    bind("n3", noise(3, 7))
    bind("gap", [1.0, math.nan, -1.0, math.inf, 0.0, math.nan, -math.inf, 2.0])
    bind("ties", [[3.0, 1.0, 2.0, 1.0], [0.0, -1.0, 0.0, -1.0], [5.0, math.nan, 5.0, -5.0]])
    # Numbers near 1e9 that differ by little: a one-pass variance has no digit right.
    bind("far", 1e9 + noise(4, 9))


# Views, as the language and as NumPy make them

VIEWS = [
    ("contiguous", "m_{d}", lambda d: I(f"m_{d}")),
    ("transposed", "TRANSPOSE m_{d}", lambda d: I(f"m_{d}").T),
    ("sliced", "m_{d}[1:3, 1:4]", lambda d: I(f"m_{d}")[1:3, 1:4]),
    ("stepped", "m_{d}[::-1, ::-2]", lambda d: I(f"m_{d}")[::-1, ::-2]),
    ("column", "m_{d}[:, 2]", lambda d: I(f"m_{d}")[:, 2]),
    ("broadcast", "b_{d}", lambda d: I(f"b_{d}")),
    ("empty", "e_{d}", lambda d: I(f"e_{d}")),
    ("scalar", "s_{d}", lambda d: I(f"s_{d}")),
]
FEW = ["transposed", "stepped", "empty", "scalar"]


def views(d, names=None):
    for name, text, view in VIEWS:
        if names is None or name in names:
            yield name, text.format(d=d), view(d)


# Element-wise


def root(x):
    """IEEE rounds the square root of real numbers right; a detour over more digits would round twice."""
    return np.sqrt(x) if x.dtype.kind == "f" else precise(np.sqrt)(x)


def precise(function):
    """The function in more digits than the dtype has, rounded once; whole numbers and truth values as f64."""

    def run(x):
        to = x.dtype if x.dtype.kind in "fc" else np.dtype("float64")
        wide = np.clongdouble if x.dtype.kind == "c" else np.longdouble
        if to == np.float32:
            return function(x.astype(np.longdouble)).astype(to)
        return function(x.astype(to).astype(wide)).astype(to)

    return run


def as_number(x):
    return x.astype(np.int64) if x.dtype == bool else x


def logarithm(base):
    def run(x):
        if x.dtype.kind == "c":
            z = np.log(x)
            return z.real / np.log(np.longdouble(base)) + 1j * (z.imag / np.log(np.longdouble(base)))
        return {2: np.log2, 10: np.log10}[base](x)

    return run


def whole(function):
    return lambda x: function(x) if x.dtype.kind == "f" else as_number(x)


def relu(x):
    return np.where(x < 0, x.dtype.type(0), x)


REAL = ["f64", "f32", "i64", "bool"]
UNARY = [
    # name, function, dtypes, tolerance of real numbers, tolerance of complex numbers
    ("ABS", lambda x: np.abs(as_number(x)), DTYPES, "exact", "ulp:1"),
    ("SQRT", root, DTYPES, "exact", "rel:4e-16"),
    ("EXP", precise(np.exp), DTYPES, "ulp:1", "rel:1e-15"),
    ("LOG", precise(np.log), DTYPES, "ulp:1", "rel:1e-15"),
    ("LOG2", precise(logarithm(2)), DTYPES, "ulp:1", "rel:1e-15"),
    ("LOG10", precise(logarithm(10)), DTYPES, "ulp:1", "rel:1e-15"),
    ("SIN", precise(np.sin), DTYPES, "ulp:1", "rel:1e-15"),
    ("COS", precise(np.cos), DTYPES, "ulp:1", "rel:1e-15"),
    ("TAN", precise(np.tan), DTYPES, "ulp:1", "rel:2e-15"),
    ("TANH", precise(np.tanh), DTYPES, "ulp:2", "rel:2e-15"),
    ("SIGMOID", precise(lambda x: 1 / (1 + np.exp(-x))), REAL, "ulp:3", None),
    ("RELU", lambda x: relu(as_number(x)), REAL, "exact", None),
    ("FLOOR", whole(np.floor), REAL, "exact", None),
    ("CEIL", whole(np.ceil), REAL, "exact", None),
    ("ROUND", whole(np.rint), REAL, "exact", None),
    ("SIGN", lambda x: np.sign(as_number(x)), REAL, "exact", None),
    ("ISNAN", lambda x: np.isnan(x) if x.dtype.kind in "fc" else np.zeros(x.shape, bool), DTYPES, "exact", "exact"),
    ("REAL", lambda x: np.real(as_number(x)), DTYPES, "exact", "exact"),
    ("IMAG", lambda x: np.imag(as_number(x)), DTYPES, "exact", "exact"),
    ("CONJ", lambda x: np.conj(as_number(x)), DTYPES, "exact", "exact"),
    ("-", lambda x: np.negative(as_number(x)), DTYPES, "exact", "exact"),
    ("NOT", np.logical_not, ["bool"], "exact", None),
]


def loosen(tolerance, dtype):
    """A relative tolerance in the precision of the dtype."""
    if dtype in ("f32", "c64") and tolerance.startswith("rel:"):
        return f"rel:{float(tolerance[4:]) * 5.4e8:.1g}"
    return tolerance


def unary():
    for name, function, dtypes, real, complex_ in UNARY:
        for d in dtypes:
            tolerance = loosen(complex_ if d[0] == "c" else real, d)
            case(f"{name} v_{d}", function(I(f"v_{d}")), tolerance)
            for _, text, view in views(d, None if d == "f64" else FEW):
                case(f"v = {text}; r = {name} v", function(view), tolerance)
    for d in ("c128", "c64"):
        case(f"PHASE v_{d}", np.angle(I(f"v_{d}").astype(np.clongdouble)), "ulp:1", {"c128": "f64", "c64": "f32"}[d])
    error("ABS least", "integer_overflow")
    error("-least", "integer_overflow")
    for name in ("RELU", "FLOOR", "CEIL", "ROUND", "SIGN", "SIGMOID"):
        error(f"{name} v_c128", "dtype_mismatch")
    error("NOT v_i64", "dtype_mismatch")


def intdiv(a, b):
    if a.dtype.kind == "i":
        # Python's integers, since the quotient may be larger than what a double holds exactly.
        return np.vectorize(lambda x, y: abs(int(x)) // abs(int(y)) * (1 if (x < 0) == (y < 0) else -1), otypes=[np.int64])(a, b)
    return np.trunc(a / b)


def power(a, b):
    to = np.result_type(a, b) if a.dtype.kind in "fc" or b.dtype.kind in "fc" else np.dtype("float64")
    if to.kind == "c":
        a, b = a.astype(np.clongdouble), b.astype(np.clongdouble)
    else:
        a, b = a.astype(to).astype(np.longdouble), b.astype(to).astype(np.longdouble)
    return np.power(a, b).astype(to)


def divide(a, b):
    """Complex numbers are divided in more digits: both the quotient of NumPy and the textbook's lose some."""
    if np.result_type(a, b).kind == "c":
        to = np.result_type(a, b)
        return (a.astype(np.clongdouble) / b.astype(np.clongdouble)).astype(to)
    return np.true_divide(a, b)


ARITHMETIC = [
    ("+", np.add, DTYPES, "exact", "exact"),
    ("-", np.subtract, DTYPES, "exact", "exact"),
    ("*", np.multiply, DTYPES, "exact", "rel:4e-16"),
    ("/", divide, DTYPES, "exact", "rel:1e-15"),
    ("^", power, DTYPES, "ulp:1", "rel:3e-14"),
    ("%", np.fmod, REAL, "exact", None),
    ("DIV", intdiv, REAL, "exact", None),
]
NAMED = [("ADD", np.add), ("SUBTRACT", np.subtract), ("MULTIPLY", np.multiply), ("DIVIDE", divide), ("POW", power)]
ORDERED = [("<", np.less), ("<=", np.less_equal), (">", np.greater), (">=", np.greater_equal)]
EQUALITY = [("=", np.equal), ("!=", np.not_equal)]


def small(d):
    """Operands whose sums, products and quotients exist: whole numbers small enough, divisors that are not 0."""
    if d == "i64":
        return ("v_i64[:12]", I("v_i64")[:12], "w_i64[5:]", I("w_i64")[5:])
    return (f"v_{d}", I(f"v_{d}"), f"w_{d}", I(f"w_{d}"))


def binary():
    for op, function, dtypes, real, complex_ in ARITHMETIC:
        for d in dtypes:
            tolerance = loosen(complex_ if d[0] == "c" else real, d)
            left, a, right, b = small(d)
            if d == "i64" and op in ("%", "DIV"):
                left, a, right, b = "v_i64[1:]", I("v_i64")[1:], "v_i64[:0:-1]", I("v_i64")[:0:-1]
            if d == "bool" and op in ("%", "DIV"):
                b, right = np.array([1, 1, 1]), "(w_bool OR NOT w_bool)"
            if d[0] == "c" and op in "/^":
                # Zero divisors and powers of zero are cases of their own.
                left, a, right, b = f"v_{d}[1:]", a[1:], f"v_{d}[:0:-1]", a[:0:-1]
            if d[0] == "c" and op == "^":
                left, a, right, b = f"v_{d}[1:12]", I(f"v_{d}")[1:12], f"v_{d}[11:0:-1]", I(f"v_{d}")[11:0:-1]
            case(f"v = {left}; w = {right}; r = v {op} w", function(as_number(a), as_number(b)), tolerance)
            if d == "bool":
                continue
            x, y = I(f"m_{d}"), I(f"b_{d}")
            for _, text, view in views(d, None if d == "f64" else FEW):
                if view.shape[-1:] in ((4,), ()):
                    case(f"v = {text}; r = v {op} b_{d}", function(view, y), tolerance)
                else:
                    case(f"v = {text}; r = v {op} s_{d}", function(view, I(f"s_{d}")), tolerance)
            case(f"v = TRANSPOSE m_{d}; r = (m_{d} {op} b_{d})[::-1, 1:]", function(x, y)[::-1, 1:], tolerance)
    for name, function in NAMED:
        tolerance = {"POW": "ulp:1"}.get(name, "exact")
        case(f"{name} v_f64 w_f64", function(I("v_f64"), I("w_f64")), tolerance)
        case(f"v = m_f64[::-1]; r = {name} v b_f64", function(I("m_f64")[::-1], I("b_f64")), tolerance)
    for d in REAL:
        for name, function in [("MINIMUM", np.minimum), ("MAXIMUM", np.maximum)]:
            case(f"{name} v_{d} w_{d}", function(as_number(I(f"v_{d}")), as_number(I(f"w_{d}"))), "equal")
            case(f"v = m_{d}[::-1, ::2]; r = {name} v s_{d}",
                 function(as_number(I(f"m_{d}"))[::-1, ::2], as_number(I(f"s_{d}"))), "equal")
    for d in DTYPES:
        for op, function in EQUALITY + (ORDERED if d in REAL else []):
            case(f"v_{d} {op} w_{d}", function(I(f"v_{d}"), I(f"w_{d}")))
            case(f"v_{d} {op} v_{d}", function(I(f"v_{d}"), I(f"v_{d}")))
            case(f"v = TRANSPOSE m_{d}; r = v {op} v[1]", function(I(f"m_{d}").T, I(f"m_{d}").T[1]))
    a, b = I("v_bool"), I("w_bool")
    case("v_bool AND w_bool", a & b)
    case("v_bool OR w_bool", a | b)
    case("v = TRANSPOSE m_bool; r = v AND v[::-1] OR NOT v", I("m_bool").T & I("m_bool").T[::-1] | ~I("m_bool").T)
    promotion()
    broadcasting()
    domains()


def promotion():
    for x, y in itertools.product(DTYPES, DTYPES):
        if x != y:
            a, b = I(f"m_{x}"), I(f"t_{y}")
            case(f"v = TRANSPOSE m_{x}; r = v + TRANSPOSE(t_{y}[0])", a.T + b[0].T)
            case(f"m_{x} = t_{y}[1]", a == b[1])
    for d in DTYPES:
        a = I(f"m_{d}")[0]
        case(f"m_{d}[0] * 2", as_number(a) * 2)
        case(f"0.5 - m_{d}[0]", 0.5 - as_number(a))
        case(f"m_{d}[0] = 1", a == 1)
        case(f"SCALE m_{d}[:, 1] BY 0.5", as_number(I(f"m_{d}")[:, 1]) * 0.5)
        case(f"SCALE m_{d}[0] BY s_f64", a * I("s_f64"))
    case("m_f32 * s_f64", I("m_f32") * I("s_f64"))
    case("m_f32 / 3", I("m_f32") / 3)
    case("m_f32 * (1 / 3)", I("m_f32") * (1 / 3))
    case("m_f32 + SQRT(2)", I("m_f32") + math.sqrt(2))
    case("m_f32 - (1 + 0.5) ^ 2", I("m_f32") - 2.25)
    case("m_i64 * (2 ^ 3)", I("m_i64") * 8.0)
    case("m_f32 * CAST(2 AS f64)", I("m_f32") * np.float64(2))
    case("7 / 2", np.float64(3.5))
    case("-2 ^ 2", np.float64(-4))
    case("2 ^ 3 ^ 2", np.float64(512))
    case("v_f32 ^ 2", power(I("v_f32"), np.float32([2])), "ulp:1")
    case("v_f64 ^ 0.5", power(I("v_f64"), np.array([0.5])), "ulp:1")


def broadcasting():
    m, row, t, e = I("m_f64"), I("row_f64"), I("t_f64"), I("e_f64")
    case("m_f64 + row_f64", m + row)
    case("v = m_f64[:, 1:2]; r = v * row_f64", m[:, 1:2] * row)
    case("v = m_f64[:, 1:2]; r = v - TRANSPOSE v", m[:, 1:2] - m[:, 1:2].T)
    case("t_f64 - m_f64", t - m)
    case("t_f64 * m_f64[:, 0:1]", t * m[:, 0:1])
    case("v = t_f64[::-1, :, ::3]; r = v + t_f64[:, 1:2, 1:2]", t[::-1, :, ::3] + t[:, 1:2, 1:2])
    case("e_f64 + m_f64[0, :3]", e + m[0, :3])
    case("e_f64 * e_f64[:, 0:1]", e * e[:, 0:1])
    case("s_f64 + s_f64", np.asarray(I("s_f64") + I("s_f64")))
    case("m_f64[0:0, 0] + m_f64[0:1, 0]", m[0:0, 0] + m[0:1, 0])
    case("m_f32 + t_i64", I("m_f32") + I("t_i64"))
    error("m_f64 + e_f64", "shape_mismatch")
    error("m_f64 + m_f64[:, 0]", "shape_mismatch")


def domains():
    for text, op in [("least + least", "integer_overflow"), ("least - 1", "integer_overflow"), ("least * 2", "integer_overflow"),
                     ("least DIV -1", "integer_overflow"), ("least DIV 0", "division_by_zero"), ("least % 0", "division_by_zero")]:
        error(text, op)
    case("least % -1", np.array([0, 0]))
    case("least / -1", np.array([2.0**63, -5.0]))
    case("least / 0", np.array([-np.inf, np.inf]))
    case("m_f64[0] DIV 0", np.trunc(I("m_f64")[0] / 0))
    case("m_f64[0] % 0", np.fmod(I("m_f64")[0], 0))
    z = np.array([0j, 1 + 2j])
    case("COMPLEX([0, 1], [0, 2]) ^ 2", z**2, "rel:1e-15")
    case("COMPLEX([0, 1], [0, 2]) ^ 0", z**0, "rel:1e-15")
    case("COMPLEX([0, 1], [0, 2]) ^ 0.5", z**0.5, "rel:1e-15")
    case("COMPLEX([0, 0], [0, 0]) ^ -1", np.zeros(2, complex) ** np.array([-1, -1]))
    # Finite quotients whose squares leave the range of a double.
    case("v_c128[12:] / v_c128[12:]", np.ones(3, complex), "rel:1e-15")
    case("v_c64[12:] / v_c64[12:]", np.ones(3, np.complex64), "rel:4e-7")


def selection():
    for d in DTYPES:
        x, y = I(f"m_{d}"), I(f"t_{d}")[0]
        case(f"WHERE(m_f64 > 1, m_{d}, t_{d}[0])", np.where(I("m_f64") > 1, x, y))
        case(f"v = TRANSPOSE m_{d}; r = WHERE(m_bool[0, 1:], v, v[::-1])", np.where(I("m_bool")[0, 1:], x.T, x.T[::-1]))
        case(f"WHERE(m_bool, m_{d}, s_{d})", np.where(I("m_bool"), x, I(f"s_{d}")))
        case(f"m_{d}[m_bool]", x[I("m_bool")])
        case(f"v = TRANSPOSE m_{d}; r = v[v != v[1]]", x.T[x.T != x.T[1]])
        case(f"m_{d}[m_bool[:, 1]]", x[I("m_bool")[:, 1]])
        case(f"e_{d}[e_bool]", I(f"e_{d}")[I("e_bool")])
    case("WHERE(m_bool, m_f32, m_i64)", np.where(I("m_bool"), I("m_f32"), I("m_i64")))
    case("WHERE(m_bool, m_f32, 0)", np.where(I("m_bool"), I("m_f32"), np.float32(0)))
    for d in REAL[:3]:
        v, w = I(f"v_{d}"), I(f"w_{d}")
        case(f"CLIP(v_{d}, -2, 3)", np.clip(v, v.dtype.type(-2), v.dtype.type(3)), "equal")
        case(f"CLIP(v_{d}, w_{d}, 100)", np.minimum(np.maximum(v, w), v.dtype.type(100)), "equal")
        case(f"v = m_{d}[::-1, ::2]; r = CLIP(v, -1, v[0])",
             np.clip(I(f"m_{d}")[::-1, ::2], v.dtype.type(-1), I(f"m_{d}")[::-1, ::2][0]), "equal")
    case("CLIP(m_i64, -1.5, 2.5)", np.clip(I("m_i64"), -1.5, 2.5))


def casts():
    for x, y in itertools.product(DTYPES, DTYPES):
        a = I(f"v_{x}")
        if x[0] == "c" and y[0] != "c":
            error(f"CAST(m_{x} AS {y})", "dtype_mismatch")
            continue
        source = f"v_{x}"
        if x[0] == "f" and y == "i64":
            source, a = f"v_{x}[:14]", a[:14]
        case(f"CAST({source} AS {y})", a.astype(TYPES[y]))
        case(f"v = m_{x}[::-1, ::2]; r = CAST(v AS {y})", I(f"m_{x}")[::-1, ::2].astype(TYPES[y]))
        case(f"CAST(e_{x} AS {y})", I(f"e_{x}").astype(TYPES[y]))
    for text in ["[nan]", "[inf]", "[9223372036854775808.0]", "[-9223372036854777856.0]"]:
        error(f"CAST({text} AS i64)", "undefined_result")
    case("CAST([-9223372036854775808.0, 9223372036854774784.0] AS i64)", np.array([-(2**63), 9223372036854774784]))
    for x, y in itertools.product(REAL, REAL):
        a, b = I(f"m_{x}").T, I(f"m_{y}").T
        to = np.result_type(a, b) if np.result_type(a, b).kind == "f" else np.dtype("float64")
        case(f"COMPLEX(TRANSPOSE m_{x}, TRANSPOSE m_{y})", (a.astype(to) + 1j * b.astype(to)))
    case("COMPLEX(m_f64, row_f64[1])", I("m_f64") + 1j * I("row_f64")[1])
    case("COMPLEX([inf, nan, -0.0], [-inf, 1, -0.0])", np.array([complex(np.inf, -np.inf), complex(np.nan, 1), complex(-0.0, -0.0)]))


# Reductions


def exactly(x):
    """A sum without rounding errors but the last."""
    x = x.ravel()
    if x.dtype.kind == "c":
        return complex(math.fsum(x.real), math.fsum(x.imag))
    return math.fsum(x.tolist()) if x.dtype.kind == "f" else int(x.astype(object).sum()) if x.size else 0


def along(function, x, axis, dtype):
    """A function of a vector over all elements, or over each lane along an axis."""
    if axis is None:
        return np.array(function(x.ravel()), dtype)
    moved = np.moveaxis(x, axis, -1)
    out = [function(moved[place]) for place in np.ndindex(moved.shape[:-1])]
    return np.array(out, dtype).reshape(moved.shape[:-1])


def product(x):
    return np.prod(x.astype({"f": np.longdouble, "c": np.clongdouble}.get(x.dtype.kind, object))) if x.size else 1


def mean(x):
    return exactly(x) / x.size if x.size else complex(math.nan, math.nan) if x.dtype.kind == "c" else math.nan


def variance(ddof):
    def run(x):
        if x.size <= ddof:
            return math.nan
        x = x.astype(np.clongdouble if x.dtype.kind == "c" else np.longdouble)
        return np.sum(np.abs(x - np.mean(x)) ** 2) / (x.size - ddof)

    return run


def stdev(ddof):
    return lambda x: np.sqrt(variance(ddof)(x))


def norm(x):
    x = x.astype(np.clongdouble if x.dtype.kind == "c" else np.longdouble)
    return np.sqrt(np.sum(np.abs(x) ** 2))


def sums(d):
    return {"bool": "int64", "i64": "int64", "c64": "complex128", "c128": "complex128"}.get(d, "float64")


def means(d):
    return "complex128" if d[0] == "c" else "float64"


REDUCTIONS = [
    ("SUM", exactly, sums, DTYPES, "exact", "exact"),
    ("PROD", product, sums, DTYPES, "ulp:8", "rel:4e-15"),
    ("MEAN", mean, means, DTYPES, "ulp:1", "ulp:1"),
    ("VARIANCE", variance(1), lambda d: "float64", DTYPES, "ulp:4", "ulp:4"),
    ("VARIANCE_POP", variance(0), lambda d: "float64", DTYPES, "ulp:4", "ulp:4"),
    ("STDEV", stdev(1), lambda d: "float64", DTYPES, "ulp:4", "ulp:4"),
    ("STDEV_POP", stdev(0), lambda d: "float64", DTYPES, "ulp:4", "ulp:4"),
    ("L2_NORM", norm, lambda d: "float64", DTYPES, "ulp:2", "ulp:2"),
    ("MIN", np.min, lambda d: TYPES[d], REAL, "equal", None),
    ("MAX", np.max, lambda d: TYPES[d], REAL, "equal", None),
    ("ARGMIN", np.argmin, lambda d: "int64", REAL, "exact", None),
    ("ARGMAX", np.argmax, lambda d: "int64", REAL, "exact", None),
    ("ANY", np.any, lambda d: "bool", ["bool"], "exact", None),
    ("ALL", np.all, lambda d: "bool", ["bool"], "exact", None),
]
NEED_ELEMENTS = ("MIN", "MAX", "ARGMIN", "ARGMAX")


def reductions():
    for name, function, result, dtypes, real, complex_ in REDUCTIONS:
        for d in dtypes:
            tolerance = complex_ if d[0] == "c" else real
            to = result(d)
            for kind, text, view in views(d):
                if kind == "empty" and name in NEED_ELEMENTS:
                    continue
                case(f"v = {text}; r = {name} v", along(function, view, None, to), tolerance)
                for axis in range(view.ndim):
                    spelled = axis - view.ndim if (axis + len(kind)) % 2 else axis
                    case(f"v = {text}; r = {name} v AXIS {spelled}", along(function, view, axis, to), tolerance)
            t = I(f"t_{d}")
            for axis in range(3):
                case(f"{name} t_{d} AXIS {axis}", along(function, t, axis, to), tolerance)
            case(f"v = TRANSPOSE(t_{d})[::-1, :, ::-1]; r = {name} v AXIS 1", along(function, t.T[::-1, :, ::-1], 1, to), tolerance)
    for name in NEED_ELEMENTS:
        error(f"{name} e_f64", "bad_shape")
        error(f"{name} e_f64 AXIS 0", "bad_shape")
        to = {"A": np.int64}.get(name[0], np.float64)
        case(f"{name} e_f64 AXIS 1", np.empty(0, to))
        error(f"{name} m_c128", "dtype_mismatch")
        function = getattr(np, name.lower())
        case(f"{name} gap", np.asarray(function(I("gap"))), "exact")
        case(f"{name} ties", np.asarray(function(I("ties"))), "exact")
        case(f"{name} ties AXIS 0", function(I("ties"), axis=0), "exact")
        case(f"{name} ties AXIS 1", function(I("ties"), axis=1), "exact")
        case(f"{name} ties[:2]", np.asarray(function(I("ties")[:2])), "exact")
    error("ANY m_f64", "dtype_mismatch")
    error("SUM m_f64 AXIS 2", "axis_out_of_range")
    error("SUM m_f64 AXIS -3", "axis_out_of_range")
    extremes()


def extremes():
    far, n = I("far"), I("n")
    case("SUM n", math.fsum(n), "ulp:1")
    case("SUM far", math.fsum(far), "ulp:1")
    case("VARIANCE far", variance(1)(far), "rel:1e-12", "f64")
    case("STDEV far", stdev(1)(far), "rel:1e-12", "f64")
    case("MEAN n AXIS 0", math.fsum(n) / 60, "ulp:1")
    case("SUM [1e16, 1, -1e16]", 1.0)
    case("SUM [inf, 1]", np.inf)
    case("SUM [inf, -inf]", np.nan)
    case("SUM [nan, 1]", np.nan)
    case("SUM [1e308, 1e308]", np.inf)
    case("MEAN [inf, 1, 2]", np.inf)
    case("SUM gap", np.nan)
    case("PROD [inf, 0]", np.nan)
    case("PROD [1e200, 1e200]", np.inf)
    case("VARIANCE [1, inf]", np.nan)
    case("L2_NORM [3e200, 4e200]", 5e200, "ulp:1")
    case("L2_NORM [3e-200, 4e-200]", 5e-200, "ulp:1")
    case("L2_NORM [3e-320, 4e-320]", 5e-320, "ulp:1")
    case("L2_NORM [[3e200, 0], [4e200, 0]] AXIS 0", np.array([5e200, 0.0]), "ulp:1")
    case("L2_NORM [inf, nan]", np.nan)
    case("L2_NORM [-inf, 1]", np.inf)
    case("STDEV [7]", np.nan)
    case("STDEV_POP [7]", 0.0)
    case("SUM v_i64[:12]", I("v_i64")[:12].sum())
    case("MEAN v_i64", float(sum(map(int, I("v_i64")))) / 17, "ulp:2")
    error("SUM v_i64[:16]", "integer_overflow")
    error("PROD v_i64[10:]", "integer_overflow")
    case("SUM(CAST(ONES [16777217] AS f32))", 16777217.0)
    case("v = ARANGE 0, 16777217; r = SUM(CAST(v * 0 + 1 AS f32))", 16777217.0)
    case("v = ARANGE 0, 1000000; r = SUM(v * 0.1)", math.fsum(np.arange(1000000) * 0.1), "ulp:1")
    case("v = ARANGE 0, 1000000; r = STDEV_POP v", np.sqrt(np.longdouble(10**12 - 1) / 12), "ulp:4", "f64")


# Shapes


def shapes():
    for d in DTYPES:
        m, t = I(f"m_{d}"), I(f"t_{d}")
        case(f"TRANSPOSE t_{d}", t.T)
        case(f"v = TRANSPOSE m_{d}; r = RESHAPE v TO [2, -1]", m.T.reshape(2, -1))
        case(f"FLATTEN(TRANSPOSE t_{d})", t.T.ravel())
        case(f"v = t_{d}[::-1, 1:, ::2]; r = RESHAPE v TO [4, 2]", t[::-1, 1:, ::2].reshape(4, 2))
        case(f"STACK m_{d}[0] m_{d}[::-1][0] row_{d}", np.stack([m[0], m[2], m[1]]))
        case(f"v = TRANSPOSE m_{d}; r = STACK v v[::-1]", np.stack([m.T, m.T[::-1]]))
        case(f"CONCAT m_{d} m_{d}[1:2]", np.concatenate([m, m[1:2]]))
        case(f"v = m_{d}[:, ::-2]; r = CONCAT v m_{d} b_{d} AXIS 1", np.concatenate([m[:, ::-2], m, I(f"b_{d}")], axis=1))
        case(f"CONCAT t_{d} t_{d}[:, 0:1] AXIS -2", np.concatenate([t, t[:, 0:1]], axis=1))
        case(f"CONCAT e_{d} m_{d}[:, :3]", np.concatenate([I(f"e_{d}"), m[:, :3]]))
        case(f"t_{d}[1, ::-1, 1:3]", t[1, ::-1, 1:3])
        case(f"t_{d}[-1, -2]", t[-1, -2])
        case(f"t_{d}[:, *, 3:0:-2]", t[:, :, 3:0:-2])
        case(f"t_{d}[0, 1, 2]", t[0, 1, 2])
    m, v, t = I("m_f64"), I("v_f64"), I("t_f64")
    case("CONCAT m_f32 m_i64", np.concatenate([I("m_f32"), I("m_i64")]))
    case("STACK m_bool m_f32", np.stack([I("m_bool"), I("m_f32")]))
    case("RESHAPE b_f64 TO [12]", I("b_f64").reshape(12))
    case("RESHAPE b_f64 TO [3, 2, 2]", I("b_f64").reshape(3, 2, 2))
    case("RESHAPE s_f64 TO [1, 1]", I("s_f64").reshape(1, 1))
    case("RESHAPE m_f64[0:1, 0] TO []", m[0:1, 0].reshape(()))
    case("RESHAPE e_f64 TO [3, 0, 5]", I("e_f64").reshape(3, 0, 5))
    case("FLATTEN s_f64", I("s_f64").ravel())
    case("FLATTEN e_f64", I("e_f64").ravel())
    case("TRANSPOSE row_f64", I("row_f64").T)
    case("TRANSPOSE s_f64", I("s_f64").T)
    case("m_f64[1:1]", m[1:1])
    case("m_f64[2:0]", m[2:0])
    case("m_f64[3:]", m[3:])
    case("m_f64[-2:, :-1]", m[-2:, :-1])
    case("m_f64[::7, ::-3]", m[::7, ::-3])
    case("m_f64[1:2][::-1, 0]", m[1:2][::-1, 0])
    case("v = v_f64[20:2:-3]; r = v[-1:0:-2]", v[20:2:-3][-1:0:-2])
    case("v = TRANSPOSE(t_f64[::-1]); r = v[1:, ::-1][::2, 0]", t[::-1].T[1:, ::-1][::2, 0])
    for text in ("m_f64[3]", "m_f64[0, -5]"):
        error(text, "index_out_of_range")
    for text in ("m_f64[0:4]", "m_f64[:, -5:]", "m_f64[7:7]"):
        error(text, "range_out_of_range")


# Linear algebra


def matmul(a, b):
    return np.matmul(as_number(a), as_number(b)) if a.dtype == b.dtype else np.matmul(a, b)


def products():
    for d in DTYPES:
        m, t = I(f"m_{d}"), I(f"t_{d}")
        pairs = [
            (f"m_{d}[0]", m[0], f"row_{d}", m[1]),
            (f"m_{d}", m, f"m_{d}[2]", m[2]),
            (f"m_{d}[:, 1]", m[:, 1], f"m_{d}", m),
            (f"m_{d}", m, f"(TRANSPOSE m_{d})", m.T),
            (f"(TRANSPOSE m_{d})[::-1]", m.T[::-1], f"m_{d}[:, ::-2]", m[:, ::-2]),
            (f"b_{d}", I(f"b_{d}"), f"(TRANSPOSE b_{d})", I(f"b_{d}").T),
            (f"t_{d}", t, f"(TRANSPOSE m_{d})", m.T),
            (f"(TRANSPOSE m_{d})", m.T, f"t_{d}", t),
            (f"t_{d}", t, f"row_{d}", m[1]),
            (f"m_{d}[:, 0]", m[:, 0], f"t_{d}", t),
            (f"t_{d}[::-1, :, 1:3]", t[::-1, :, 1:3], f"t_{d}[:, 1:, :]", t[:, 1:, :]),
        ]
        for left, a, right, b in pairs:
            case(f"v = {left}; w = {right}; r = v @ w", matmul(a, b))
    for d in ("f64", "f32", "i64", "c128"):
        t, m = I(f"t_{d}"), I(f"m_{d}")
        left, right = t.reshape(2, 1, 3, 4), t.reshape(2, 4, 3)
        case(f"v = RESHAPE t_{d} TO [2, 1, 3, 4]; w = RESHAPE t_{d} TO [2, 4, 3]; r = MATMUL v w", matmul(left, right))
        case(f"v = t_{d}[0:1]; w = RESHAPE t_{d} TO [2, 4, 3]; r = MATMUL v w", matmul(t[0:1], right))
        case(f"MATMUL e_{d} m_{d}", matmul(I(f"e_{d}"), m))
        case(f"v = TRANSPOSE e_{d}; r = v @ e_{d}", matmul(I(f"e_{d}").T, I(f"e_{d}")))
        case(f"v = m_{d}[:, 0:0]; r = v @ TRANSPOSE(v)", matmul(m[:, 0:0], m[:, 0:0].T))
    for x, y in [("f64", "f32"), ("f32", "i64"), ("bool", "f32"), ("i64", "bool"), ("c64", "f64"), ("f32", "c64")]:
        case(f"m_{x} @ TRANSPOSE(m_{y})", matmul(I(f"m_{x}"), I(f"m_{y}").T))
    m = I("m_f64")
    case("m_f64 @ TRANSPOSE(m_f64) @ m_f64 @ row_f64", m @ m.T @ m @ m[1], "rel:1e-14")
    case("2 * m_f64 @ row_f64 - 1", 2 * m @ m[1] - 1)
    case("[[nan, 0], [1, inf]] @ [1, 0]", np.array([np.nan, np.nan]))
    case("v = RESHAPE(ARANGE 0, 3600) TO [60, 60] % 17; r = SUM(v @ TRANSPOSE(v[::-1]) @ v) AXIS 0",
         (lambda v: (v @ v[::-1].T @ v).sum(axis=0))(np.arange(3600).reshape(60, 60) % 17))
    case("v = (RESHAPE(ARANGE 0, 40000) TO [200, 200] % 19) / 4; r = SUM((v[:, ::-1] @ TRANSPOSE v)[::7, ::-3]) AXIS 0",
         (lambda v: (v[:, ::-1] @ v.T)[::7, ::-3].sum(axis=0))((np.arange(40000).reshape(200, 200) % 19) / 4))
    case("v = CAST(RESHAPE(ARANGE 0, 40000) TO [200, 200] % 19 AS f32); r = SUM(TRANSPOSE(v) @ v[:, 3:5]) AXIS 0",
         (lambda v: (v.T @ v[:, 3:5]).sum(axis=0))(np.arange(40000).reshape(200, 200) % 19), dtype="f64")
    error("m_f64 @ m_f64", "shape_mismatch")
    error("m_f64 @ 2", "shape_mismatch")
    error("v_i64[13:] @ v_i64[13:]", "integer_overflow")


SUBSCRIPTS = [
    ("ij,jk->ik", "m", "T"), ("ij,jk", "m", "T"), ("ij,kj", "m", "m"), ("ji,jk", "m", "m"), ("ij->ji", "m"), ("ba", "m"),
    ("ij->", "m"), ("ij->j", "m"), ("ij->i", "m"), ("ii", "q"), ("ii->i", "q"), ("ij,ij->", "m", "m"), ("ij,ij->i", "m", "m"),
    ("ij,ij->ji", "m", "m"), ("i,j->ij", "c", "r"), ("i,j", "c", "r"), ("j,j", "r", "r"), ("j,j->j", "r", "r"),
    ("ij,j", "m", "r"), ("bij->bji", "t"), ("bij,bkj->bik", "t", "t"), ("bij,kj->bki", "t", "m"), ("bij,bij->b", "t", "t"),
    ("bij->ij", "t"), ("bij,j->i", "t", "r"), ("...ij->...ji", "t"), ("...j,kj->...k", "t", "m"), ("...ij,...kj", "t", "t"),
    ("i...->...", "t"), ("...", "t"), ("b...,b...->...", "t", "t"), ("ij,kj,kl->il", "m", "m", "m"), ("iib->b", "x"),
    ("iij,jk->ik", "x", "m4"), (",ij->ij", "s", "m"), ("ij, jk -> ki", "m", "T"), ("Aa,ab->Ab", "m", "T"), ("ij,ik,il->jkl", "m", "m", "m"),
    ("ij,kl->iljk", "q", "q"), ("ij,ji", "q", "q"),
]


def einsums():
    for d in DTYPES:
        m, t = as_number(I(f"m_{d}")), as_number(I(f"t_{d}"))
        operands = {
            "m": (f"m_{d}", m), "T": (f"TRANSPOSE(m_{d})", m.T), "q": (f"m_{d}[:, :3]", m[:, :3]), "c": (f"m_{d}[:, 1]", m[:, 1]),
            "r": (f"row_{d}", m[1]), "t": (f"t_{d}", t), "s": (f"s_{d}", m[2, 0]), "m4": (f"TRANSPOSE(m_{d})[:2]", m.T[:2]),
            "x": (f"TRANSPOSE(t_{d})[1:3, 0:2]", t.T[1:3, 0:2]),
        }
        for text, *names in SUBSCRIPTS if d in ("f64", "c64", "i64") else SUBSCRIPTS[::3]:
            arguments = ", ".join(operands[name][0] for name in names)
            case(f"EINSUM('{text}', {arguments})", np.einsum(text, *(operands[name][1] for name in names)))
    for d in ("f64", "i64"):
        e, m = I(f"e_{d}"), I(f"m_{d}")
        case(f"EINSUM('ij,jk->ik', e_{d}, m_{d})", np.einsum("ij,jk->ik", e, m))
        case(f"EINSUM('ij->j', e_{d})", np.einsum("ij->j", e))
        case(f"EINSUM('ij,ik->jk', e_{d}, e_{d})", np.einsum("ij,ik->jk", e, e))
        case(f"v = t_{d}[::-1, :, ::-2]; r = EINSUM('bij,bik->bjk', v, t_{d})", np.einsum("bij,bik->bjk", I(f"t_{d}")[::-1, :, ::-2], I(f"t_{d}")))
        case(f"EINSUM('ij,kj->ik', b_{d}, m_{d})", np.einsum("ij,kj->ik", I(f"b_{d}"), m))
    case("EINSUM('ij,jk->ik', m_f32, TRANSPOSE m_i64)", np.einsum("ij,jk->ik", I("m_f32"), I("m_i64").T))
    t = I("t_f64")
    case("EINSUM('...j,...j->...j', t_f64[0:1], t_f64)", np.einsum("...j,...j->...j", t[0:1], t))
    case("EINSUM('...ij,...kj->...ik', t_f64, m_f64[0:1])", np.einsum("...ij,...kj->...ik", t, I("m_f64")[0:1]))
    case("v = t_f64[:, :, 0:1]; w = t_f64[0:1]; r = EINSUM('...,...', v, w)", np.einsum("...,...", t[:, :, 0:1], t[0:1]))
    # A label of size 1 does not stretch as it does in NumPy: a mistake in a shape would pass for a product.
    error("EINSUM('ij,ij->ij', m_f64[0:1], m_f64)", "bad_argument")
    for text in ("'ij,jk', m_f64", "'i', m_f64", "'ij->k', m_f64", "'ij,jk', m_f64, m_f64"):
        error(f"EINSUM({text})", "bad_argument")


def pairs():
    for d in ("f64", "f32", "i64", "bool"):
        m = as_number(I(f"m_{d}"))
        wide = m.astype(np.longdouble)
        for text, a, b in [(f"v = m_{d}[0]; w = row_{d}; ", wide[0], wide[1]),
                           (f"v = m_{d}[:, 1]; w = m_{d}[::-1, 2]; ", wide[:, 1], wide[::-1, 2])]:
            to = "i64" if d in ("i64", "bool") else "f64"
            case(f"{text}r = DOT v w", np.dot(a, b), "exact", to)
        for text, a, b in [(f"v = TRANSPOSE m_{d}; w = TRANSPOSE(t_{d}[0]); ", wide.T, I(f"t_{d}").astype(np.longdouble)[0].T),
                           (f"v = m_{d}[0]; w = m_{d}[2, ::-1]; ", wide[0], wide[2, ::-1])]:
            a, b = a.ravel(), b.ravel()
            case(f"{text}r = DISTANCE v TO w", np.sqrt(np.sum((a - b) ** 2)), "ulp:2", "f64")
            case(f"{text}r = L1_DISTANCE v TO w", np.sum(np.abs(a - b)), "exact", "f64")
            case(f"{text}r = SIMILARITY v WITH w", np.sum(a * b) / np.sqrt(np.sum(a * a) * np.sum(b * b)), "ulp:4", "f64")
            x, y = a - a.mean(), b - b.mean()
            case(f"{text}r = CORRELATE v WITH w", np.sum(x * y) / np.sqrt(np.sum(x * x) * np.sum(y * y)), "rel:1e-14", "f64")
        for axis, text in [(None, ""), (0, " AXIS 0"), (1, " AXIS -1")]:
            lengths = np.sqrt(np.sum(wide**2, axis=axis, keepdims=True))
            to = "f32" if d == "f32" else "f64"
            case(f"v = m_{d}; r = NORMALIZE v{text}", wide / lengths, "ulp:1", to)
            case(f"v = TRANSPOSE(m_{d})[::-1]; r = NORMALIZE v{text.replace('0', '1') if axis == 0 else text.replace('-1', '0')}",
                 (wide / lengths).T[::-1], "ulp:1", to)
    for d in ("c128", "c64"):
        m = I(f"m_{d}")
        case(f"DOT m_{d}[0] m_{d}[2, ::-1]", np.dot(m[0], m[2, ::-1]), "exact", "c128")
        case(f"NORMALIZE m_{d}", m / np.sqrt(np.sum(np.abs(m.astype(np.clongdouble)) ** 2)), "ulp:1", d)
        error(f"SIMILARITY m_{d} WITH m_{d}", "dtype_mismatch")
    case("DOT m_f64[0, 0:0] m_f64[0, 0:0]", 0.0)
    case("DISTANCE m_f64[0, 0:0] TO m_f64[0, 0:0]", 0.0)
    case("DOT [inf, 1] [0, 1]", np.nan)
    case("DISTANCE [3e200, 0] TO [0, 4e200]", 5e200, "ulp:1")
    case("DISTANCE [3e-200, 0] TO [0, 4e-200]", 5e-200, "ulp:1")
    case("SIMILARITY [3e200, 4e200] WITH [3e-200, 4e-200]", 1.0, "ulp:1")
    case("SIMILARITY [3e-320, 4e-320] WITH [3, 4]", 1.0, "rel:1e-3")
    case("SIMILARITY n WITH n", 1.0)
    case("SIMILARITY n WITH (-n)", -1.0)
    case("NORMALIZE [3e200, 4e200]", np.array([0.6, 0.8]), "ulp:1")
    case("NORMALIZE [3e-200, 4e-200]", np.array([0.6, 0.8]), "ulp:1")
    case("NORMALIZE m_f64[0, 0:0]", np.empty(0))
    n, n2 = I("n").astype(np.longdouble), I("n2").astype(np.longdouble)
    x, y = n - n.mean(), n2 - n2.mean()
    case("CORRELATE n WITH n2", np.sum(x * y) / np.sqrt(np.sum(x * x) * np.sum(y * y)), "rel:1e-13", "f64")
    case("CORRELATE (n + 1e6) WITH n2", np.sum(x * y) / np.sqrt(np.sum(x * x) * np.sum(y * y)), "rel:1e-8", "f64")
    case("v = n[::-2]; w = n2[1::2]; r = DOT v w", np.dot(n[::-2], n2[1::2]), "ulp:2", "f64")
    for text in ("NORMALIZE [0, 0]", "NORMALIZE [[1, 2], [0, 0]] AXIS 1", "SIMILARITY [0, 0] WITH [1, 2]", "CORRELATE [1, 1] WITH [1, 2]"):
        error(text, "undefined_result")
    error("DOT m_f64[0] m_f64[:, 0]", "shape_mismatch")


def systems():
    bind("a4", noise(11, 16).reshape(4, 4) + np.eye(4))
    bind("a4c", (noise(12, 16) + 1j * noise(13, 16)).reshape(4, 4) + np.eye(4))
    a, b = I("a4"), I("t_f64").reshape(4, 6)
    case("SOLVE a4 row_f64", np.linalg.solve(a, I("row_f64")), "rel:1e-12")
    case("v = TRANSPOSE a4; w = RESHAPE t_f64 TO [4, 6]; r = SOLVE v w", np.linalg.solve(a.T, b), "rel:1e-12")
    case("v = a4[::-1, ::-1]; r = INVERSE v", np.linalg.inv(a[::-1, ::-1]), "rel:1e-12")
    case("DET a4", np.linalg.det(a), "rel:1e-13")
    case("DET a4c", np.linalg.det(I("a4c")), "rel:1e-13")
    case("INVERSE a4c", np.linalg.inv(I("a4c")), "rel:1e-12")
    case("SOLVE a4c row_f64", np.linalg.solve(I("a4c"), I("row_f64")), "rel:1e-12")
    case("SOLVE (CAST(a4 AS f32)) row_f32", np.linalg.solve(a, I("row_f64")).astype(np.float32), "rel:1e-5")
    case("DET m_i64[:, :3]", np.linalg.det(I("m_i64")[:, :3].astype(float)), "rel:1e-13")
    case("DET m_f64[0:0, 0:0]", 1.0)


# Statistics


def ordering():
    for d in REAL:
        m, t = I(f"m_{d}"), I(f"t_{d}")
        for _, text, view in views(d):
            if view.ndim:
                case(f"v = {text}; r = SORT v", np.sort(view, kind="stable"), "equal")
                case(f"v = {text}; r = ARGSORT v", np.argsort(view, kind="stable"))
            case(f"v = {text}; r = UNIQUE v", np.unique(view), "equal")
        case(f"SORT v_{d}", np.sort(I(f"v_{d}"), kind="stable"), "equal")
        case(f"ARGSORT v_{d}", np.argsort(I(f"v_{d}"), kind="stable"))
        case(f"UNIQUE v_{d}", np.unique(I(f"v_{d}")), "equal")
        case(f"SORT t_{d}[:, ::-1, 1:]", np.sort(t[:, ::-1, 1:]), "equal")
    for name in ("gap", "ties"):
        case(f"SORT {name}", np.sort(I(name)), "equal")
        case(f"ARGSORT {name}", np.argsort(I(name), kind="stable"))
        case(f"UNIQUE {name}", np.unique(I(name)), "equal")
    big = np.arange(200000) * 7919 % 200003
    case("v = (ARANGE 0, 200000) * 7919 % 200003; r = (SORT v)[::20011]", np.sort(big)[::20011])
    case("v = (ARANGE 0, 200000) * 7919 % 97; r = (ARGSORT v)[::20011]", np.argsort(np.arange(200000) * 7919 % 97, kind="stable")[::20011])
    case("v = (ARANGE 0, 200000) * 7919 % 97; r = UNIQUE v", np.arange(97))
    error("SORT m_c128", "dtype_mismatch")


def scans():
    for d in DTYPES:
        for kind, text, view in views(d, None if d == "f64" else FEW):
            x = as_number(view)
            case(f"v = {text}; r = CUMSUM v", np.cumsum(x, dtype=x.dtype))
            for axis in range(view.ndim):
                case(f"v = {text}; r = CUMSUM v AXIS {axis}", np.cumsum(x, axis=axis, dtype=x.dtype))
            if view.ndim:
                case(f"v = {text}; r = DIFF v", np.diff(x))
        case(f"CUMSUM t_{d} AXIS -2", np.cumsum(as_number(I(f"t_{d}")), axis=1))
        case(f"DIFF t_{d}[::-1]", np.diff(as_number(I(f"t_{d}"))[::-1]))
    n = I("n")
    case("CUMSUM n", [math.fsum(n[: i + 1]) for i in range(60)], "ulp:1")
    case("v = CAST(n AS f32); r = CUMSUM v", np.array([math.fsum(n.astype(np.float32).astype(float)[: i + 1]) for i in range(60)], np.float32))
    case("CUMSUM gap", np.cumsum(I("gap")))
    case("CUMSUM [inf, 1, -inf, 2]", np.array([np.inf, np.inf, np.nan, np.nan]))
    case("DIFF gap", np.diff(I("gap")))
    case("DIFF [5]", np.empty(0))
    case("DIFF m_f64[:, 0:0]", np.empty((3, 0)))
    case("v = ARANGE 0, 1000000; r = (CUMSUM v)[999999::-99999]", np.cumsum(np.arange(1000000))[999999::-99999])
    error("CUMSUM v_i64[14:16]", "integer_overflow")
    error("DIFF v_i64[15:]", "integer_overflow")
    error("DIFF s_f64", "bad_shape")


def distributions():
    fractions = [0.0, 0.1, 0.25, 0.5, 0.9, 1.0]
    for d in REAL:
        for kind, text, view in views(d):
            if kind == "empty":
                continue
            x = view.astype(float)
            case(f"v = {text}; r = QUANTILE v 0.3", np.quantile(x, 0.3), "ulp:1")
            case(f"v = {text}; r = QUANTILE v {fractions}", np.quantile(x, fractions), "ulp:1")
        for kind, text, view in views(d):
            x = view.astype(float)
            for bins in (1, 5):
                counts, edges = np.histogram(x, bins)
                case(f"v = {text}; r = HISTOGRAM v BINS {bins}", counts.astype(np.int64))
                case(f"v = {text}; r = HISTOGRAM_EDGES v BINS {bins}", edges, "ulp:1")
    n = I("n")
    case("QUANTILE n [0.05, 0.5, 0.95]", np.quantile(n, [0.05, 0.5, 0.95]), "ulp:1")
    case("QUANTILE n [[0.05, 0.5], [0.95, 1]]", np.quantile(n, [[0.05, 0.5], [0.95, 1]]), "ulp:1")
    case("QUANTILE gap 0.5", np.nan)
    case("QUANTILE [1, 2, inf] [0, 0.5, 1]", np.array([1.0, 2.0, np.inf]))
    case("HISTOGRAM n BINS 13", np.histogram(n, 13)[0])
    case("HISTOGRAM_EDGES n BINS 13", np.histogram(n, 13)[1], "ulp:1")
    case("v = n[::-3]; r = HISTOGRAM v BINS 4", np.histogram(n[::-3], 4)[0])
    case("v = (ARANGE 0, 300000) * 7919 % 1000; r = HISTOGRAM v BINS 7", np.histogram(np.arange(300000) * 7919 % 1000, 7)[0])
    case("v = (ARANGE 0, 101) / 10; r = HISTOGRAM v BINS 10", np.histogram(np.arange(101) / 10, 10)[0])
    case("v = (ARANGE 0, 300000) * 7919 % 100003; r = QUANTILE v [0.001, 0.5, 0.999]",
         np.quantile((np.arange(300000) * 7919 % 100003).astype(float), [0.001, 0.5, 0.999]), "ulp:1")
    error("QUANTILE e_f64 0.5", "bad_shape")
    error("QUANTILE n 1.5", "bad_argument")
    error("HISTOGRAM gap BINS 3", "undefined_result")
    error("HISTOGRAM n BINS 0", "bad_argument")


# Creation


def creation():
    case("ZEROS [2, 3]", np.zeros((2, 3)))
    case("ZEROS [0, 3]", np.zeros((0, 3)))
    case("ONES [3]", np.ones(3))
    case("v = ONES [2, 2]; r = TRANSPOSE v + m_f64[:2, :2]", 1 + I("m_f64")[:2, :2])
    case("EYE 3", np.eye(3))
    case("EYE 0", np.eye(0))
    case("(EYE 3) @ m_f64", I("m_f64"))
    for start, stop, step in [(0, 5, 1), (5, 0, -2), (-3, 3, 2), (3, 3, 1), (5, 0, 1), (2**62, 2**62 + 5, 2)]:
        case(f"ARANGE({start}, {stop}, {step})", np.arange(start, stop, step))
    for start, stop, step in [(0.0, 1.0, 0.1), (1.0, 2.0, 0.3), (1.5, -1.0, -0.5), (0.0, 0.35, 0.05)]:
        length = len(np.arange(start, stop, step))
        case(f"ARANGE({start}, {stop}, {step})", start + np.arange(length) * step)
    for start, stop, n in [(0, 1, 5), (-1, 1, 7), (5, 5, 3), (0, 1, 1), (0, 1, 0), (1e-300, 3e-300, 4), (1, -2, 10)]:
        case(f"LINSPACE({start}, {stop}, {n})", np.linspace(start, stop, n), "ulp:1")
    # The numbers are not NumPy's; their range, moments and repetition are.
    case("v = RANDOM [4000] SEED 3; r = [MIN v >= 0, MAX v < 1, ABS(MEAN v - 0.5) < 0.02, ABS(VARIANCE v - 1 / 12) < 0.005]", np.ones(4, bool))
    case("v = RANDN [4000] SEED 3; r = [ABS(MEAN v) < 0.06, ABS(STDEV v - 1) < 0.05, ABS(QUANTILE v 0.975 - 1.96) < 0.12]", np.ones(3, bool))
    case("v = RANDN [2, 3] SEED 3; r = ALL(v = RANDN([2, 3], 3))", np.True_)
    case("v = RANDN [100] SEED 3; r = ANY(v = RANDN([100], 4))", np.False_)


# Signals


def signals():
    n, k = I("n"), I("n3")
    z = n + 1j * I("n2")
    spectrum = np.fft.rfft(n)
    rows = np.stack([spectrum.real, spectrum.imag])
    bind("z", z)
    bind("rows", rows)
    case("FFT n", rows, "abs:1e-14")
    case("v = n[::-2]; r = FFT v", (lambda s: np.stack([s.real, s.imag]))(np.fft.rfft(n[::-2])), "abs:1e-14")
    case("FFT z", np.fft.fft(z), "abs:1e-13")
    case("FFT(n[:9], complex => true)", np.fft.fft(n[:9]), "abs:1e-14")
    case("IFFT rows", n, "abs:1e-15")
    case("IFFT(FFT n[:9])", n[:9], "abs:1e-15")
    case("IFFT rows LENGTH 61", np.fft.irfft(spectrum, 61), "abs:1e-14")
    case("IFFT z", np.fft.ifft(z), "abs:1e-14")
    case("MAGNITUDE rows", np.abs(spectrum), "rel:1e-15")
    case("PHASE rows", np.angle(spectrum), "rel:1e-15")
    case("MAGNITUDE z", np.abs(z), "rel:1e-15")
    case("PHASE z", np.angle(z), "rel:1e-15")
    welch = {"window": "hann", "detrend": "constant", "scaling": "density"}
    case("PSD n WINDOW 16", ss.welch(n, nperseg=16, **welch)[1], "rel:1e-10")
    case("PSD n WINDOW 15 OVERLAP 4 TAPER 'none' RATE 100",
         ss.welch(n, 100, nperseg=15, noverlap=4, window="boxcar", detrend="constant")[1], "abs:1e-16")
    case("v = n[::-1]; r = PSD v WINDOW 16 RATE 4096", ss.welch(n[::-1], 4096, nperseg=16, **welch)[1], "rel:1e-10")
    p = np.abs(k) + 0.5
    bins = np.interp(np.arange(31) / 60, np.linspace(0, 0.5, 7), p)
    case("v = ABS n3 + 0.5; r = WHITEN n WITH v", np.fft.irfft(spectrum / np.sqrt(bins), 60), "abs:1e-14")
    sos = ss.butter(4, [10, 20], "bandpass", fs=100, output="sos")
    case("BANDPASS n FROM 10 TO 20 WITH RATE 100", ss.sosfiltfilt(sos, n), "abs:1e-12")
    sos = ss.butter(2, [5, 30], "bandpass", fs=100, output="sos")
    case("v = n[::-1]; r = BANDPASS v FROM 5 TO 30 WITH RATE 100 ORDER 2", ss.sosfiltfilt(sos, n[::-1]), "abs:1e-12")
    f = np.fft.rfftfreq(60, 1 / 100)
    case("BANDPASS n FROM 10 TO 25 WITH RATE 100 METHOD 'brickwall'", np.fft.irfft(spectrum * ((f >= 10) & (f <= 25)), 60), "abs:1e-14")
    padded = np.concatenate([n, np.zeros(7)])
    case("MATCHED_FILTER n WITH n3", [padded[i : i + 7] @ k for i in range(60)], "abs:1e-14")
    case("MATCHED_FILTER n WITH n3 MODE 'circular'", [n[(i + np.arange(7)) % 60] @ k for i in range(60)], "abs:1e-14")
    for mode in ("full", "same", "valid"):
        case(f"CONVOLVE n[::4] WITH n3 MODE '{mode}'", np.convolve(n[::4], k, mode), "abs:1e-14")
    case("RESAMPLE n FROM 2 TO 3", ss.resample_poly(n, 3, 2), "abs:1e-12")
    case("SPECTROGRAM n WINDOW 16 HOP 8 RATE 10",
         ss.spectrogram(n, 10, window="hann", nperseg=16, noverlap=8, detrend="constant", scaling="density", mode="psd")[2], "rel:1e-10")


# Real data


def digits():
    """Nearest centroids of handwritten digits, as examples/digits.lnl finds them."""
    path = pathlib.Path(__file__).parents[3] / "examples/data/digits.csv.gz"
    with gzip.open(path, "rt") as file:
        table = np.loadtxt(file, delimiter=",")
    pixels, labels = table[:, :64], table[:, 64]
    one_hot = (labels[:, None] == np.arange(10)).astype(float)
    centroids = one_hot.T @ pixels / one_hot.sum(axis=0)[:, None]
    distances = np.linalg.norm(pixels[:, None] - centroids, axis=2)
    predicted = distances.argmin(axis=1)
    script = (
        "d = READ_CSV('${examples}/data/digits.csv.gz', header => false); x = CAST(d[:, 0:64] AS f64); y = d[:, 64]; "
        "h = CAST(RESHAPE y TO [-1, 1] = ARANGE(0, 10) AS f64); c = (TRANSPOSE h @ x) / RESHAPE (SUM h AXIS 0) TO [10, 1]; "
        "e = RESHAPE (SUM(x * x, 1)) TO [-1, 1] - 2 * (x @ TRANSPOSE c) + SUM(c * c, 1); p = ARGMIN e AXIS 1; "
    )
    case(f"{script}r = c", centroids, "rel:1e-12")
    case(f"{script}r = MEAN(CAST(p = y AS f64))", np.mean(predicted == labels), "rel:1e-12")
    case(f"{script}r = HISTOGRAM p BINS 10", np.bincount(predicted, minlength=10))


def main():
    print(f"# NumPy {np.__version__}, SciPy {scipy.__version__}")
    inputs()
    for section in (creation, unary, binary, selection, casts, reductions, shapes, products, einsums, pairs, systems, ordering,
                    scans, distributions, signals, digits):
        print("#", section.__name__)
        section()


if __name__ == "__main__":
    main()
