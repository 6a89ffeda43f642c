//! The rows by which two versions of a dataset differ.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, RecordBatch, StringArray, new_empty_array, new_null_array};
use arrow::compute::{concat, interleave};
use arrow::datatypes::{DataType, Field, Schema};
use arrow::row::{RowConverter, Rows, SortField};
use linal_dataset::{ColumnDef, Result, RowSet, Snapshot, arrow_error};

/// The rows that only one of two versions has, each with its `change`: `removed` rows of `before`, `added` rows
/// of `after`. A row with another value in a column that both have is removed and added. They are in the order of
/// the rows, under the columns of `after`; a column that `before` lacks is NULL there.
///
/// # Errors
/// Internal errors of Arrow.
pub(super) fn rows(before: &Snapshot, after: &Snapshot) -> Result<RowSet> {
    let old = Side::of(before, &after.columns)?;
    let new = Side::of(after, &after.columns)?;
    let shared: Vec<usize> = (0..after.columns.len()).filter(|at| old.has[*at]).collect();
    let (old_rows, new_rows) = (old.normalized(&shared)?, new.normalized(&shared)?);
    // The version, from 0, and the row in it.
    let mut places: Vec<(usize, usize)> = Vec::new();
    let (mut i, mut j) = (0, 0);
    while i < old.ids.len() || j < new.ids.len() {
        let ids = (old.ids.get(i), new.ids.get(j));
        let is_same_row = ids.0.is_some() && ids.0 == ids.1;
        let is_old = ids.1.is_none_or(|new| ids.0.is_some_and(|old| old <= new));
        if is_same_row {
            if old_rows.row(i) != new_rows.row(j) {
                places.extend([(0, i), (1, j)]);
            }
            (i, j) = (i + 1, j + 1);
        } else if is_old {
            places.push((0, i));
            i += 1;
        } else {
            places.push((1, j));
            j += 1;
        }
    }
    let change = places.iter().map(|(side, _)| if *side == 0 { "removed" } else { "added" });
    let mut arrays: Vec<ArrayRef> = vec![Arc::new(StringArray::from_iter_values(change))];
    let mut fields = vec![Field::new("change", DataType::Utf8, false)];
    for (at, column) in after.columns.iter().enumerate() {
        let sides = [old.columns[at].as_ref(), new.columns[at].as_ref()];
        arrays.push(interleave(&sides, &places).map_err(arrow_error)?);
        fields.push(column.field().with_nullable(true));
    }
    let schema = Arc::new(Schema::new(fields));
    let batch = RecordBatch::try_new(schema.clone(), arrays).map_err(arrow_error)?;
    Ok(RowSet::new(schema, vec![batch]))
}

/// The rows of a version under given columns.
struct Side {
    ids: Vec<u64>,
    columns: Vec<ArrayRef>,
    /// Whether the version has each column.
    has: Vec<bool>,
}

impl Side {
    fn of(snapshot: &Snapshot, columns: &[ColumnDef]) -> Result<Side> {
        let ids = snapshot.stored.as_ref().map(|stored| stored.row_ids.iter().collect()).unwrap_or_default();
        let place = |wanted: &ColumnDef| {
            let is_it =
                |own: &ColumnDef| own.number == wanted.number && own.column_type == wanted.column_type;
            snapshot.columns.iter().position(is_it)
        };
        let column = |wanted: &ColumnDef| {
            let data_type = wanted.column_type.data_type();
            let Some(at) = place(wanted) else {
                return Ok(new_null_array(&data_type, snapshot.rows));
            };
            let parts: Vec<ArrayRef> = snapshot.values(at).collect::<Result<_>>()?;
            let parts: Vec<&dyn Array> = parts.iter().map(|part| part.as_ref()).collect();
            if parts.is_empty() {
                return Ok(new_empty_array(&data_type));
            }
            concat(&parts).map_err(arrow_error)
        };
        let has = columns.iter().map(|wanted| place(wanted).is_some()).collect();
        Ok(Side { ids, columns: columns.iter().map(column).collect::<Result<_>>()?, has })
    }

    /// The rows of some columns in a form whose bytes are equal exactly when the rows are.
    fn normalized(&self, columns: &[usize]) -> Result<Rows> {
        let columns: Vec<ArrayRef> = columns.iter().map(|at| self.columns[*at].clone()).collect();
        let fields = columns.iter().map(|column| SortField::new(column.data_type().clone())).collect();
        let converter = RowConverter::new(fields).map_err(arrow_error)?;
        // Without a shared column, no row has other values.
        if columns.is_empty() {
            return Ok(converter.empty_rows(self.ids.len(), 0));
        }
        converter.convert_columns(&columns).map_err(arrow_error)
    }
}
