"""Input tensors: all dtypes, shapes, and layouts."""

import numpy as np

from .value import DTYPES, Value

SHAPES = ((), (1,), (3,), (4,), (5,), (8,), (17,), (2, 3), (3, 2), (3, 3), (4, 4), (1, 4), (4, 1), (2, 3, 4), (2, 2, 2), (3, 1, 2), (0,), (0, 3), (130,), (33, 5))
ODD = (np.nan, np.inf, -np.inf, -0.0, 0.0, 1e-300, 1e300, 5e-324)


def make_array(rng, dtype, shape):
    """Values of a dtype; small numbers, and strange ones in some."""
    count = int(np.prod(shape, dtype=int))
    if dtype == "bool":
        return rng.integers(0, 2, count).astype(bool).reshape(shape)
    if dtype == "i64":
        top = rng.choice((3, 10, 1000, 2**31, 2**62)) if rng.random() < 0.3 else 10
        return rng.integers(-top, top, count).reshape(shape)
    array = real(rng, count)
    if dtype in ("c64", "c128"):
        array = array + 1j * real(rng, count)
    with np.errstate(all="ignore"):
        return array.astype(DTYPES[dtype]).reshape(shape)


def real(rng, count):
    kind = rng.random()
    if kind < 0.4:
        array = rng.integers(-8, 9, count) / 4.0
    elif kind < 0.8:
        array = rng.normal(size=count) * 10.0 ** rng.integers(-3, 4)
    else:
        array = rng.normal(size=count)
        places = rng.random(count) < 0.3
        array[places] = rng.choice(ODD, size=int(places.sum()))
    return array


class Inputs:
    """Arrays of a batch as `.npy` files, bound as `t0`, `t1`, ..."""

    def __init__(self, rng, count, folder):
        self.values = []
        self.setup = []
        for index in range(count):
            dtype = str(rng.choice(list(DTYPES)))
            shape = SHAPES[rng.integers(len(SHAPES))]
            array = make_array(rng, dtype, shape)
            self.bind(rng, f"t{index}", dtype, array, folder)

    def bind(self, rng, name, dtype, array, folder):
        # Some files are in Fortran order.
        ordered = np.asfortranarray(array) if rng.random() < 0.3 and array.ndim > 1 else array
        if dtype in ("c64", "c128"):
            for part, values in (("re", ordered.real), ("im", ordered.imag)):
                np.save(f"{folder}/{name}_{part}.npy", values)
            self.setup.append(f"LET {name} = COMPLEX(READ_NPY('{folder}/{name}_re.npy'), READ_NPY('{folder}/{name}_im.npy'))")
        else:
            np.save(f"{folder}/{name}.npy", ordered)
            self.setup.append(f"LET {name} = READ_NPY('{folder}/{name}.npy')")
        self.values.append(Value(name, array))
