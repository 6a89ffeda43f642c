"""Reads a directory by `docs/format.md` with SQLite and pyarrow, without linal and without DuckDB."""

import hashlib
import json
import os
import re
import sqlite3

import pyarrow as pa
import pyarrow.parquet as pq

VISIBLE = "begin_snapshot <= :s AND (end_snapshot IS NULL OR :s < end_snapshot)"
JSON_WORDS = {"NULL": "null", "nan": "NaN", "inf": "Infinity"}
ROW_ID = "_ducklake_internal_row_id"
INTERVAL = pa.struct([("months", pa.int32()), ("days", pa.int32()), ("nanoseconds", pa.int64())])


def comparable(data_type):
    """The type in which DuckDB and this reader are compared: what DuckDB can show of a type."""
    t = pa.types
    if t.is_dictionary(data_type):
        return comparable(data_type.value_type)
    if "interval" in str(data_type):
        return INTERVAL
    if t.is_timestamp(data_type) and data_type.tz:
        return pa.timestamp("us", "UTC")
    if t.is_fixed_size_list(data_type) or t.is_large_list(data_type) or t.is_list(data_type):
        return pa.list_(comparable(data_type.value_type))
    if t.is_struct(data_type):
        return pa.struct([(field.name, comparable(field.type)) for field in data_type])
    if t.is_map(data_type):
        return pa.map_(comparable(data_type.key_type), comparable(data_type.item_type))
    for is_type, target in ((t.is_float16, pa.float32()), (t.is_date64, pa.date32()), (t.is_time, pa.time64("us")), (t.is_duration, pa.int64()),
                            (t.is_large_string, pa.string()), (t.is_large_binary, pa.binary()), (t.is_fixed_size_binary, pa.binary()),
                            (t.is_null, pa.int32()), (t.is_decimal32, None), (t.is_decimal64, None), (t.is_decimal256, None),
                            (lambda kind: str(kind) == "string_view", pa.string()), (lambda kind: str(kind) == "binary_view", pa.binary())):
        if is_type(data_type):
            return target or pa.decimal128(min(data_type.precision, 38), data_type.scale)
    return data_type


def values(array, data_type):
    """Python values of an array, for comparison by their text: NaN is itself, and -0.0 is not 0.0."""
    if isinstance(array, pa.ChunkedArray):
        array = array.combine_chunks()
    if isinstance(array, pa.ExtensionArray):
        array = array.storage
    target = comparable(data_type)
    if pa.types.is_timestamp(target) or pa.types.is_time(target):
        # As numbers: Python's own types end at microseconds and in year 9999.
        array = array.cast(target, safe=False)
        return array.cast(pa.int64()).to_pylist()
    if pa.types.is_date(target):
        return array.cast(target).cast(pa.int32()).to_pylist()
    if pa.types.is_null(array.type):
        return [None] * len(array)
    if pa.types.is_nested(target):
        return array.to_pylist()
    return array.cast(target).to_pylist()


def decode_inline(cell, data_type):
    """An inline value as a value of `comparable`, before it becomes an array."""
    t = pa.types
    if cell is None or isinstance(cell, bytes):
        return cell
    if t.is_dictionary(data_type):
        return decode_inline(cell, data_type.value_type)
    if t.is_boolean(data_type):
        return bool(cell)
    if t.is_floating(data_type):
        return float(cell)
    if t.is_interval(data_type):
        return dict(zip(("months", "days", "nanoseconds"), map(int, re.findall(r"-?\d+", cell))))
    if isinstance(cell, str) and t.is_nested(data_type):
        return json.loads(re.sub(r"[a-zA-Z]{3,}", lambda word: JSON_WORDS.get(word[0], word[0]), cell))
    if t.is_uint64(data_type):
        return int(cell)
    return cell


def inline_array(cells, data_type):
    t = pa.types
    decoded = [decode_inline(cell, data_type) for cell in cells]
    if t.is_dictionary(data_type):
        data_type = data_type.value_type
    if t.is_temporal(data_type) and not t.is_interval(data_type):
        width = pa.int32() if data_type.bit_width == 32 else pa.int64()
        return pa.array(decoded, width).view(data_type)
    if t.is_decimal(data_type):
        return pa.array(decoded, pa.string()).cast(comparable(data_type))
    return pa.array(decoded, comparable(data_type))


