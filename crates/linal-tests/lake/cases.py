"""What DuckDB must show of directories that are written by hand. Each case gives sentences about what it does not."""

import os
import shutil
import sqlite3

from . import history
from .compare import differences
from .connect import attach, connect, texts
from .kinds import FLOAT, INT, TEXT, vector

SCHEMAS = {0: "main", 1: "other", 2: "main_"}


def lake_name(database, name, kinds):
    suffix = "__storage" if any(kind.cast for kind in kinds) else ""
    return f'db."{SCHEMAS[database]}"."{name}{suffix}"'


def every_snapshot(new_directory):
    """Each dataset in each snapshot, the order of its rows included; views that cast have the same rows."""
    directory = history.build(new_directory())
    connection = attach(directory.root)
    for snapshot, tables in directory.history.items():
        for (database, name), (names, kinds, rows) in tables.items():
            table = lake_name(database, name, kinds)
            query = f"SELECT * FROM {table} AT (VERSION => {snapshot})"
            yield from (f"{query}: {text}" for text in differences(connection, query + " ORDER BY rowid", rows, names))
            if "__storage" in table:
                query = query.replace("__storage", "")
                yield from (f"{query}: {text}" for text in differences(connection, query, rows, names, ordered=False))


def timestamps(new_directory):
    """AT (TIMESTAMP => ..) sees the snapshot of that time."""
    directory = history.build(new_directory())
    connection = attach(directory.root)
    for snapshot in (3, 9, 20):
        names, _, rows = directory.expected(snapshot, 0, "t")
        query = f"SELECT * FROM db.t AT (TIMESTAMP => TIMESTAMPTZ '{directory.times[snapshot]}') ORDER BY rowid"
        yield from differences(connection, query, rows, names)


def attached_snapshot(new_directory):
    """A whole catalog as of a snapshot, the views that cast included."""
    directory = history.build(new_directory())
    connection = attach(directory.root, "READ_ONLY, SNAPSHOT_VERSION 24")
    yield from differences(connection, "FROM db.docs", directory.expected(24, 0, "docs")[2], ordered=False)
    if connection.execute("DESCRIBE db.docs").fetchall()[1][1] != "FLOAT[3]":
        yield "the column of vectors is no array"


def filters(new_directory):
    """Statistics never hide rows: predicates give what they give after all rows were read."""
    directory = history.build(new_directory())
    connection = attach(directory.root)
    connection.execute("CREATE TEMP TABLE copy AS SELECT * FROM db.t")
    for predicate in ("id = 4242", "id > 9000", "x = 'inf'", "isnan(x)", "x > 300", "x < 0", "x IS NULL", "\"Title of it\" = 'row 77'",
                      "\"Title of it\" IS NULL", "extra = 7", "extra <> 7", "ok = 'both'", "n > 1000000", "extra IS NULL", "id BETWEEN 20 AND 22"):
        counts = [connection.execute(f"SELECT count(*) FROM {table} WHERE {predicate}").fetchone()[0] for table in ("db.t", "copy")]
        if counts[0] != counts[1]:
            yield f"WHERE {predicate}: {counts[0]} rows, expected {counts[1]}"
    for snapshot in (8, 12, 20):
        found = connection.execute(f"SELECT count(*) FROM db.t AT (VERSION => {snapshot})").fetchone()[0]
        if found != len(directory.expected(snapshot, 0, "t")[2]):
            yield f"count(*) of snapshot {snapshot} is {found}"
    ordered = "SELECT id FROM {} WHERE NOT isnan(x) ORDER BY x DESC NULLS LAST, id LIMIT 5"
    if texts(connection, ordered.format("db.t")) != texts(connection, ordered.format("copy")):
        yield "ORDER BY .. LIMIT differs"


def live_writer(new_directory):
    """A reader sees each commit of a writer that keeps the WAL open, and none that is under way."""
    directory = new_directory()
    with directory.commit("CREATE"):
        t = directory.create_dataset("t", [("id", INT)])
    connection = attach(directory.root)
    for number in range(5):
        with directory.commit("INSERT"):
            t.insert([[number]])
            seen = connection.execute("SELECT count(*) FROM db.t").fetchone()[0]
            if seen != number:
                yield f"{seen} rows during the commit after {number}"
        seen = connection.execute("SELECT count(*) FROM db.t").fetchone()[0]
        if seen != number + 1:
            yield f"{seen} rows after {number + 1} commits"
    with directory.commit("CREATE later"):
        directory.create_dataset("later", [("v", vector(2))]).insert([[[1.0, 2.0]]])
    with directory.commit("IMPORT"):
        t.load([[number] for number in range(100)])
    with directory.commit("DELETE"):
        t.remove([0, 50])
    with directory.commit("ALTER"):
        t.add_column("b", TEXT, "x")
    with directory.commit("INSERT"):
        t.insert([[1000, "y"]])
    yield from differences(connection, "FROM db.t ORDER BY rowid", directory.expected(directory.snapshot, 0, "t")[2])
    yield from differences(connection, "FROM db.later", [[[1.0, 2.0]]])


def reader_blocks_no_writer(new_directory):
    """A transaction of a reader keeps its snapshot, and a writer commits meanwhile."""
    directory = new_directory()
    with directory.commit("CREATE"):
        t = directory.create_dataset("t", [("id", INT)])
        t.insert([[1]])
    connection = attach(directory.root)
    connection.execute("BEGIN")
    connection.execute("FROM db.t").fetchall()
    with directory.commit("INSERT"):
        t.insert([[2]])
    if len(connection.execute("FROM db.t").fetchall()) != 1:
        yield "a transaction sees a later commit"
    connection.execute("COMMIT")
    if len(connection.execute("FROM db.t").fetchall()) != 2:
        yield "a new transaction does not see the commit"


