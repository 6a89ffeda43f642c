"""Views and rearrangements."""

import numpy as np

from ..registry import operation
from ..value import Value


@operation(2.5)
def transposed(g):
    a = g.any(lambda v: v.array.ndim >= 2)
    return a and Value(f"TRANSPOSE({a.text})", a.array.T, parts=(a,))


@operation(3.0)
def indexed(g):
    """Basic indexing with integers, slices and steps."""
    a = g.any(lambda v: v.array.ndim >= 1 and v.array.size > 0)
    if a is None:
        return None
    items = [subscript(g, size) for size in a.array.shape]
    texts, indexes = zip(*items)
    return Value(f"({a.text})[{', '.join(texts)}]", np.asarray(a.array[tuple(indexes)]), parts=(a,))


def subscript(g, size):
    kind = g.rng.random()
    if kind < 0.25:
        index = int(g.rng.integers(-size, size))
        return str(index), index
    if kind < 0.5:
        return g.choice(("*", ":")), slice(None)
    start, stop = sorted(int(g.rng.integers(0, size + 1)) for _ in range(2))
    if kind < 0.75:
        return f"{start}:{stop}", slice(start, stop)
    step = g.choice((2, 3, -1, -2))
    return f"::{step}", slice(None, None, step)


@operation(1.0)
def masked(g):
    a = g.any(lambda v: v.array.ndim == 1)
    mask = a and g.any(lambda v: v.dtype == "bool" and v.array.shape == a.array.shape)
    return mask and Value(f"({a.text})[{mask.text}]", a.array[mask.array], parts=(a, mask))


@operation(1.5)
def reshaped(g):
    a = g.any(lambda v: v.array.size > 0)
    if a is None:
        return None
    size = a.array.size
    divisors = [n for n in range(1, min(size, 64) + 1) if size % n == 0]
    first = g.choice(divisors)
    dims = g.choice(((size,), (first, size // first), (first, -1), (-1, first), (1, size)))
    return Value(f"(RESHAPE ({a.text}) TO [{', '.join(map(str, dims))}])", a.array.reshape(dims), parts=(a,))


@operation(0.8)
def flattened(g):
    a = g.any()
    return Value(f"FLATTEN({a.text})", a.array.reshape(-1), parts=(a,))


@operation(1.0)
def joined(g):
    a = g.any(lambda v: v.array.ndim >= 1)
    if a is None:
        return None
    axis = g.axis(a)
    b = g.any(lambda v: v.dtype == a.dtype and v.array.ndim == a.array.ndim and same_but(a.array.shape, v.array.shape, axis))
    if b is None:
        return None
    return Value(f"CONCAT({a.text}, {b.text}, axis => {axis})", np.concatenate([a.array, b.array], axis=axis), parts=(a, b))


def same_but(a, b, axis):
    return all(x == y for index, (x, y) in enumerate(zip(a, b)) if index != axis)


@operation(0.8)
def stacked(g):
    a = g.any()
    b = g.any(lambda v: v.dtype == a.dtype and v.array.shape == a.array.shape)
    return b and Value(f"STACK({a.text}, {b.text})", np.stack([a.array, b.array]), parts=(a, b))
