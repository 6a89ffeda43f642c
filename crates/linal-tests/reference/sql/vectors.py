"""Tables with vector and matrix columns, and expressions over their rows in NumPy."""

import numpy as np

from text import array_text

np.seterr(all="ignore")


class Rows:
    """A dataset whose rows are also here. `columns` maps a name to its type and the NumPy dtype of its cells, which is
    None for a scalar; `rows` hold lists, numbers, texts and None."""

    def __init__(self, script, name, columns, rows):
        self.script = script
        self.names = list(columns)
        self.rows = [
            {key: cell(value, columns[key][1]) for key, value in zip(columns, row)} for row in rows
        ]
        types = ", ".join(f"{key}: {kind}" for key, (kind, _) in columns.items())
        script.emit(f"statement ok\nDATASET {name} COLUMNS ({types})")
        values = ",\n".join("  (" + ", ".join(literal(row[key]) for key in columns) + ")" for row in self.rows)
        script.emit(f"statement ok\nINSERT INTO {name} VALUES\n{values}")

    def each(self, statement, compute, needs, where=lambda row: True):
        """`SELECT id, <expression>`: the expression is NULL when one of its columns is."""
        rows = []
        for row in filter(where, self.rows):
            known = all(row[name] is not None for name in needs)
            rows.append([row["id"], compute(*(row[name] for name in needs)) if known else None])
        self.script.computed(statement, rows)

    def column(self, name, where=lambda row: True):
        """The cells of a column that are not NULL, as one array."""
        return np.stack([row[name] for row in self.rows if where(row) and row[name] is not None])


def cell(value, dtype):
    return value if value is None or dtype is None else np.array(value, dtype)


def literal(value):
    """A value as LINAL writes it."""
    if value is None:
        return "NULL"
    if isinstance(value, np.ndarray):
        return array_text(value)
    return f"'{value}'" if isinstance(value, str) else str(value)


def cosine(a, b):
    """The cosine similarity; None with a zero vector."""
    a, b = np.asarray(a, float), np.asarray(b, float)
    lengths = np.linalg.norm(a) * np.linalg.norm(b)
    return float(a @ b / lengths) if lengths else None


def normalize(a):
    """The vector divided by its norm; None for a zero vector."""
    length = np.linalg.norm(a)
    return (a / length).astype(a.dtype) if length else None
