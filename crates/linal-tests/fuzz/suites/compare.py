"""Whether rows are those that a record expects."""

import hashlib
import math
import re

OWN = re.compile(r"\s*(EXPLAIN|SHOW|DESCRIBE|PRAGMA)\b|.*(information_schema|arrow_typeof|typeof)", re.IGNORECASE | re.DOTALL)
TOKENS = re.compile(r"[\[\]{},\s]+|: |=(?=\S)")
# Zeros that end the fraction of a second.
FRACTION = re.compile(r"(:\d\d(?:\.\d*?[1-9])?)\.?0+(?=Z|$)")
HASHED = re.compile(r"^(\d+) values hashing to ([0-9a-f]{32})$")


def matches(record, rows, kind):
    """Whether linal's rows are the expected ones; None when the record does not determine them."""
    lines = [line for line in record.lines]
    while lines and not lines[-1].strip():
        lines.pop()
    if lines and HASHED.match(lines[0].strip()):
        return hashed(record, rows, HASHED.match(lines[0].strip()), kind)
    if lines and lines[0].startswith(("<FILE>", "<REGEX>", "<!REGEX>")):
        return None
    # Plans and catalogues are specific to each engine.
    if OWN.match(record.sql):
        return None
    if kind == "datafusion":
        return rows_of_words(record, rows, lines)
    return rows_of_cells(record, rows, lines, kind)


def rows_of_cells(record, rows, lines, kind):
    width = len(record.types) or 1
    ours = [[value_text(cell, letter(record, index), kind) for index, cell in enumerate(row)] for row in rows]
    if any("\t" in line for line in lines) or width == 1 or len(lines) == len(rows) and width > 1 and kind == "duckdb":
        theirs = [line.split("\t") for line in lines]
    else:
        flat = [line for line in lines]
        theirs = [flat[index : index + width] for index in range(0, len(flat), width)]
    if record.sort == "valuesort":
        ours, theirs = [[cell] for row in ours for cell in row], [[cell] for row in theirs for cell in row]
    if len(ours) != len(theirs):
        return False
    if record.sort != "nosort":
        ours, theirs = sorted(ours), sorted(theirs)
    if same(ours, theirs):
        return True
    # Without an ORDER BY the order is unspecified, and so is the position of NULLs.
    return is_loose(record, ours) and same(sorted(ours), sorted(theirs))


def is_loose(record, ours):
    return record.sort != "nosort" or "order by" not in record.sql.lower() or any("NULL" in row for row in ours)


def rows_of_words(record, rows, lines):
    """DataFusion separates cells by blanks."""
    ours = [tokens(" ".join(value_text(cell, letter(record, index), "datafusion") for index, cell in enumerate(row))) for row in rows]
    theirs = [tokens(line) for line in lines]
    if len(ours) != len(theirs):
        return False
    if same(ours, theirs):
        return True
    return is_loose(record, ours) and same(sorted(ours), sorted(theirs))


def tokens(text):
    """The words of a line or a nested value, without its brackets."""
    return [token for token in TOKENS.split(text.replace("'", "")) if token]


def same(ours, theirs):
    return all(len(a) == len(b) and all(same_text(x, y) for x, y in zip(a, b)) for a, b in zip(ours, theirs))


def same_text(a, b):
    a, b = a.strip(), b.strip()
    if a == b or {a, b} == {"", "(empty)"}:
        return True
    truths = {"true": "1", "false": "0", "True": "1", "False": "0"}
    if truths.get(a, a) == truths.get(b, b):
        return True
    a, b = FRACTION.sub(r"\1", a.replace("+00:00", "Z")), FRACTION.sub(r"\1", b.replace("+00:00", "Z"))
    # A timestamp at midnight, a T between date and time.
    if a.replace("T", " ").removesuffix(" 00:00:00") == b.replace("T", " ").removesuffix(" 00:00:00"):
        return True
    if "[" in a + b or "{" in a + b:
        ours, theirs = tokens(a), tokens(b)
        return len(ours) == len(theirs) and "".join(ours + theirs) != a + b and all(same_text(x, y) for x, y in zip(ours, theirs))
    try:
        x, y = float(a), float(b)
    except ValueError:
        return False
    if math.isnan(x) or math.isnan(y):
        return math.isnan(x) and math.isnan(y)
    return x == y or math.isclose(x, y, rel_tol=1e-6, abs_tol=1e-3 if "." in b else 0)


def letter(record, index):
    return record.types[index] if index < len(record.types) else "T"


def value_text(cell, type, kind):
    if cell is None:
        return "NULL"
    if isinstance(cell, bool):
        return ("1" if cell else "0") if kind == "sqlite" else str(cell).lower()
    if kind == "sqlite" and type == "I" and isinstance(cell, float):
        return str(int(cell))
    if kind == "sqlite" and type == "R" and isinstance(cell, (int, float)):
        return f"{cell:.3f}"
    if isinstance(cell, (list, tuple)):
        if cell and isinstance(cell[0], tuple):
            return "{" + ", ".join(f"'{name}': {value_text(value, '', kind)}" for name, value in cell) + "}"
        return "[" + ", ".join(value_text(item, "", kind) for item in cell) + "]"
    return str(cell) or "(empty)"


def hashed(record, rows, match, kind):
    cells = [[value_text(cell, letter(record, index), kind) or "(empty)" for index, cell in enumerate(row)] for row in rows]
    if record.sort == "rowsort":
        cells.sort()
    flat = [cell for row in cells for cell in row]
    if record.sort == "valuesort":
        flat.sort()
    if len(flat) != int(match.group(1)):
        return False
    digest = hashlib.md5("".join(cell + "\n" for cell in flat).encode()).hexdigest()
    if digest == match.group(2):
        return True
    # Floats are hashed as the other engine prints them.
    return None if "R" in record.types or kind == "duckdb" else False
