"""Reads files of sqllogictest, and compares their answers with rows of Arrow."""

import datetime
import decimal
import math
import pathlib
import struct

import pyarrow as pa

FOLDER = pathlib.Path(__file__).parent.parent / "slt"


class Record:
    """A statement or a query with its answer."""

    def __init__(self, line, head, text, answer):
        self.line = line
        self.head = head
        self.text = text
        self.answer = answer

    @property
    def is_query(self):
        return self.head[0] == "query"

    @property
    def fails(self):
        return self.head[1:2] == ["error"] or "error" in self.head[1:2]

    @property
    def mode(self):
        return self.head[2] if len(self.head) > 2 else "nosort"


def open_records():
    """The places of records that are not answered yet."""
    lines = (FOLDER / "open.txt").read_text().splitlines()
    return {line.split("#")[0].strip() for line in lines} - {""}


def read(path):
    """The records of a file."""
    lines = path.read_text().splitlines()
    at = 0
    while at < len(lines):
        head = lines[at].split()
        start = at + 1
        if not head or head[0] not in ("statement", "query"):
            at += 1
            continue
        at += 1
        text = []
        while at < len(lines) and lines[at] != "" and lines[at] != "----":
            text.append(lines[at])
            at += 1
        answer = None
        if at < len(lines) and lines[at] == "----":
            at += 1
            answer = []
            while at < len(lines) and lines[at] != "":
                answer.append(lines[at])
                at += 1
        yield Record(start, head, "\n".join(text), answer)


def value_of(text, kind):
    """A cell of an answer as a value that can be compared."""
    if text == "NULL":
        return None
    if text == "(empty)":
        text = ""
    if isinstance(kind, bool):
        return text.lower()
    if isinstance(kind, int):
        return int(text)
    if isinstance(kind, float):
        return canonical(float(text))
    if isinstance(kind, decimal.Decimal):
        return decimal.Decimal(text)
    return text


def canonical(value):
    """A value as those of `value_of`."""
    if value == "NULL":
        # The text and NULL are written alike.
        return None
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return "NaN" if math.isnan(value) else value
    if isinstance(value, datetime.datetime):
        text = value.isoformat(sep=" ")
        return text.rstrip("0").rstrip(".") if "." in text else text
    if isinstance(value, (datetime.date, datetime.time)):
        return value.isoformat()
    return value


def single(value):
    """A float as one of 32 bits."""
    return struct.unpack("f", struct.pack("f", value))[0] if isinstance(value, float) else value


def is_simple(value):
    """Whether a value is compared: nested ones have a text of their own."""
    return value is None or isinstance(
        value, (bool, int, float, str, decimal.Decimal, datetime.date, datetime.datetime, datetime.time)
    )


def compare(record, table):
    """A sentence about the first difference; `None` without one, "" when the answer is not compared."""
    try:
        rows = [list(row) for row in zip(*[column.to_pylist() for column in table.columns])]
    except (OverflowError, ValueError):
        # A date before year 1, for example, is no value of Python.
        return ""
    if not all(is_simple(cell) for row in rows for cell in row):
        return ""
    expected = [line.split("\t") for line in record.answer]
    width = table.num_columns
    if record.mode == "valuesort" or any(len(row) != width for row in expected):
        return ""
    if len(rows) != len(expected):
        return f"{len(rows)} rows and not {len(expected)}"
    kinds = [next((row[at] for row in rows if row[at] is not None), "") for at in range(width)]
    try:
        wanted = [[value_of(cell, kind) for cell, kind in zip(row, kinds)] for row in expected]
    except (ValueError, decimal.InvalidOperation) as error:
        return str(error)
    for at, field in enumerate(table.schema):
        if pa.types.is_float32(field.type):
            wanted = [row[:at] + [single(row[at])] + row[at + 1 :] for row in wanted]
    found = [[canonical(cell) for cell in row] for row in rows]
    if record.mode == "rowsort":
        wanted.sort(key=repr)
        found.sort(key=repr)
    for have, want in zip(found, wanted):
        if have != want and not (repr(have) == repr(want)):
            return f"{have} and not {want}"
    return None
