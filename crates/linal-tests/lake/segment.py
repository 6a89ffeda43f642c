"""Parquet segments: field ids are column ids, and rows that are not consecutive store their row ids."""

import hashlib
import os

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

ROW_ID_NAME = "_ducklake_internal_row_id"
ROW_ID_FIELD = 2147483540
BOUNDED = ("int", "float", "uint", "varchar", "decimal")


def with_ids(name, data_type, field_id):
    """The field with its field id and those of its children, and the next id."""
    metadata = {"PARQUET:field_id": str(field_id)}
    if pa.types.is_fixed_size_list(data_type):
        child, field_id = with_ids("item", data_type.value_type, field_id + 1)
        return pa.field(name, pa.list_(child, data_type.list_size), metadata=metadata), field_id
    if pa.types.is_map(data_type):
        key, field_id = with_ids("key", data_type.key_type, field_id + 1)
        value, field_id = with_ids("value", data_type.item_type, field_id)
        return pa.field(name, pa.map_(key.with_nullable(False), value), metadata=metadata), field_id
    if pa.types.is_list(data_type):
        child, field_id = with_ids("item", data_type.value_type, field_id + 1)
        return pa.field(name, pa.list_(child), metadata=metadata), field_id
    if pa.types.is_struct(data_type):
        children, field_id = [], field_id + 1
        for child in data_type:
            added, field_id = with_ids(child.name, child.type, field_id)
            children.append(added)
        return pa.field(name, pa.struct(children), metadata=metadata), field_id
    return pa.field(name, data_type, metadata=metadata), field_id + 1


def table_of(dataset, row_ids, stores_row_ids):
    fields, arrays = [], []
    for column in dataset.columns:
        name = f"{column.name}_" if column.name.startswith("_ducklake_internal_") else column.name
        field = with_ids(name, column.kind.stored, column.id)[0]
        cells = [dataset.rows[row_id].get(column.id) for row_id in row_ids]
        fields.append(field)
        arrays.append(pa.array([None if cell is None else column.kind.encode_cell(cell) for cell in cells], column.kind.stored).cast(field.type))
    if stores_row_ids:
        fields.append(pa.field(ROW_ID_NAME, pa.int64(), metadata={"PARQUET:field_id": str(ROW_ID_FIELD)}))
        arrays.append(pa.array(row_ids, pa.int64()))
    return pa.Table.from_arrays(arrays, schema=pa.schema(fields))


def add_file(directory, path, kind):
    with open(os.path.join(directory.root, path), "rb") as file:
        content = file.read()
    file_id = directory.next_file
    directory.next_file += 1
    directory.sql.execute("INSERT INTO linal_file (file_id, path, kind, bytes, sha256, created_snapshot) VALUES (?, ?, ?, ?, ?, ?)",
                          (file_id, path, kind, len(content), hashlib.sha256(content).digest(), directory.snapshot))
    return file_id, int.from_bytes(content[-8:-4], "little")


def write(dataset, row_ids, stores_row_ids):
    directory = dataset.directory
    path = f"data/{dataset.id}/{directory.next_file:08}.parquet"
    os.makedirs(os.path.join(directory.root, "data", str(dataset.id)), exist_ok=True)
    table = table_of(dataset, row_ids, stores_row_ids)
    pq.write_table(table, os.path.join(directory.root, path), row_group_size=1000, compression="lz4", use_compliant_nested_type=False)
    file_id, footer = add_file(directory, path, "segment")
    add(dataset, file_id, footer, row_ids, stores_row_ids)
    write_statistics(dataset, table)


def add(dataset, file_id, footer, row_ids, stores_row_ids):
    """A segment over a file: here its id is the file's, unless that is taken."""
    directory = dataset.directory
    taken = directory.sql.execute("SELECT coalesce(max(segment_id), 0) + 1 FROM linal_segment").fetchone()[0]
    directory.sql.execute(
        "INSERT INTO linal_segment VALUES (?, ?, ?, NULL, ?, ?, NULL, ?, ?, ?, ?, ?, NULL)",
        (taken, dataset.id, directory.snapshot, file_id, footer, dataset.schema_version, len(row_ids), row_ids[0], row_ids[-1] + 1,
         int(stores_row_ids)))
    dataset.segments[taken] = (file_id, footer, list(row_ids), stores_row_ids)
    dataset.places.update({row_id: (taken, position) for position, row_id in enumerate(row_ids)})
    return taken


def statistics(array, bounded):
    """Counts without and with NULL, bounds as text, and whether there is a NaN."""
    counts = [len(array) - array.null_count, array.null_count]
    if not bounded or counts[0] == 0:
        return counts + [None, None, None]
    if pa.types.is_dictionary(array.type):
        array = array.cast(array.type.value_type)
    if pa.types.is_floating(array.type):
        array = array.cast(pa.float32()) if array.type == pa.float16() else array
        numbers = array.filter(pc.invert(pc.is_nan(array)))
        nan = int(len(numbers.drop_null()) < counts[0])
        array = numbers
    else:
        nan = None
    bounds = pc.min_max(array).as_py()
    return counts + [None if bounds[key] is None else str(bounds[key]) for key in ("min", "max")] + [nan]


def write_statistics(dataset, table):
    segment_id = max(dataset.segments)
    for place, column in enumerate(dataset.columns):
        found = statistics(table.column(place), column.kind.lake.startswith(BOUNDED))
        dataset.execute("INSERT INTO linal_segment_column VALUES (?, ?, NULL, ?, ?, ?, ?, ?)", segment_id, column.id, *found)
