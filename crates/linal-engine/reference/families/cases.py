"""How a case is written."""

import numpy as np

np.seterr(all="ignore")

NAMES = {"float64": "f64", "float32": "f32", "int64": "i64", "bool": "bool", "complex128": "c128", "complex64": "c64"}
TYPES = {name: np.dtype(dtype) for dtype, name in NAMES.items()}
DTYPES = list(TYPES)
INPUTS = {}


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
