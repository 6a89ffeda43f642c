//! Rows of one schema in another.

use arrow::array::{RecordBatch, RecordBatchOptions};
use linal_error::Code;

use super::super::column::{Column, schema_of};
use super::super::error::{Result, StoreError};
use super::super::segment::to_stored;

/// The rows in other columns: columns are matched by number, new ones have their initial values.
pub(super) fn adapt(rows: &RecordBatch, from: &[Column], to: &[Column]) -> Result<RecordBatch> {
    let mut arrays = Vec::with_capacity(to.len());
    for column in to {
        let at = from.iter().position(|other| other.id == column.id);
        let array = match at {
            Some(at) => rows.column(at).clone(),
            None => column.initial_values(rows.num_rows())?,
        };
        arrays.push(if array.data_type() == column.field.data_type() {
            array
        } else {
            arrow::compute::cast(&array, column.field.data_type())?
        });
    }
    with_columns(to, arrays, rows.num_rows())
}

/// A batch of the columns of a dataset.
pub(super) fn with_columns(
    columns: &[Column],
    arrays: Vec<arrow::array::ArrayRef>,
    rows: usize,
) -> Result<RecordBatch> {
    let options = RecordBatchOptions::new().with_row_count(Some(rows));
    Ok(RecordBatch::try_new_with_options(schema_of(columns), arrays, &options)?)
}

/// Checks that rows have the columns of a dataset, in order; the names and metadata of the batch's own schema
/// do not matter.
pub(super) fn fit(dataset: &str, rows: &RecordBatch, columns: &[Column]) -> Result<RecordBatch> {
    if rows.num_columns() != columns.len() {
        let message =
            format!("rows for `{dataset}` have {} columns instead of {}", rows.num_columns(), columns.len());
        return Err(StoreError::new(Code::WrongCount, message));
    }
    for (array, column) in rows.columns().iter().zip(columns) {
        if array.data_type() != column.field.data_type() {
            let message = format!(
                "the column `{}` of `{dataset}` holds {}, not {}",
                column.name(),
                column.field.data_type(),
                array.data_type()
            );
            return Err(StoreError::new(Code::TypeMismatch, message));
        }
        // Rows of the catalog become rows of a segment later.
        to_stored(array)?;
        if !column.field.is_nullable() && array.logical_null_count() > 0 {
            let message = format!("the column `{}` of `{dataset}` does not allow NULL", column.name());
            return Err(StoreError::new(Code::NotNull, message));
        }
    }
    with_columns(columns, rows.columns().to_vec(), rows.num_rows())
}
