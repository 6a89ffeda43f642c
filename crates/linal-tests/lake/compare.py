"""Compares what DuckDB shows with what a snapshot must show."""

from .connect import texts


def literal(value):
    """A Python value as DuckDB casts it from text."""
    if value is None:
        return None
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join("NULL" if item is None else literal(item) for item in value) + "]"
    if isinstance(value, bytes):
        return "".join(f"\\x{byte:02X}" for byte in value)
    return str(value)


def cast_texts(connection, data_type, values):
    """Text cast to a type of DuckDB and back, so that `1`, `1.0` and `1e0` are equal in a column of floats."""
    query = f"SELECT value, CAST(CAST(value AS {data_type}) AS VARCHAR) FROM (SELECT unnest(CAST(? AS VARCHAR[])) AS value)"
    return dict(connection.execute(query, [sorted(values)]).fetchall())


def normalized(connection, types, rows):
    columns = []
    for data_type, column in zip(types, zip(*rows)):
        column = [literal(value) for value in column]
        found = cast_texts(connection, data_type, {text for text in column if text is not None})
        columns.append([None if text is None else found[text] for text in column])
    return list(zip(*columns))


def differences(connection, query, rows, names=None, ordered=True):
    """Sentences that say how the result of a query differs from `rows`; none when it does not."""
    described = connection.execute(f"DESCRIBE {query}").fetchall()
    found_names, types = [row[0] for row in described], [row[1] for row in described]
    if names is not None and found_names != list(names):
        return [f"columns are {found_names}, expected {list(names)}"]
    found, expected = texts(connection, query), normalized(connection, types, rows)
    if not ordered:
        found, expected = sorted(found, key=repr), sorted(expected, key=repr)
    if len(found) != len(expected):
        return [f"{len(found)} rows, expected {len(expected)}"]
    return [f"row {number}: {a}, expected {b}" for number, (a, b) in enumerate(zip(found, expected)) if a != b][:5]
