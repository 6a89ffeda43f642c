"""The inputs of all cases, and views of them."""

import math
import pathlib
import sys

import numpy as np

from .cases import DTYPES, I, INPUTS, TYPES, bind

# The generator of the signal functions' reference values, which the Rust tests of the tensors have, too.
sys.path.append(str(pathlib.Path(__file__).parents[3] / "linal-tensor/reference"))
from signals import noise  # noqa: E402

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
