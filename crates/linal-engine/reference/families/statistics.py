"""Order, scans and distributions."""

import math

import numpy as np

from .cases import DTYPES, I, case, error
from .inputs import FEW, views
from .elementwise import REAL, as_number


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
