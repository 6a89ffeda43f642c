"""Compares the rows of two engines."""

import datetime
import math
import re

from .peers.postgres import PgText

LONG_YEAR = re.compile(r"(\d{5,6})-\d\d-\d\d")

# Sums of the same numbers in another order differ.
RELATIVE, ABSOLUTE = 1e-9, 1e-9
SPECIAL = ("NaN", "inf", "-inf")
# JSON has a T between date and time, and a sign before years of five digits.
ISO = re.compile(r"^(\+?\d{4,}-\d\d-\d\d)(?:T(\d\d:)|$)")


def same_rows(ours, theirs, ordered=False):
    """Whether two lists of rows are equal, in their order or as multisets."""
    if len(ours) != len(theirs):
        return False
    if ordered:
        return all(same_row(a, b) for a, b in zip(ours, theirs))
    left, right = sorted(ours, key=row_key), sorted(theirs, key=row_key)
    if all(same_row(a, b) for a, b in zip(left, right)):
        return True
    return matched(left, right)


def matched(left, right):
    """Pairs rows one by one, since texts of another engine sort elsewhere."""
    rest = list(right)
    for row in left:
        for index, other in enumerate(rest):
            if same_row(row, other):
                del rest[index]
                break
        else:
            return False
    return True


def row_key(row):
    return tuple(cell_key(cell) for cell in row)


def cell_key(cell):
    if cell is None:
        return (0, "")
    if isinstance(cell, PgText):
        try:
            return (1, f"{float(cell):.6e}")
        except ValueError:
            return (1, {"t": "1.000000e+00", "f": "0.000000e+00"}.get(cell, str(cell)))
    if isinstance(cell, (bool, int)):
        return (1, f"{float(cell):.6e}")
    if isinstance(cell, float):
        return (1, f"{cell + 0.0:.6e}")
    return (1, text_of(cell))


def same_row(ours, theirs):
    return len(ours) == len(theirs) and all(same_cell(a, b) for a, b in zip(ours, theirs))


def same_cell(a, b):
    if a is None or b is None:
        return a is b
    if isinstance(b, PgText):
        return same_as_text(a, b)
    if is_number(a) and is_number(b):
        return same_number(a, b)
    # The printed form of a float that JSON cannot represent.
    if isinstance(a, str) and isinstance(b, float) or isinstance(a, float) and isinstance(b, str):
        return same_special(a, b)
    if isinstance(a, (list, tuple)) and isinstance(b, (list, tuple)):
        return same_row(tuple(a), tuple(b))
    return text_of(a) == text_of(b)


def is_number(value):
    return isinstance(value, (int, float))


def same_number(a, b):
    if isinstance(a, float) or isinstance(b, float):
        try:
            a, b = float(a), float(b)
        except OverflowError:
            return False
        if math.isnan(a) or math.isnan(b):
            return math.isnan(a) and math.isnan(b)
        return math.isclose(a, b, rel_tol=RELATIVE, abs_tol=ABSOLUTE)
    return a == b


def same_special(a, b):
    word, number = (a, b) if isinstance(a, str) else (b, a)
    try:
        return same_number(float(word), number)
    except ValueError:
        return False


def same_as_text(a, text):
    if isinstance(a, bool):
        return text == ("t" if a else "f") or text == ("true" if a else "false")
    if is_number(a):
        try:
            return same_number(a, float(text) if isinstance(a, float) or not text.lstrip("-").isdigit() else int(text))
        except ValueError:
            return False
    if text_of(a) == str(text):
        return True
    try:
        return same_number(float(a), float(text)) and a.lower().lstrip("-+") in ("nan", "inf", "infinity")
    except (ValueError, TypeError):
        return False


def text_of(value):
    if isinstance(value, datetime.datetime):
        text = f"{value.year:04}-{value:%m-%d %H:%M:%S}"
        return text + f".{value.microsecond:06}".rstrip("0") if value.microsecond else text
    if isinstance(value, datetime.date):
        return f"{value.year:04}-{value:%m-%d}"
    text = str(value)
    return text.replace("T", " ", 1).lstrip("+") if ISO.match(text) else text


def is_sorted(answer, keys):
    """Whether rows are in the order of `(name, descending, nulls_first)`."""
    places = []
    for name, down, nulls_first in keys:
        if name not in answer.names:
            return True
        places.append((answer.names.index(name), down, nulls_first))
    return all(in_order(a, b, places) for a, b in zip(answer.rows, answer.rows[1:]))


def in_order(first, second, places):
    for index, down, nulls_first in places:
        a, b = first[index], second[index]
        if a is None or b is None:
            if a is None and b is None:
                continue
            return (a is None) == nulls_first
        a, b = order_key(a, b)
        if a == b:
            continue
        return (a > b) if down else (a < b)
    return True


def order_key(a, b):
    """Values by comparison: NaN is above all numbers. A text that may be a number is one only beside a number."""
    if is_number(a) or is_number(b) or a in SPECIAL and b in SPECIAL:
        return number_key(a), number_key(b)
    return text_key(a), text_key(b)


def text_key(value):
    """A date whose year has five digits is behind those with four."""
    text = str(value)
    year = LONG_YEAR.match(text)
    return (1, int(year.group(1)), text) if year else (0, 0, text)


def number_key(value):
    number = float(value) if isinstance(value, str) else value
    return (1, 0) if isinstance(number, float) and math.isnan(number) else (0, number)
