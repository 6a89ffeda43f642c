"""Types, their names in each dialect, and literals."""

import math

from .tree import Node

TYPES = ("int", "float", "text", "bool", "date", "ts")

NAMES = {
    "int": {"linal": "Int", "duckdb": "BIGINT", "postgres": "bigint", "sqlite": "INTEGER"},
    "float": {"linal": "Float", "duckdb": "DOUBLE", "postgres": "float8", "sqlite": "REAL"},
    "text": {"linal": "String", "duckdb": "VARCHAR", "postgres": "text", "sqlite": "TEXT"},
    "bool": {"linal": "Bool", "duckdb": "BOOLEAN", "postgres": "boolean", "sqlite": "INTEGER"},
    "date": {"linal": "Date", "duckdb": "DATE", "postgres": "date", "sqlite": "TEXT"},
    "ts": {"linal": "Timestamp", "duckdb": "TIMESTAMP", "postgres": "timestamp", "sqlite": "TEXT"},
    "iv": {"linal": "Interval", "duckdb": "INTERVAL", "postgres": "interval", "sqlite": None},
    "vec": {"linal": "Vector(3, f64)", "duckdb": "DOUBLE[3]", "postgres": None, "sqlite": None},
}


def quoted(text):
    return "'" + text.replace("'", "''") + "'"


def literal_text(type, value, dialect):
    """A value as a dialect writes it, or None where it cannot."""
    if value is None:
        return "NULL"
    if type == "int":
        return int_text(value, dialect)
    if type == "float":
        return float_text(value, dialect)
    if type == "text":
        return quoted(value)
    if type == "bool":
        return ("1" if value else "0") if dialect == "sqlite" else str(value).lower()
    if type == "date":
        return quoted(value) if dialect == "sqlite" else f"DATE '{value}'"
    if type == "ts":
        return quoted(value) if dialect == "sqlite" else f"TIMESTAMP '{value}'"
    if type == "iv":
        return None if dialect == "sqlite" else f"INTERVAL '{value}'"
    if type == "vec":
        return vector_text(value, dialect)
    raise ValueError(type)


def int_text(value, dialect):
    if value == -(2**63):
        return "(-9223372036854775807 - 1)"
    text = str(value) if value >= 0 else f"({value})"
    return {"duckdb": f"{text}::BIGINT", "postgres": f"{text}::bigint"}.get(dialect, text)


def float_text(value, dialect):
    special = "nan" if math.isnan(value) else "inf" if value == math.inf else "-inf" if value == -math.inf else None
    if dialect == "sqlite":
        return "NULL" if special == "nan" else {"inf": "9e999", "-inf": "(-9e999)"}.get(special, f"({value!r})")
    if special or value == 0 and math.copysign(1, value) < 0:
        word = special or "-0.0"
        return {
            "linal": f"CAST('{word}' AS Float)",
            "duckdb": f"'{word}'::DOUBLE",
            "postgres": f"'{word}'::float8",
        }[dialect]
    text = repr(value) if value >= 0 else f"({value!r})"
    return {"duckdb": f"{text}::DOUBLE", "postgres": f"{text}::float8"}.get(dialect, text)


def vector_text(value, dialect):
    body = "[" + ", ".join(repr(float(item)) for item in value) + "]"
    if dialect == "linal":
        return f"CAST({body} AS Vector(3, f64))"
    return f"{body}::DOUBLE[3]" if dialect == "duckdb" else None


def literal(type, value):
    """A literal, or a typed NULL."""
    if value is None:
        return null(type)
    texts = {dialect: literal_text(type, value, dialect) for dialect in ("duckdb", "postgres", "sqlite")}
    return leaf(type, literal_text(type, value, "linal"), **texts)


def null(type):
    names = NAMES[type]
    text = {dialect: name and f"CAST(NULL AS {name})" for dialect, name in names.items()}
    return leaf(type, text["linal"], duckdb=text["duckdb"], postgres=text["postgres"], sqlite=text["sqlite"])


def leaf(type, text, tag=None, **others):
    return Node(type, [], text, tag, **others)


SIMPLEST = {
    "int": lambda: literal("int", 1),
    "float": lambda: literal("float", 0.5),
    "text": lambda: literal("text", "a"),
    "bool": lambda: literal("bool", True),
    "date": lambda: literal("date", "2024-01-31"),
    "ts": lambda: literal("ts", "2024-01-31 12:00:00"),
    "iv": lambda: literal("iv", "1 day"),
    "vec": lambda: literal("vec", [1.0, 2.0, 3.0]),
}
