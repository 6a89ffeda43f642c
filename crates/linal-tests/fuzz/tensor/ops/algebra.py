"""Products, norms and distances."""

import numpy as np

from ..registry import operation
from ..value import Value
from .elementwise import FLOAT

NUMBERS = ("i64",) + FLOAT


def calm(value):
    """Whether products of the elements are far from overflow and underflow."""
    return value.dtype in NUMBERS and value.exact and value.scale < 1e6 and value.array.size > 0 and bool(np.all(np.isfinite(value.array)))


def product_scale(a, b):
    return a.scale * b.scale * max(a.array.size, b.array.size)


@operation(2.0)
def product(g):
    a = g.any(lambda v: calm(v) and v.array.ndim in (1, 2, 3))
    b = a and g.any(lambda v: calm(v) and v.array.ndim in (1, 2) and inner(v) == a.array.shape[-1])
    if b is None:
        return None
    left, right = promoted(a, b)
    form = g.choice(("({0} @ {1})", "MATMUL({0}, {1})"))
    result = np.asarray(np.matmul(left, right))
    return Value(form.format(a.text, b.text), result, exact=result.dtype.kind == "i", parts=(a, b), scale=product_scale(a, b))


def inner(value):
    return value.array.shape[0] if value.array.ndim == 1 else value.array.shape[-2]


def promoted(a, b):
    dtype = np.promote_types(a.array.dtype, b.array.dtype)
    return a.array.astype(dtype), b.array.astype(dtype)


@operation(1.0)
def distance(g):
    a = g.any(lambda v: calm(v) and v.array.ndim >= 1)
    b = a and g.any(lambda v: calm(v) and v.array.shape == a.array.shape)
    if b is None:
        return None
    left, right = a.array.astype(np.float64), b.array.astype(np.float64)
    forms = [("DISTANCE({0}, {1})", np.sqrt(np.sum((left - right) ** 2))), ("L1_DISTANCE({0}, {1})", np.sum(np.abs(left - right)))]
    lengths = np.linalg.norm(left) * np.linalg.norm(right)
    if lengths > 1e-6:
        forms.append(("SIMILARITY({0}, {1})", np.sum(left * right) / lengths))
    form, result = g.choice(forms)
    # The square root of a small difference of large numbers.
    return Value(form.format(a.text, b.text), np.asarray(result), exact=False, parts=(a, b), scale=max(1.0, a.scale, b.scale) * 10)


@operation(0.6)
def normalized(g):
    a = g.any(lambda v: calm(v) and v.array.ndim == 1)
    if a is None or np.linalg.norm(a.array.astype(float)) < 1e-6:
        return None
    length = np.linalg.norm(a.array.astype(np.float64))
    result = a.array.astype(np.float64) / length
    return Value(f"NORMALIZE({a.text})", result.astype(np.float32 if a.dtype == "f32" else np.float64), exact=False, parts=(a,))


EINSUMS = (("ij,jk->ik", 2, 2), ("ij,ij->", 2, 2), ("ij,kj->ik", 2, 2), ("i,j->ij", 1, 1), ("ij,j->i", 2, 1), ("ii->i", 2, 0), ("ii->", 2, 0), ("ij->ji", 2, 0), ("ijk->kij", 3, 0), ("ij->j", 2, 0))


@operation(1.0)
def einsum(g):
    subscripts, first, second = g.choice(EINSUMS)
    a = g.any(lambda v: calm(v) and v.array.ndim == first)
    if a is None:
        return None
    if not second:
        result = np.asarray(np.einsum(subscripts, a.array))
        return Value(f"EINSUM('{subscripts}', {a.text})", result, exact=result.dtype.kind == "i", parts=(a,), scale=a.scale * a.array.size)
    b = g.any(lambda v: calm(v) and v.array.ndim == second)
    if b is None:
        return None
    left, right = promoted(a, b)
    # An axis of size 1 is not broadcast: a letter has one size.
    names = subscripts.split("->")[0].split(",")
    sizes = [dict(zip(word, value.array.shape)) for word, value in zip(names, (a, b))]
    if any(sizes[1].get(name, size) != size for name, size in sizes[0].items()):
        return None
    result = np.asarray(np.einsum(subscripts, left, right))
    return Value(f"EINSUM('{subscripts}', {a.text}, {b.text})", result, exact=result.dtype.kind == "i", parts=(a, b), scale=product_scale(a, b))


@operation(0.5)
def square(g):
    """Determinants, inverses and solutions of well-conditioned matrices."""
    a = g.any(lambda v: calm(v) and v.array.ndim == 2 and v.array.shape[0] == v.array.shape[1])
    if a is None or np.linalg.cond(a.array.astype(float)) > 1e3:
        return None
    matrix = a.array.astype(np.float32 if a.dtype == "f32" else np.float64)
    if g.chance(0.5):
        return Value(f"INVERSE({a.text})", np.linalg.inv(matrix), exact=False, parts=(a,), scale=1e3 * max(1.0, a.scale))
    return Value(f"DET({a.text})", np.asarray(np.linalg.det(matrix)), exact=False, parts=(a,), scale=1e3 * max(1.0, a.scale) ** a.array.shape[0])
