"""Reductions."""

import math

import numpy as np

from .cases import DTYPES, I, TYPES, case, error
from .inputs import views
from .elementwise import REAL


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
