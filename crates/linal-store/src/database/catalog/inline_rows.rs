//! Rows of datasets in tables of the catalog, with checksums that are compared whenever they are read.

use std::hash::Hasher as _;
use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch, RecordBatchOptions};
use rusqlite::types::Value;
use rusqlite::{Connection, params};
use twox_hash::xxhash3_64::Hasher;

use super::super::column::{Column, schema_of};
use super::super::error::{Result, StoreError};
use super::super::ids::DatasetId;
use super::super::value::decode_inline;

/// Rows with their ids, in the order of the ids.
#[derive(Clone, Debug)]
pub(in crate::database) struct InlineRows {
    pub ids: Arc<[u64]>,
    /// All columns of the dataset.
    pub rows: RecordBatch,
}

impl InlineRows {
    /// Some of the rows.
    pub fn slice(&self, rows: std::ops::Range<usize>) -> InlineRows {
        InlineRows { rows: self.rows.slice(rows.start, rows.len()), ids: self.ids[rows].into() }
    }
}

/// The name of the table of a schema.
pub(in crate::database) fn inline_table(dataset: DatasetId, schema_version: u64) -> String {
    format!("linal_inline_{dataset}_{schema_version}")
}

/// The name of a column in these tables.
pub(in crate::database) fn column_name(column: u64) -> String {
    format!("c{column}")
}

/// The checksum of an inline row, which stands beside it: the XXH3-64 (seed 0) of its values, its id and the snapshot
/// that made it, as docs/format.md says. SQLite has none of its own, and a bit that flips in a page gives other values.
pub(in crate::database) fn checksum<'v>(
    row_id: u64,
    begin_snapshot: u64,
    values: impl Iterator<Item = (u64, &'v Value)>,
) -> i64 {
    let mut hasher = Hasher::new();
    hasher.write(&row_id.to_le_bytes());
    hasher.write(&begin_snapshot.to_le_bytes());
    for (column, value) in values {
        hasher.write(&column.to_le_bytes());
        let text = |hasher: &mut Hasher, kind: u8, bytes: &[u8]| {
            hasher.write(&[kind]);
            hasher.write(&(bytes.len() as u64).to_le_bytes());
            hasher.write(bytes);
        };
        match value {
            Value::Null => hasher.write(&[0]),
            Value::Integer(number) => text(&mut hasher, 1, &number.to_le_bytes()),
            Value::Real(number) => text(&mut hasher, 2, &number.to_bits().to_le_bytes()),
            Value::Text(value) => text(&mut hasher, 3, value.as_bytes()),
            Value::Blob(value) => text(&mut hasher, 4, value),
        }
    }
    hasher.finish() as i64
}

/// Whether a table of inline rows has checksums. Those that were made before linal wrote them have none.
pub(in crate::database) fn has_checksums(connection: &Connection, table: &str) -> Result<bool> {
    let sql = "SELECT EXISTS (SELECT 1 FROM pragma_table_info(?1) WHERE name = 'checksum')";
    Ok(connection.prepare_cached(sql)?.query_row([table], |row| row.get(0))?)
}

/// Verifies all rows of the table of a schema, those of past snapshots, too; `stored` are the columns of the schema.
///
/// # Errors
/// The first row that is damaged.
pub(in crate::database) fn verify_table(
    connection: &Connection,
    dataset: DatasetId,
    version: u64,
    stored: &[Column],
) -> Result<()> {
    let stored: Vec<&Column> = stored.iter().filter(|column| !column.is_lazy()).collect();
    let (_, values) = read_table(connection, &inline_table(dataset, version), &stored, None)?;
    for (column, values) in stored.iter().zip(values) {
        decode_inline(column.field.data_type(), values)?;
    }
    Ok(())
}

/// The rows of a dataset in a snapshot in the given columns. `schemas` are those with a table of rows: the
/// number of each, and its columns.
///
/// # Errors
/// A catalog that is damaged.
pub(in crate::database) fn inline_rows(
    connection: &Connection,
    dataset: DatasetId,
    snapshot: u64,
    columns: &[Column],
    schemas: &[(u64, Vec<Column>)],
) -> Result<InlineRows> {
    let mut ids = Vec::new();
    let mut arrays: Vec<Vec<ArrayRef>> = columns.iter().map(|_| Vec::new()).collect();
    for (version, stored) in schemas {
        let (found, values) = table_rows(connection, dataset, *version, snapshot, columns, stored)?;
        if found.is_empty() {
            continue;
        }
        ids.extend(found);
        arrays.iter_mut().zip(values).for_each(|(all, array)| all.push(array));
    }
    if ids.is_empty() {
        return Ok(InlineRows { ids: Arc::default(), rows: RecordBatch::new_empty(schema_of(columns)) });
    }
    sorted(columns, ids, &arrays)
}

