"""The datasets of a directory that is written by hand: rows, where each row is stored, and the schemas they had."""

from dataclasses import dataclass, replace

import pyarrow as pa

from . import segment
from .kinds import Kind


INLINE_NAMES = ("row_id", "begin_snapshot", "end_snapshot")


@dataclass(frozen=True)
class Column:
    id: int
    name: str
    kind: Kind
    default: object = None


def quote(name):
    return '"' + name.replace('"', '""') + '"'


def children_count(children):
    return sum(1 + children_count(nested) for _, _, nested in children)


class Dataset:
    """Rows are a dictionary of row ids to dictionaries of column ids to values; `places` has (segment, position) of those in segments."""

    def __init__(self, directory, dataset_id, database, name):
        self.directory, self.id, self.database, self.name = directory, dataset_id, database, name
        self.live = True
        self.rows, self.places, self.segments = {}, {}, {}
        self.next_row, self.next_column, self.version, self.schema_version = 0, 1, 0, 0
        self.columns = []

    def take_column_id(self, kind):
        taken = self.next_column
        self.next_column += 1 + children_count(kind.children)
        return taken

    def visible(self):
        rows = [[row.get(column.id) for column in self.columns] for _, row in sorted(self.rows.items())]
        return [column.name for column in self.columns], [column.kind for column in self.columns], rows

    @property
    def has_inline(self):
        return all(column.kind.inline and column.name.lower() not in INLINE_NAMES for column in self.columns)

    @property
    def inline_table(self):
        return f"linal_inline_{self.id}_{self.schema_version}"

    def execute(self, text, *values):
        return self.directory.sql.execute(text, values)

    def snapshot(self):
        return self.directory.snapshot

    # Schemas

    def create(self, columns):
        snapshot = self.snapshot()
        self.execute("INSERT INTO linal_dataset_head (dataset_id, changed_snapshot, altered_snapshot) VALUES (?, ?, ?)",
                     self.id, snapshot, snapshot)
        self.execute("INSERT INTO linal_dataset VALUES (?, ?, NULL, ?, ?, '{}')", self.id, snapshot, self.database, self.name)
        self.execute(f"CREATE VIEW ducklake_inlined_delete_{self.id} AS SELECT segment_id AS file_id, position AS row_id, begin_snapshot "
                     f"FROM linal_inline_delete WHERE dataset_id = {self.id}")
        for position, column in enumerate(columns):
            self.write_column(column, position)
        self.new_schema(columns)
        self.directory.note(self, "create")

    def write_column(self, column, position):
        self.write_field(column.id, None, position, column.name, column.kind.lake, column.default, column.kind)
        self.write_children(column.id, column.kind.children, column.id + 1)

    def write_children(self, parent, children, next_id):
        for position, (name, lake, nested) in enumerate(children):
            self.write_field(next_id, parent, position, name, lake, None, None)
            next_id = self.write_children(next_id, nested, next_id + 1)
        return next_id

    def write_field(self, field_id, parent, position, name, lake, default, kind):
        self.execute(
            "INSERT INTO linal_column (dataset_id, column_id, begin_snapshot, parent_column_id, position, name, logical_type, arrow_schema,"
            " nullable, initial_default, lake_type, lake_cast) VALUES (?, ?, ?, ?, ?, ?, ?, ?, 1, ?, ?, ?)",
            self.id, field_id, self.snapshot(), parent, position, name, kind.logical if kind else lake,
            pa.schema([pa.field(name, kind.stored)]).serialize().to_pybytes() if kind else None,
            None if default is None else str(default), lake, kind.cast if kind else None)

    def new_schema(self, columns):
        """A new schema with its table of inline rows and the view over it."""
        self.columns = columns
        self.schema_version += 1
        self.directory.end("linal_dataset_schema", "dataset_id = ?", self.id)
        self.execute("INSERT INTO linal_dataset_schema VALUES (?, ?, ?, NULL, ?)",
                     self.id, self.schema_version, self.snapshot(), int(self.has_inline))
        if self.has_inline:
            self.create_inline_table()
        self.directory.catalog_changed()

    def create_inline_table(self):
        fields = "".join(f", c{column.id} {column.kind.inline}" for column in self.columns)
        self.execute(f"CREATE TABLE {self.inline_table} (row_id INTEGER NOT NULL, begin_snapshot INTEGER NOT NULL, end_snapshot INTEGER"
                     f"{fields}, PRIMARY KEY (row_id, begin_snapshot)) STRICT, WITHOUT ROWID")
        values = "".join(f", {column.kind.view.replace('{}', f'c{column.id}')} AS {quote(column.name)}" for column in self.columns)
        self.execute(f"CREATE VIEW ducklake_inlined_data_{self.id}_{self.schema_version} AS SELECT row_id, begin_snapshot, end_snapshot"
                     f"{values} FROM {self.inline_table}")

    def rename(self, name):
        self.name = name
        self.directory.end("linal_dataset", "dataset_id = ?", self.id)
        self.execute("INSERT INTO linal_dataset VALUES (?, ?, NULL, ?, ?, '{}')", self.id, self.snapshot(), self.database, name)
        self.directory.catalog_changed()
        self.directory.note(self, "rename")

    def drop(self):
        self.live = False
        self.directory.end("linal_dataset", "dataset_id = ?", self.id)
        self.directory.catalog_changed()
        self.directory.note(self, "drop")

    def undrop(self):
        self.live = True
        self.execute("INSERT INTO linal_dataset VALUES (?, ?, NULL, ?, ?, '{}')", self.id, self.snapshot(), self.database, self.name)
        self.directory.catalog_changed()
        self.directory.note(self, "restore")

    def add_column(self, name, kind, default=None, text=None):
        """`text` is the default as DuckDB casts it. DuckLake has none of nested types: then the rows are written again."""
        is_rewritten = kind.children and default is not None
        column = Column(self.take_column_id(kind), name, kind, None if is_rewritten else default if text is None else text)
        self.write_column(column, len(self.columns))
        for row in self.rows.values():
            row[column.id] = default
        self.new_schema(self.columns + [column])
        if is_rewritten:
            self.fold()
        self.directory.note(self, "alter")

    def drop_column(self, name):
        column = self.column(name)
        self.directory.end("linal_column", "dataset_id = ? AND column_id BETWEEN ? AND ?", self.id, column.id,
                           column.id + children_count(column.kind.children))
        self.new_schema([other for other in self.columns if other is not column])
        self.directory.note(self, "alter")

    def rename_column(self, name, new_name):
        self.change_column(name, lambda column: replace(column, name=new_name))

    def widen_column(self, name, kind):
        self.change_column(name, lambda column: replace(column, kind=kind))

    def change_column(self, name, change):
        column = self.column(name)
        changed, position = change(column), self.columns.index(column)
        self.directory.end("linal_column", "dataset_id = ? AND column_id = ?", self.id, column.id)
        self.write_field(changed.id, None, position, changed.name, changed.kind.lake, changed.default, changed.kind)
        self.new_schema([changed if other is column else other for other in self.columns])
        self.directory.note(self, "alter")

    def column(self, name):
        return next(column for column in self.columns if column.name == name)

    def new_version(self, change):
        self.version += 1
        self.execute("INSERT INTO linal_dataset_version VALUES (?, ?, ?, ?, ?, NULL, NULL)",
                     self.id, self.version, self.snapshot(), len(self.rows), change)
        self.execute("UPDATE linal_dataset_head SET next_row_id = ?, next_column_id = ?, version = ?, schema_version = ?, rows = ?,"
                     " changed_snapshot = ? WHERE dataset_id = ?", self.next_row, self.next_column, self.version, self.schema_version,
                     len(self.rows), self.snapshot(), self.id)

    # Rows: `rows` are lists of values in the order of the columns

    def insert(self, rows):
        for values in rows:
            self.write_inline(self.next_row, dict(zip((column.id for column in self.columns), values)))
            self.next_row += 1
        self.directory.note(self, "insert")

    def write_inline(self, row_id, row):
        self.rows[row_id] = row
        values = [None if row.get(c.id) is None else c.kind.encode(row[c.id]) for c in self.columns]
        marks = ", ?" * len(values)
        self.execute(f"INSERT INTO {self.inline_table} VALUES (?, ?, NULL{marks})", row_id, self.snapshot(), *values)

    def load(self, rows, name=None):
        """A bulk load: one segment with consecutive row ids."""
        ids = range(self.next_row, self.next_row + len(rows))
        self.next_row += len(rows)
        for row_id, values in zip(ids, rows):
            self.rows[row_id] = dict(zip((column.id for column in self.columns), values))
        segment.write(self, list(ids), stores_row_ids=False)
        self.directory.note(self, "insert")

    def remove(self, row_ids, change="delete"):
        for row_id in row_ids:
            row = self.rows.pop(row_id)
            self.remove_stored(row_id)
        self.directory.note(self, change)

    def remove_stored(self, row_id):
        if row_id in self.places:
            segment_id, position = self.places.pop(row_id)
            self.execute("INSERT INTO linal_inline_delete VALUES (?, ?, ?, ?, ?)", segment_id, position, row_id, self.snapshot(), self.id)
            return
        for version in range(1, self.schema_version + 1):
            if self.execute("SELECT 1 FROM sqlite_master WHERE name = ?", f"linal_inline_{self.id}_{version}").fetchone():
                self.directory.end(f"linal_inline_{self.id}_{version}", "row_id = ?", row_id)

    def update(self, row_ids, name, value):
        """An UPDATE of few rows: deletions and inline rows under the same row ids."""
        column = self.column(name)
        for row_id in row_ids:
            row = dict(self.rows[row_id])
            row[column.id] = value(row[column.id]) if callable(value) else value
            self.remove_stored(row_id)
            self.write_inline(row_id, row)
        self.directory.note(self, "update")

    def fold(self):
        """Rewrites all rows into one segment that stores row ids. Not a version: older snapshots keep the rows where they were."""
        for row_id in self.rows:
            if row_id not in self.places:
                self.remove_stored(row_id)
        for segment_id in {place[0] for place in self.places.values()}:
            self.directory.end("linal_segment", "segment_id = ?", segment_id)
        segment.write(self, sorted(self.rows), stores_row_ids=True)

    def restore_from(self, rows):
        """RESTORE to a version in which all rows were in segments that live still: the same files in new segments."""
        self.rows, self.places = {}, {}
        values = iter(rows)
        for segment_id, (file_id, footer, row_ids, stores_row_ids) in list(self.segments.items()):
            self.directory.end("linal_segment", "segment_id = ?", segment_id)
            segment.add(self, file_id, footer, row_ids, stores_row_ids)
            self.rows.update({row_id: dict(zip((c.id for c in self.columns), next(values))) for row_id in row_ids})
        self.directory.note(self, "restore")

    def expire(self, oldest):
        """Frees what no snapshot from `oldest` on needs."""
        self.execute("DELETE FROM linal_segment WHERE dataset_id = ? AND end_snapshot <= ?", self.id, oldest)
        for version in range(1, self.schema_version + 1):
            self.execute(f"DELETE FROM linal_inline_{self.id}_{version} WHERE end_snapshot <= ?", oldest)
        self.execute("UPDATE linal_dataset_head SET oldest_snapshot = ? WHERE dataset_id = ?", oldest, self.id)