class Reader:
    def __init__(self, root):
        self.root = root
        self.sql = sqlite3.connect(f"file:{os.path.join(root, 'catalog.sqlite')}?mode=ro", uri=True)
        self.cache = {}

    def rows(self, text, **names):
        return self.sql.execute(text, names).fetchall()

    def snapshots(self):
        return [row[0] for row in self.rows("SELECT snapshot_id FROM linal_snapshot ORDER BY 1")]

    def datasets(self, snapshot):
        """(id, database, name) of the datasets that can be read in a snapshot."""
        databases = dict(self.rows(f"SELECT database_id, name FROM linal_database WHERE {VISIBLE}", s=snapshot))
        found = self.rows(f"SELECT dataset_id, database_id, name FROM linal_dataset JOIN linal_dataset_head USING (dataset_id) "
                          f"WHERE {VISIBLE} AND oldest_snapshot <= :s", s=snapshot)
        return [(dataset, databases[database], name) for dataset, database, name in found]

    def columns(self, dataset, snapshot):
        """(id, name, type, initial default, lake type) of the columns that the lake shows."""
        found = self.rows(f"SELECT column_id, name, arrow_schema, initial_default, lake_cast FROM linal_column WHERE dataset_id = :d AND {VISIBLE} "
                          "AND parent_column_id IS NULL AND lake_type IS NOT NULL ORDER BY position", d=dataset, s=snapshot)
        return [(number, name, storage(pa.ipc.read_schema(pa.py_buffer(schema)).field(0).type), default, cast)
                for number, name, schema, default, cast in found]

    def dataset(self, dataset, snapshot):
        """The columns and the rows, as lists of Python values in the order of row ids."""
        columns = self.columns(dataset, snapshot)
        rows = []
        for part in [*self.segments(dataset, snapshot), *self.inline(dataset, snapshot, columns)]:
            rows.extend(self.part_rows(part, columns))
        return columns, [row for _, row in sorted(rows, key=lambda pair: pair[0])]

    def part_rows(self, part, columns):
        row_ids, arrays = part
        lists = [values(arrays[number], kind) if number in arrays else [initial(default, kind)] * len(row_ids)
                 for number, _, kind, default, _ in columns]
        return [(row_id, row) for row_id, row in zip(row_ids, zip(*lists)) if row_id is not None]

    def segments(self, dataset, snapshot):
        found = self.rows(f"SELECT segment_id, row_id_start, has_row_ids, path, bytes, sha256 FROM linal_segment JOIN linal_file USING (file_id) "
                          f"WHERE dataset_id = :d AND {VISIBLE}", d=dataset, s=snapshot)
        for segment, start, has_ids, path, size, sha256 in found:
            table = self.file(path, size, sha256)
            arrays = {int(field.metadata[b"PARQUET:field_id"]): table.column(place) for place, field in enumerate(table.schema)}
            ids = table.column(ROW_ID).to_pylist() if has_ids else list(range(start, start + len(table)))
            deleted = "SELECT position FROM linal_inline_delete WHERE segment_id = :g AND begin_snapshot <= :s"
            for position, in self.rows(deleted, g=segment, s=snapshot):
                ids[position] = None
            yield ids, arrays

    def file(self, path, size, sha256):
        if path not in self.cache:
            with open(os.path.join(self.root, path), "rb") as file:
                content = file.read()
            if len(content) != size or hashlib.sha256(content).digest() != sha256:
                raise ValueError(f"{path} is damaged")
            self.cache[path] = pq.read_table(pa.BufferReader(content))
        return self.cache[path]

    def inline(self, dataset, snapshot, columns):
        for version, begin in self.rows("SELECT schema_version, begin_snapshot FROM linal_dataset_schema WHERE dataset_id = :d AND has_inline = 1 "
                                        "AND begin_snapshot <= :s", d=dataset, s=snapshot):
            table = f"linal_inline_{dataset}_{version}"
            stored = {row[1] for row in self.rows(f"PRAGMA table_info({table})")}
            shown = [(number, kind) for number, _, kind, _, _ in columns if f"c{number}" in stored]
            names = "".join(f", c{number}" for number, _ in shown)
            found = self.rows(f"SELECT row_id{names} FROM {table} WHERE {VISIBLE}", s=snapshot)
            if found:
                lists = list(zip(*found))
                yield list(lists[0]), {number: inline_array(cells, kind) for (number, kind), cells in zip(shown, lists[1:])}


def storage(data_type):
    return data_type.storage_type if isinstance(data_type, pa.BaseExtensionType) else data_type


def initial(text, data_type):
    if text is None:
        return None
    return values(pa.array([text]).cast(comparable(data_type)), data_type)[0]
