"""What DuckDB may do to a directory that it attaches for writing: nothing."""

import glob
import hashlib
import os
import sqlite3

from . import history
from .compare import differences
from .connect import attach

STATEMENTS = (
    "INSERT INTO db.t (id) VALUES (1)",
    "INSERT INTO db.t (id) SELECT range FROM range(100000)",
    "DELETE FROM db.t",
    "DELETE FROM db.t WHERE id < 100",
    "UPDATE db.t SET x = 0",
    "TRUNCATE db.t",
    "DROP TABLE db.t",
    "DROP SCHEMA db.other CASCADE",
    "ALTER TABLE db.t ADD COLUMN z INTEGER",
    "ALTER TABLE db.t RENAME TO tt",
    "CREATE TABLE db.new_table (a INTEGER)",
    "CREATE TABLE db.new_table AS SELECT 1 AS a",
    "CREATE SCHEMA db.new_schema",
    "CREATE VIEW db.new_view AS SELECT 1",
    "COMMENT ON TABLE db.t IS 'x'",
    "CALL db.set_option('parquet_compression', 'zstd')",
    "CALL ducklake_expire_snapshots('db', older_than => now() + INTERVAL 1 DAY)",
    "CALL ducklake_cleanup_old_files('db', cleanup_all => true)",
    "CALL ducklake_delete_orphaned_files('db', cleanup_all => true)",
    "CALL ducklake_flush_inlined_data('db')",
    "CALL ducklake_merge_adjacent_files('db')",
    "CALL ducklake_rewrite_data_files('db')",
    "CHECKPOINT db",
)


def fingerprint(root):
    """The content of the catalog and of each file of data."""
    catalog = sqlite3.connect(os.path.join(root, "catalog.sqlite"))
    lines = list(catalog.iterdump())
    catalog.close()
    files = {}
    for path in glob.glob(os.path.join(root, "data", "**", "*.parquet"), recursive=True):
        with open(path, "rb") as file:
            files[path] = hashlib.sha256(file.read()).hexdigest()
    return lines, files


def unchanged(new_directory):
    directory = history.build(new_directory())
    for _ in range(3):  # files that DuckDB could merge
        with directory.commit("IMPORT"):
            directory.datasets[3].load([[str(number)] for number in range(10)])
    orphan = os.path.join(directory.root, "data", "1", "99999999.parquet")
    with open(orphan, "wb") as file:
        file.write(b"a segment that is about to be committed")
    before = fingerprint(directory.root)
    for statement in STATEMENTS:
        connection = attach(directory.root, "READ_WRITE")
        try:
            connection.execute(statement).fetchall()
        except Exception as error:
            if os.environ.get("LAKE_VERBOSE"):
                print(f"       {statement}: {str(error).splitlines()[0][:150]}")
        connection.close()
        after = fingerprint(directory.root)
        if after != before:
            lines = [line for line in after[0] if line not in before[0]]
            yield f"{statement} changed the directory: {lines[:3]}"
            before = after
    for database, name, table in ((0, "t", "db.t"), (1, "renamed", "db.other.renamed")):
        rows = directory.expected(directory.snapshot, database, name)[2]
        yield from differences(attach(directory.root), f"FROM {table} ORDER BY rowid", rows)


def read_only(new_directory):
    """READ_ONLY refuses every statement before it reaches the catalog."""
    directory = history.build(new_directory())
    connection = attach(directory.root)
    for statement in STATEMENTS[:16]:
        try:
            connection.execute(statement).fetchall()
            yield f"{statement} was accepted"
        except Exception:
            pass


CASES = (unchanged, read_only)
