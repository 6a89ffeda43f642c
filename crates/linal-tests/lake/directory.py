"""Writes a database directory by hand, with schema.sql and lake.sql, and remembers what each snapshot must show."""

import datetime
import os
import sqlite3
from contextlib import contextmanager

from .dataset import Column, Dataset

DATABASE_FOLDER = os.path.join(os.path.dirname(__file__), "..", "..", "linal-store", "src", "database")


def read_sql(name):
    with open(os.path.join(DATABASE_FOLDER, name), encoding="utf-8") as file:
        return file.read()


class Directory:
    """A writer of one directory. `history[snapshot][(database, dataset)]` is what the snapshot shows: names of columns, rows by row id."""

    def __init__(self, root):
        self.root = os.path.abspath(root)
        for folder in ("data", "vectors", "tensors", "indexes", "lake"):
            os.makedirs(os.path.join(self.root, folder))
        self.sql = sqlite3.connect(os.path.join(self.root, "catalog.sqlite"), isolation_level=None)
        self.sql.execute("PRAGMA journal_mode = WAL")
        self.sql.execute("PRAGMA synchronous = OFF")
        self.sql.execute("PRAGMA foreign_keys = ON")
        self.sql.executescript(read_sql("schema.sql") + read_sql("lake.sql"))
        self.snapshot = -1
        self.catalog_version = 0
        self.last_time = 0
        self.next_file = 1
        self.datasets = {}
        self.history = {}
        self.times = {}
        with self.commit("CREATE DATABASE default"):
            self.set_root()
            self.info("format_version", "3")
            self.info("created_by", "linal test")
            self.create_database(0, "default")

    def info(self, key, value):
        self.sql.execute("INSERT INTO linal_info VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value", (key, value))

    def set_root(self):
        self.info("lake_root", os.path.join(self.root, "lake") + "/")

    @contextmanager
    def commit(self, statement):
        """One transaction and snapshot. What happens to datasets inside is recorded as their next versions."""
        self.snapshot += 1
        self.changed = {}
        now = int(datetime.datetime.now(datetime.timezone.utc).timestamp() * 1_000_000)
        self.last_time = max(now, self.last_time + 1)
        time = datetime.datetime.fromtimestamp(self.last_time // 1_000_000, datetime.timezone.utc)
        text = f"{time:%Y-%m-%d %H:%M:%S}.{self.last_time % 1_000_000:06}+00"
        self.sql.execute("BEGIN IMMEDIATE")
        self.sql.execute("INSERT INTO linal_snapshot VALUES (?, ?, ?, ?)",
                         (self.snapshot, self.last_time, self.catalog_version, statement))
        yield self
        for dataset, change in self.changed.items():
            dataset.new_version(change)
        self.sql.execute("COMMIT")
        self.times[self.snapshot] = text
        self.history[self.snapshot] = {(d.database, d.name): d.visible() for d in self.datasets.values() if d.live}

    def catalog_changed(self):
        self.catalog_version = self.snapshot
        self.sql.execute("UPDATE linal_snapshot SET catalog_version = ?1 WHERE snapshot_id = ?1", (self.snapshot,))

    def note(self, dataset, change):
        self.changed.setdefault(dataset, change)

    def end(self, table, where, *values):
        """Ends the living rows of a table, and drops those that no snapshot has seen."""
        self.sql.execute(f"DELETE FROM {table} WHERE begin_snapshot = ? AND {where}", (self.snapshot, *values))
        self.sql.execute(f"UPDATE {table} SET end_snapshot = ? WHERE end_snapshot IS NULL AND {where}", (self.snapshot, *values))

    def create_database(self, database_id, name):
        self.sql.execute("INSERT INTO linal_database VALUES (?, ?, NULL, ?, '{}')", (database_id, self.snapshot, name))
        self.catalog_changed()

    def rename_database(self, database_id, name):
        self.end("linal_database", "database_id = ?", database_id)
        self.create_database(database_id, name)

    def drop_database(self, database_id):
        self.end("linal_database", "database_id = ?", database_id)
        self.catalog_changed()

    def create_dataset(self, name, columns, database=0):
        """`columns` are pairs of a name and a kind."""
        dataset = Dataset(self, len(self.datasets) + 1, database, name)
        self.datasets[dataset.id] = dataset
        dataset.create([Column(dataset.take_column_id(kind), column, kind) for column, kind in columns])
        return dataset

    def close(self):
        """Without a WAL, so that a reader who may not write to the folder can open the catalog: SQLite would have to make `-shm`."""
        self.sql.execute("PRAGMA journal_mode = DELETE")
        self.sql.close()

    def expected(self, snapshot, database, name):
        return self.history[snapshot][(database, name)]
