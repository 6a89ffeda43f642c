"""Whether DuckDB reads and changes a lake that `EXPORT DATABASE .. TO DUCKLAKE` wrote.

    python -m lake.export DIR LAKE

DIR is the directory, whose database `default` was exported, and LAKE the path of the export. Run it in `crates/linal-tests`. The lake is changed.
"""

import sys
from collections import Counter

from .check import run
from .connect import attach, connect, texts

MANY, FEW = 40, 3  # rows that DuckDB puts into a file, and rows that it puts into the catalog


def open_both(directory, lake):
    connection = attach(directory)
    return open_lake(lake, connection)


def open_lake(lake, connection=None):
    connection = connection or connect()
    path = lake.replace("'", "''")
    connection.execute(f"ATTACH 'ducklake:sqlite:{path}' AS lake")
    return connection


def relations(connection, catalog, kind):
    query = f"""SELECT table_name FROM information_schema.tables
        WHERE table_catalog = '{catalog}' AND table_schema = 'main' AND table_type = '{kind}' ORDER BY table_name"""
    return [name for (name,) in connection.execute(query).fetchall()]


def quoted(name):
    return '"' + name.replace('"', '""') + '"'


def described(connection, name):
    return [row[:2] for row in connection.execute(f"DESCRIBE {name}").fetchall()]


def same_rows(paths):
    """The lake has the tables, views, types and rows of the directory, in their order."""
    directory, lake = paths
    connection = open_both(directory, lake)
    for kind in ("BASE TABLE", "VIEW"):
        names = relations(connection, "db", kind)
        if relations(connection, "lake", kind) != names:
            yield f"other relations of the kind {kind}"
            return
        for name in names:
            pair = [f"{catalog}.main.{quoted(name)}" for catalog in ("db", "lake")]
            if described(connection, pair[0]) != described(connection, pair[1]):
                yield f"{name}: other columns"
            order = " ORDER BY rowid" if kind == "BASE TABLE" else ""
            shown = shown_columns(connection, pair[0])
            expected, found = [texts(connection, f"SELECT {shown} FROM {relation}{order}") for relation in pair]
            if not order:
                expected, found = Counter(expected), Counter(found)
            if expected != found:
                yield f"{name}: other rows"


def shown_columns(connection, relation):
    """DuckDB makes microseconds of nanoseconds, of Parquet towards zero and of the catalog downwards: milliseconds, to the nearest."""
    columns = [(quoted(column), kind) for column, kind in described(connection, relation)]
    return ", ".join(f"CAST(round(epoch_us({column}) / 1000) AS BIGINT)" if kind == "TIMESTAMP WITH TIME ZONE" else column for column, kind in columns)


def changed(paths):
    """Rows that DuckDB inserts, deletes and updates are there beside the exported ones, for filters, too."""
    _, lake = paths
    connection = open_lake(lake)
    for name in relations(connection, "lake", "BASE TABLE"):
        table = f"lake.main.{quoted(name)}"
        rows = texts(connection, f"SELECT * FROM {table} ORDER BY rowid")
        many = rows[:MANY]
        few = (rows + many)[:FEW]
        connection.execute(f"INSERT INTO {table} SELECT * FROM {table} ORDER BY rowid LIMIT {MANY}")
        connection.execute(f"INSERT INTO {table} SELECT * FROM {table} ORDER BY rowid LIMIT {FEW}")
        connection.execute(f"DELETE FROM {table} WHERE rowid = 0")
        expected = Counter(rows[1:] + many + few)
        again = open_lake(lake)
        found = Counter(texts(again, f"SELECT * FROM {table}"))
        if found != expected:
            yield f"{name}: {sum(found.values())} rows instead of {sum(expected.values())}, or others"
        yield from filtered(again, name, table)
        again.close()


def filtered(connection, name, table):
    """A filter finds what a scan without it finds: bounds in the catalog hide no file."""
    for column, kind in described(connection, table):
        # DuckDB 1.5.5 finds no blobs by their bounds, in lakes of its own either.
        if kind.endswith("]") or kind.startswith(("STRUCT", "MAP", "BLOB")):
            continue
        column = quoted(column)
        counts = Counter(connection.execute(f"SELECT CAST({column} AS VARCHAR) FROM {table}").fetchall())
        for (value,) in [min(counts, key=str), max(counts, key=str)]:
            if value is None:
                continue
            query = f"SELECT count(*) FROM {table} WHERE {column} = CAST(? AS {kind})"
            found = connection.execute(query, [value]).fetchone()[0]
            if found < counts[(value,)]:
                yield f"{name}: {column} = {value} finds {found} of {counts[(value,)]} rows"


def grows(paths):
    """Columns, tables and rows of them are added, and keep what is there."""
    _, lake = paths
    connection = open_lake(lake)
    for name in relations(connection, "lake", "BASE TABLE"):
        table = f"lake.main.{quoted(name)}"
        before = Counter(texts(connection, f"SELECT * FROM {table}"))
        connection.execute(f"ALTER TABLE {table} ADD COLUMN added_here INTEGER DEFAULT 5")
        found = Counter(texts(connection, f"SELECT * EXCLUDE added_here FROM {table} WHERE added_here = 5"))
        if found != before:
            yield f"{name}: other rows after ALTER TABLE"
    connection.execute("CREATE TABLE lake.main.made_here AS SELECT range AS n FROM range(1000)")
    connection.close()
    connection = open_lake(lake)
    if texts(connection, "SELECT count(*), sum(n) FROM lake.made_here") != [("1000", "499500")]:
        yield "a new table has other rows"
    if not connection.execute("SELECT count(*) FROM lake.snapshots()").fetchone()[0]:
        yield "there are no snapshots"


if __name__ == "__main__":
    cases = (same_rows, changed, grows)
    sys.exit(0 if all([run(case.__name__, case, sys.argv[1:3]) for case in cases]) else 1)
