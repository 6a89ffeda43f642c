"""A whole directory: each dataset in each snapshot as DuckDB shows it, and as `reader.py` reads it."""

from . import history
from .connect import attach
from .reader import Reader, values


def schema_of(database):
    if database == "default":
        return "main"
    return database + "_" if database.rstrip("_").lower() == "main" else database


def table_of(name, columns):
    if any(cast for *_, cast in columns):
        return name + "__storage"
    return name + "_" if name.rstrip("_").lower().endswith("__storage") else name


def quoted(name):
    return '"' + name.replace('"', '""') + '"'


def same_rows(connection, reader, snapshot, dataset, database, name):
    columns, expected = reader.dataset(dataset, snapshot)
    if not columns:
        return
    table = f"db.{quoted(schema_of(database))}.{quoted(table_of(name, columns))}"
    query = f"SELECT * FROM {table} AT (VERSION => {snapshot}) ORDER BY rowid"
    shown = connection.execute(query).fetch_arrow_table()
    if shown.column_names != [column[1] for column in columns]:
        yield f"{query}: columns {shown.column_names}"
        return
    lists = [values(shown.column(place), column[2]) for place, column in enumerate(columns)]
    found = list(zip(*lists))
    if len(found) != len(expected):
        yield f"{query}: {len(found)} rows, expected {len(expected)}"
    different = [number for number, (a, b) in enumerate(zip(found, expected)) if repr(a) != repr(b)]
    for number in different[:2]:
        yield f"{query}: row {number} is {found[number]}, expected {expected[number]}"


def hand_written(new_directory):
    """The reader and the writer in Python agree with DuckDB."""
    yield from case(history.build(new_directory()).root)


def case(directory):
    connection, reader = attach(directory), Reader(directory)
    for snapshot in reader.snapshots():
        for dataset, database, name in reader.datasets(snapshot):
            try:
                yield from same_rows(connection, reader, snapshot, dataset, database, name)
            except Exception as error:  # of interest with its dataset, and so are the other datasets
                yield f"{database}.{name} in snapshot {snapshot}: {type(error).__name__}: {error}"
    for schema, view in connection.execute("SELECT table_schema, table_name FROM information_schema.tables "
                                           "WHERE table_catalog = 'db' AND table_type = 'VIEW'").fetchall():
        connection.execute(f"FROM db.{quoted(schema)}.{quoted(view)}").fetchall()


CASES = (hand_written,)
