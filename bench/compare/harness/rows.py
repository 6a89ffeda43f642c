"""Whether two answers are the same rows."""

import csv
import io
import math


def from_csv(text):
    """The rows of linal's CSV below its header line. NULL and the empty text are both the empty text here, so an empty line
    is a row of one such cell."""
    return [row or [""] for row in csv.reader(io.StringIO(text))][1:]


def difference(found, expected, tolerance=1e-9):
    """A sentence about the first difference of two lists of rows, as multisets; None where there is none."""
    if len(found) != len(expected):
        return f"{len(found)} rows, not {len(expected)}"
    for left, right in zip(sorted(map(cells, found), key=order), sorted(map(cells, expected), key=order)):
        if len(left) != len(right) or not all(same(a, b, tolerance) for a, b in zip(left, right)):
            return f"{left}, not {right}"
    return None


def cells(row):
    """Numbers as floats, everything else as text."""
    return [number(plain(cell)) for cell in row]


def plain(cell):
    """A cell as linal's CSV has it."""
    if isinstance(cell, bool):
        return str(cell).lower()
    return "" if cell is None else str(cell)


def number(text):
    try:
        return float(text)
    except ValueError:
        return text


def order(row):
    """Texts first, then numbers with few digits, so that rounding does not change the order."""
    texts = [cell for cell in row if isinstance(cell, str)]
    return texts, [float(f"{cell:.6g}") for cell in row if isinstance(cell, float)]


def same(a, b, tolerance):
    if isinstance(a, float) and isinstance(b, float):
        return math.isclose(a, b, rel_tol=tolerance, abs_tol=tolerance) or (math.isnan(a) and math.isnan(b))
    return a == b