def moved(new_directory):
    """A directory that was moved: by OVERRIDE_DATA_PATH until linal has opened it, then as before."""
    directory = history.build(new_directory())
    names, _, rows = directory.expected(directory.snapshot, 0, "t")
    directory.sql.close()
    root = directory.root + " it's moved"
    shutil.move(directory.root, root)
    path = os.path.join(root, "lake").replace("'", "''")
    connection = attach(root, f"READ_ONLY, DATA_PATH '{path}', OVERRIDE_DATA_PATH true")
    yield from differences(connection, "FROM db.t ORDER BY rowid", rows, names)
    connection.close()
    directory.root, directory.sql = root, sqlite3.connect(os.path.join(root, "catalog.sqlite"), isolation_level=None)
    directory.set_root()
    directory.sql.close()
    yield from differences(attach(root), "FROM db.t ORDER BY rowid", rows, names)


def strange_names(new_directory):
    """Names that need quotes, that are words of SQL, or that the lake uses itself."""
    directory = new_directory()
    for number, name in enumerate(('a "b" c', "select", "ünï", "it's", "x__storage", "x__storage_", "x")):
        kind = vector(2) if number % 2 or name == "x__storage" else INT
        value = [1.0, 2.0] if kind.cast else 5
        with directory.commit("CREATE"):
            directory.create_dataset(name, [(name, kind), ("from", TEXT)]).insert([[value, "t"]])
    connection = attach(directory.root)
    for (_, name), (names, kinds, rows) in directory.history[directory.snapshot].items():
        shown = name + "_" if name.rstrip("_") == "x__storage" else name
        quoted = shown.replace('"', '""')
        yield from (f"{name}: {text}" for text in differences(connection, f'FROM db."{quoted}"', rows, names))


def names_of_the_lake(new_directory):
    """Columns called as those that DuckLake adds to inline rows and to segments, or as pseudo-columns of DuckDB."""
    directory = new_directory()
    for name in ("row_id", "Begin_Snapshot", "end_snapshot", "_ducklake_internal_row_id", "_ducklake_internal_snapshot_id", "rowid",
                 "file_row_number", "filename"):
        with directory.commit("CREATE"):
            t = directory.create_dataset(f"t {name}", [("id", INT), (name, TEXT)])
            t.load([[number, f"x{number}"] for number in range(5)])
            t.remove([1])
            if t.has_inline:
                t.insert([[6, "inline"]])
                t.update([2], name, "new")
        with directory.commit(None):
            t.fold()
    connection = attach(directory.root)
    for snapshot in (directory.snapshot - 1, directory.snapshot):
        for (_, name), (names, _, rows) in directory.history[snapshot].items():
            query = f'SELECT * FROM db."{name}" AT (VERSION => {snapshot}) ORDER BY id'
            rows = sorted(rows, key=lambda row: row[0])
            yield from (f"{name}: {text}" for text in differences(connection, query, rows, names))


def restored(new_directory):
    """RESTORE names the files of an earlier version again, in new segments without the later deletions."""
    directory = new_directory()
    with directory.commit("CREATE"):
        t = directory.create_dataset("t", [("id", INT), ("x", FLOAT)])
        t.load([[number, number / 2] for number in range(1000)])
    with directory.commit("DELETE"):
        t.remove(range(100, 200))
    with directory.commit("RESTORE"):
        t.restore_from(directory.expected(1, 0, "t")[2])
    with directory.commit("DELETE"):
        t.remove([5])
    connection = attach(directory.root)
    for snapshot in range(1, directory.snapshot + 1):
        names, _, rows = directory.expected(snapshot, 0, "t")
        query = f"SELECT * FROM db.t AT (VERSION => {snapshot}) ORDER BY rowid"
        yield from (f"snapshot {snapshot}: {text}" for text in differences(connection, query, rows, names))


def expired(new_directory):
    """After EXPIRE VERSIONS, an old snapshot does not show a part of the dataset, and kept ones are whole."""
    directory = new_directory()
    with directory.commit("CREATE"):
        t = directory.create_dataset("t", [("id", INT)])
        t.load([[number] for number in range(100)])
    with directory.commit("INSERT"):
        t.insert([[1000]])
    with directory.commit("ALTER"):
        t.add_column("y", TEXT, "z")
        other = directory.create_dataset("other", [("id", INT)])
    for number in range(3):  # snapshots in which no schema changes
        with directory.commit("INSERT"):
            other.insert([[number]])
    with directory.commit(None):
        t.fold()
    t.expire(directory.snapshot)
    connection = attach(directory.root)
    yield from differences(connection, f"FROM db.other AT (VERSION => {directory.snapshot - 1})", [[0], [1], [2]])
    yield from differences(connection, "FROM db.t ORDER BY rowid", directory.expected(directory.snapshot, 0, "t")[2])
    try:
        connection.execute("FROM db.t AT (VERSION => 2)").fetchall()
        yield "an expired version can be read"
    except Exception as error:
        if "does not exist" not in str(error):
            yield f"an expired version gives: {error}"


CASES = (every_snapshot, timestamps, attached_snapshot, filters, live_writer, reader_blocks_no_writer, moved, strange_names, names_of_the_lake,
         restored, expired)
