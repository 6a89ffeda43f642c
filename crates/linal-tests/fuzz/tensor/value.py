"""An expression with its expected value."""

import dataclasses

import numpy as np

DTYPES = {"bool": np.bool_, "i64": np.int64, "f32": np.float32, "f64": np.float64, "c64": np.complex64, "c128": np.complex128}
NAMES = {np.dtype(dtype): name for name, dtype in DTYPES.items()}


class Refused(Exception):
    """The expected result is an error."""


@dataclasses.dataclass
class Value:
    """`text` is the expression, `array` its value. `exact` says that every step is rounded as IEEE has it, so that no
    bit may differ; else `scale` is the largest magnitude on the way, to which an error is relative. `parts` are the
    operands, and `weak` says that it is a number of the text, which takes the dtype of its partner."""

    text: str
    array: np.ndarray
    exact: bool = True
    scale: float = 0.0
    parts: tuple = ()
    weak: bool = False

    def __post_init__(self):
        self.scale = max(self.scale, magnitude(self.array), *(part.scale for part in self.parts))
        self.exact = self.exact and all(part.exact for part in self.parts)

    @property
    def dtype(self):
        return NAMES.get(self.array.dtype, str(self.array.dtype))

    @property
    def number(self):
        """The operand as NumPy takes it: a weak scalar is a Python number."""
        return self.array.item() if self.weak else self.array


def magnitude(array):
    if array.dtype == np.bool_ or array.size == 0:
        return 1.0
    with np.errstate(all="ignore"):
        sizes = np.abs(array.astype(np.complex128 if array.dtype.kind == "c" else np.float64))
        finite = sizes[np.isfinite(sizes)]
    return float(finite.max()) if finite.size else 1.0
