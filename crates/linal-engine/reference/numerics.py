"""Reference values for the functions and operators of the language, from NumPy and SciPy.

    pip install numpy scipy
    python numerics.py > numerics.txt

The output has the inputs first, then two lines a case:

    input NAME DTYPE SHAPE VALUES...        a tensor of its own
    broadcast NAME SHAPE of NAME            a view of another input
    v = TRANSPOSE m_f64; r = ABS v          definitions, run as LET and as LAZY LET; the last is compared
    = TOLERANCE DTYPE SHAPE VALUES...       or: ! NAME OF AN ERROR

Sizes of a shape are joined by `x` (`2x3`, and `.` for a scalar); numbers are the shortest that read back the same, and
complex ones are `re:im`. Tolerances: `exact` compares bits (any NaN equals any other), `equal` lets 0 equal -0,
`ulp:N` counts representable numbers in between (of each part), and `rel:X` is relative to the greater modulus.

Functions without a closed form in arithmetic are computed in the long double of x86-64 and rounded once, since the
vectorised loops of NumPy are off by some units in the last place.
"""

import numpy as np
import scipy

from families.creation import creation
from families.digits import digits
from families.elementwise import binary, casts, selection, unary
from families.inputs import inputs
from families.linear_algebra import einsums, pairs, products, systems
from families.reductions import reductions
from families.shapes import shapes
from families.signals import signals
from families.statistics import distributions, ordering, scans


def main():
    print(f"# NumPy {np.__version__}, SciPy {scipy.__version__}")
    inputs()
    for section in (creation, unary, binary, selection, casts, reductions, shapes, products, einsums, pairs, systems, ordering,
                    scans, distributions, signals, digits):
        print("#", section.__name__)
        section()


if __name__ == "__main__":
    main()