/// The ids and columns of one table.
fn table_rows(
    connection: &Connection,
    dataset: DatasetId,
    version: u64,
    snapshot: u64,
    columns: &[Column],
    stored: &[Column],
) -> Result<(Vec<u64>, Vec<ArrayRef>)> {
    let stored: Vec<&Column> = stored.iter().filter(|column| !column.is_lazy()).collect();
    let (ids, mut values) = read_table(connection, &inline_table(dataset, version), &stored, Some(snapshot))?;
    let mut arrays = Vec::with_capacity(columns.len());
    for column in columns {
        let at = stored.iter().position(|other| other.id == column.id).filter(|_| !column.is_lazy());
        arrays.push(match at {
            Some(at) => decode_inline(column.field.data_type(), std::mem::take(&mut values[at]))?,
            None => column.initial_values(ids.len())?,
        });
    }
    Ok((ids, arrays))
}

/// The ids of rows, and their values column by column.
type TableRows = (Vec<u64>, Vec<Vec<Value>>);

/// The rows of a table that a snapshot sees, or all of them, with the columns that the table has.
///
/// # Errors
/// `E0409 damaged_database` for a row whose checksum is another.
fn read_table(
    connection: &Connection,
    table: &str,
    stored: &[&Column],
    snapshot: Option<u64>,
) -> Result<TableRows> {
    let has_checksums = has_checksums(connection, table)?;
    let mut names = String::from("row_id, begin_snapshot, ");
    names.push_str(if has_checksums { "checksum" } else { "NULL" });
    for column in stored {
        names.push_str(", ");
        names.push_str(&column_name(column.id));
    }
    let condition = match snapshot {
        Some(_) => "begin_snapshot <= ?1 AND (end_snapshot IS NULL OR end_snapshot > ?1)",
        None => "?1 IS NULL",
    };
    let sql = format!("SELECT {names} FROM {table} WHERE {condition} ORDER BY row_id");
    let mut statement = connection.prepare_cached(&sql)?;
    let mut ids: Vec<u64> = Vec::new();
    let mut values: Vec<Vec<Value>> = stored.iter().map(|_| Vec::new()).collect();
    let mut rows = statement.query(params![snapshot])?;
    while let Some(row) = rows.next()? {
        let (id, begin, expected): (u64, u64, Option<i64>) = (row.get(0)?, row.get(1)?, row.get(2)?);
        for (at, column) in values.iter_mut().enumerate() {
            column.push(row.get(at + 3)?);
        }
        let last = stored.iter().zip(&values).filter_map(|(column, all)| Some((column.id, all.last()?)));
        if expected.is_some_and(|expected| expected != checksum(id, begin, last)) {
            return Err(StoreError::damaged(format!(
                "the catalog is damaged: row {id} of the table {table} is not what was written"
            ))
            .with_help("linal check lists all damage; a backup has its own copy of the catalog"));
        }
        ids.push(id);
    }
    Ok((ids, values))
}

fn sorted(columns: &[Column], ids: Vec<u64>, arrays: &[Vec<ArrayRef>]) -> Result<InlineRows> {
    let mut order: Vec<u32> = (0..ids.len() as u32).collect();
    order.sort_by_key(|&at| ids[at as usize]);
    let in_order = order.iter().enumerate().all(|(at, &from)| at as u32 == from);
    let order_array = arrow::array::UInt32Array::from(order.clone());
    let mut merged = Vec::with_capacity(arrays.len());
    for parts in arrays {
        let parts: Vec<&dyn arrow::array::Array> = parts.iter().map(|part| part.as_ref()).collect();
        let all = arrow::compute::concat(&parts)?;
        merged.push(if in_order { all } else { arrow::compute::take(&all, &order_array, None)? });
    }
    let ids: Vec<u64> = order.iter().map(|&at| ids[at as usize]).collect();
    if ids.windows(2).any(|pair| pair[0] == pair[1]) {
        return Err(StoreError::damaged("the catalog has two rows with one row id"));
    }
    let options = RecordBatchOptions::new().with_row_count(Some(ids.len()));
    let rows = RecordBatch::try_new_with_options(schema_of(columns), merged, &options)?;
    Ok(InlineRows { ids: ids.into(), rows })
}
