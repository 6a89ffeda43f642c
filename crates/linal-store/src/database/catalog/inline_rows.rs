//! Rows of datasets in tables of the catalog.

use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch, RecordBatchOptions};
use rusqlite::types::Value;
use rusqlite::{Connection, params};

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
    let is_stored = |column: &Column| !column.is_lazy() && stored.iter().any(|other| other.id == column.id);
    let present: Vec<&Column> = columns.iter().filter(|column| is_stored(column)).collect();
    let mut names = String::from("row_id");
    for column in &present {
        names.push_str(", ");
        names.push_str(&column_name(column.id));
    }
    let mut statement = connection.prepare_cached(&format!(
        "SELECT {names} FROM {} WHERE begin_snapshot <= ?1 AND (end_snapshot IS NULL OR end_snapshot > ?1) \
         ORDER BY row_id",
        inline_table(dataset, version)
    ))?;
    let mut ids = Vec::new();
    let mut values: Vec<Vec<Value>> = present.iter().map(|_| Vec::new()).collect();
    let mut rows = statement.query(params![snapshot])?;
    while let Some(row) = rows.next()? {
        ids.push(row.get(0)?);
        for (at, column) in values.iter_mut().enumerate() {
            column.push(row.get(at + 1)?);
        }
    }
    let mut values = values.into_iter();
    let mut arrays = Vec::with_capacity(columns.len());
    for column in columns {
        arrays.push(if is_stored(column) {
            decode_inline(column.field.data_type(), values.next().unwrap_or_default())?
        } else {
            column.initial_values(ids.len())?
        });
    }
    Ok((ids, arrays))
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
