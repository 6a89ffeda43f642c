"""Element-wise functions and operators, casts and selection."""

import itertools
import math

import numpy as np

from .cases import DTYPES, I, TYPES, case, error
from .inputs import FEW, views


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
    words()
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


def words():
    """Choices and tests that are written with words."""
    for d in ("f64", "f32", "i64"):
        x = I(f"m_{d}")
        case(f"m_{d} BETWEEN -1 AND 3", (x >= -1) & (x <= 3))
        case(f"m_{d} NOT BETWEEN -1 AND m_{d}[0, 0]", ~((x >= -1) & (x <= x[0, 0])))
        case(f"m_{d} IN (1, 3, m_{d}[1, 1])", np.isin(x, [1, 3, x[1, 1]]))
        case(f"m_{d} NOT IN (1, 3)", ~np.isin(x, [1, 3]))
        case(f"CASE WHEN m_{d}[0, 0] > 1000 THEN m_{d} ELSE m_f64 END", I("m_f64").astype(np.result_type(x, np.float64)))
        case(f"COALESCE(NULL, m_{d})", x)
