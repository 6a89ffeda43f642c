"""Tensors from nothing."""

import numpy as np

from .cases import I, case


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
