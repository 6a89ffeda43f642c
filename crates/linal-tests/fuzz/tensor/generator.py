"""Builds expressions from the inputs up."""

import numpy as np

from .registry import OPERATIONS
from .value import Refused, Value

LITERALS = (0, 1, 2, 3, -1, 0.5, 2.0, -1.5, 10)


class Generator:
    """Picks operands among the inputs and the expressions made so far."""

    def __init__(self, rng, inputs):
        self.rng = rng
        self.inputs = inputs
        self.made = []

    def chance(self, probability):
        return self.rng.random() < probability

    def choice(self, items):
        return items[self.rng.integers(len(items))]

    def case(self):
        """An expression of a few operations."""
        self.made = []
        weights = np.array([weight for weight, _ in OPERATIONS])
        for _ in range(self.rng.integers(1, 6)):
            for _ in range(10):
                make = OPERATIONS[self.rng.choice(len(OPERATIONS), p=weights / weights.sum())][1]
                with np.errstate(all="ignore"):
                    try:
                        value = make(self)
                    except (Refused, ValueError, FloatingPointError, ZeroDivisionError, np.linalg.LinAlgError):
                        value = None
                if value is not None and value.array.size <= 4000 and len(value.text) < 400:
                    self.made.append(value)
                    break
        return self.made[-1] if self.made else self.choice(self.inputs)

    def any(self, test=None):
        """An operand, mostly one just made."""
        pools = (self.made[-2:], self.inputs) if self.made and self.chance(0.6) else (self.inputs,)
        for pool in pools:
            fitting = [value for value in pool if test is None or test(value)]
            if fitting:
                return self.choice(fitting)
        return None

    def of(self, *dtypes, exact=False, rank=None, least=0):
        """An operand of one of the dtypes."""
        return self.any(
            lambda value: value.dtype in dtypes
            and (value.exact or not exact)
            and (rank is None or value.array.ndim == rank)
            and value.array.size >= least
            and value.array.ndim >= 0
        )

    def literal(self):
        number = self.choice(LITERALS)
        text = repr(number) if number >= 0 else f"({number!r})"
        return Value(text, np.asarray(number), weak=True)

    def axis(self, value):
        return int(self.rng.integers(value.array.ndim)) if value.array.ndim else None
