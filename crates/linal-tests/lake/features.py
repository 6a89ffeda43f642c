"""Further parts of DuckLake: the change feed, delete files, segments with a snapshot for each row, functions, and rights of the reader."""

import os
import stat

import pyarrow as pa
import pyarrow.parquet as pq

from . import history, segment
from .compare import differences
from .connect import attach, connect, texts
from .kinds import INT, TEXT

PATH_FIELD, POSITION_FIELD, SNAPSHOT_FIELD = 2147483546, 2147483545, 2147483539


def field(name, data_type, field_id):
    return pa.field(name, data_type, metadata={"PARQUET:field_id": str(field_id)})


def small(new_directory):
    directory = new_directory()
    with directory.commit("CREATE"):
        t = directory.create_dataset("t", [("id", INT), ("s", TEXT)])
    return directory, t


def change_feed(new_directory):
    """table_changes gives the insertions, deletions and updates between two snapshots."""
    directory, t = small(new_directory)
    with directory.commit("INSERT"):
        t.insert([[1, "a"], [2, "b"]])
    with directory.commit("IMPORT"):
        t.load([[number, "bulk"] for number in range(10, 20)])
    with directory.commit("UPDATE"):
        t.update([0, 5], "s", "new")
    with directory.commit("DELETE"):
        t.remove([1, 6])
    connection = attach(directory.root)
    query = "SELECT change_type, count(*) FROM db.table_changes('t', {}, {}) GROUP BY ALL ORDER BY ALL"
    for bounds, expected in (
        ((2, 2), [("insert", "2")]), ((3, 3), [("insert", "10")]), ((5, 5), [("delete", "2")]),
        ((4, 4), [("update_postimage", "2"), ("update_preimage", "2")]),
    ):
        found = texts(connection, query.format(*bounds))
        if found != expected:
            yield f"changes of snapshots {bounds}: {found}, expected {expected}"


def delete_files(new_directory):
    """Deletions in a Parquet file, which a later snapshot replaces by another."""
    directory, t = small(new_directory)
    with directory.commit("IMPORT"):
        t.load([[number, "x"] for number in range(100)])
    for positions in ([3, 4], [3, 4, 50]):
        with directory.commit("DELETE"):
            directory.end("linal_delete_file", "segment_id = 1")
            write_delete_file(directory, t, positions)
            for row_id in positions:
                t.rows.pop(row_id, None)
            directory.note(t, "delete")
    with directory.commit("DELETE"):
        t.remove([7])
    connection = attach(directory.root)
    for snapshot in range(2, directory.snapshot + 1):
        rows = directory.expected(snapshot, 0, "t")[2]
        query = f"SELECT * FROM db.t AT (VERSION => {snapshot}) ORDER BY rowid"
        yield from (f"snapshot {snapshot}: {text}" for text in differences(connection, query, rows))
        found = connection.execute(f"SELECT count(*) FROM db.t AT (VERSION => {snapshot})").fetchone()[0]
        if found != len(rows):
            yield f"snapshot {snapshot}: count(*) is {found}"


def write_delete_file(directory, t, positions):
    path = f"data/{t.id}/{directory.next_file:08}-delete.parquet"
    schema = pa.schema([field("file_path", pa.string(), PATH_FIELD), field("pos", pa.int64(), POSITION_FIELD)])
    of = directory.sql.execute("SELECT path FROM linal_file WHERE file_id = 1").fetchone()[0]
    table = pa.table([[f"../{of}"] * len(positions), positions], schema=schema)
    pq.write_table(table, os.path.join(directory.root, path))
    file_id, footer = segment.add_file(directory, path, "deletes")
    directory.sql.execute("INSERT INTO linal_delete_file VALUES (?, 1, ?, NULL, ?, ?, ?)",
                          (file_id, directory.snapshot, file_id, footer, len(positions)))


def partial_segments(new_directory):
    """Inline rows of several snapshots in one segment, which stores the snapshot and the row id of each."""
    directory, t = small(new_directory)
    for number in range(5):
        with directory.commit("INSERT"):
            t.insert([[number, f"row {number}"]])
    write_partial(directory, t, {row_id: row_id + 2 for row_id in range(5)})
    connection = attach(directory.root)
    for snapshot in range(1, directory.snapshot + 1):
        rows = directory.expected(snapshot, 0, "t")[2]
        query = f"SELECT * FROM db.t AT (VERSION => {snapshot}) ORDER BY rowid"
        yield from (f"snapshot {snapshot}: {text}" for text in differences(connection, query, rows))


def write_partial(directory, t, snapshots):
    """Not a commit of its own: no snapshot sees another answer."""
    table = segment.table_of(t, sorted(t.rows), stores_row_ids=True)
    column = field("_ducklake_internal_snapshot_id", pa.int64(), SNAPSHOT_FIELD)
    table = table.append_column(column, pa.array([snapshots[row_id] for row_id in sorted(t.rows)], pa.int64()))
    path = f"data/{t.id}-partial.parquet"
    pq.write_table(table, os.path.join(directory.root, path))
    file_id, footer = segment.add_file(directory, path, "segment")
    directory.sql.execute("INSERT INTO linal_segment VALUES (1, ?, ?, NULL, ?, ?, NULL, 1, ?, 0, ?, 1, ?)",
                          (t.id, min(snapshots.values()), file_id, footer, len(t.rows), t.next_row, max(snapshots.values())))
    directory.sql.execute(f"DELETE FROM {t.inline_table}")


def functions(new_directory):
    """The functions that list snapshots and files."""
    directory = history.build(new_directory())
    connection = attach(directory.root)
    listed = texts(connection, "SELECT snapshot_id, commit_message FROM db.snapshots() ORDER BY snapshot_id")
    if len(listed) != directory.snapshot + 1 or listed[1][1] != "CREATE DATASET t":
        yield f"snapshots: {listed[:3]}"
    for query in ("FROM ducklake_table_info('db')", "FROM ducklake_list_files('db', 't')", "FROM db.current_snapshot()",
                  "FROM db.table_insertions('t', 1, 20)", "FROM db.table_deletions('t', 1, 20)", "SHOW ALL TABLES", "SUMMARIZE db.other.renamed"):
        if not connection.execute(query).fetchall():
            yield f"{query} is empty"


def other_user(new_directory):
    """A reader without the right to write sees the directory while linal has it open, and after."""
    directory, t = small(new_directory)
    with directory.commit("INSERT"):
        t.insert([[1, "a"]])
    for folder, _, files in os.walk(directory.root):
        os.chmod(folder, stat.S_IRWXU | stat.S_IRGRP | stat.S_IXGRP | stat.S_IROTH | stat.S_IXOTH)
        for name in files:
            os.chmod(os.path.join(folder, name), stat.S_IRUSR | stat.S_IWUSR | stat.S_IRGRP | stat.S_IROTH)
    os.chmod(os.path.dirname(directory.root), 0o755)
    yield from read_as_nobody(directory.root, "while it is open")
    directory.close()
    yield from read_as_nobody(directory.root, "after it was closed")


def read_as_nobody(root, when):
    if os.geteuid() != 0:
        return
    connection = connect()
    os.seteuid(65534)
    try:
        answer = str(attach(root, connection=connection).execute("SELECT count(*) FROM db.t").fetchone()[0])
    except Exception as error:
        answer = str(error)
    finally:
        os.seteuid(0)
    if answer != "1":
        yield f"{when}: {answer}"


CASES = (change_feed, delete_files, partial_segments, functions, other_user)
