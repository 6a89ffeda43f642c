//! Snapshots with updated, deleted or appended rows. Unchanged chunks and columns are shared.

use std::sync::Arc;

use arrow::array::{ArrayRef, BooleanArray, BooleanBufferBuilder, RecordBatch, new_null_array};
use arrow::datatypes::Field;
use linal_error::Code;
use linal_lang::ast::relational::Literal;
use linal_store::temporal::Zone;

use super::chunk::{Chunk, with_columns};
use super::coerce::{coerce, repeated};
use super::column_values::{Charge, ColumnValues, Filtered, bytes_of, filtered};
use super::definition::ColumnDef;
use super::insert::generated_column;
use super::replaced_values::merged;
use super::snapshot::Snapshot;
use super::tail::single;
use crate::error::{Error, Result, count};

impl Snapshot {
    /// Sets new values in some rows of some columns. `rows` are row numbers from 0 in ascending order; each
    /// array has one value for each of them. Timestamps without a zone are local time in `zone` where the
    /// column has one. Only these columns of the affected chunks are copied.
    ///
    /// # Errors
    /// A value that does not fit its column.
    pub fn with_updated(
        &self,
        rows: &[usize],
        columns: &[(usize, ArrayRef, Field)],
        zone: &Zone,
    ) -> Result<Snapshot> {
        let mut fitted = Vec::with_capacity(columns.len());
        for (column, values, field) in columns {
            debug_assert_eq!(values.len(), rows.len());
            fitted.push((*column, coerce(values, field, &self.columns[*column], zone, &|at| rows[at])?));
        }
        let mut chunks = Vec::with_capacity(self.chunks.len());
        for (chunk, first, touched) in self.touched(rows) {
            if touched.is_empty() {
                chunks.push(chunk.clone());
                continue;
            }
            let offset = touched.start;
            let places = &rows[touched];
            let mut columns = chunk.columns().to_vec();
            for (column, values) in &fitted {
                let values = values.slice(offset, places.len());
                let values = merged(&chunk.column(*column)?, &values, places, first)?;
                let charge = self.charge(&values)?;
                columns[*column] = ColumnValues::Memory(values, charge);
            }
            chunks.push(Chunk::of(chunk.rows(), columns));
        }
        Ok(self.with_chunks(chunks).note_updated(rows))
    }

    /// Deletes rows, given as row numbers from 0 in ascending order.
    ///
    /// # Errors
    /// When the copy of the remaining rows does not fit the memory limit.
    pub fn without_rows(&self, rows: &[usize]) -> Result<Snapshot> {
        let mut chunks = Vec::with_capacity(self.chunks.len());
        for (chunk, first, touched) in self.touched(rows) {
            if touched.is_empty() {
                chunks.push(chunk.clone());
            } else if touched.len() < chunk.rows() {
                let touched_count = touched.len();
                let mut kept = BooleanBufferBuilder::new(chunk.rows());
                kept.append_n(chunk.rows(), true);
                rows[touched].iter().for_each(|row| kept.set_bit(row - first, false));
                let left = chunk.rows() - touched_count;
                chunks.push(self.filtered(chunk, &BooleanArray::new(kept.finish(), None), left)?);
            }
        }
        Ok(self.with_chunks(chunks).note_deleted(rows))
    }

    /// A chunk without some rows; `left` is the number of those that stay.
    fn filtered(&self, chunk: &Chunk, kept: &BooleanArray, left: usize) -> Result<Arc<Chunk>> {
        let columns = filtered(chunk.columns(), kept)?.into_iter().map(|column| match column {
            Filtered::Memory(values) => {
                let charge = self.charge(&values)?;
                Ok(ColumnValues::Memory(values, charge))
            }
            Filtered::Stored(stored) => Ok(ColumnValues::Stored(stored)),
        });
        Ok(Chunk::of(left, columns.collect::<Result<_>>()?))
    }

    /// Appends the rows of a query with all columns in order.
    ///
    /// # Errors
    /// A wrong number of columns, a value that does not fit, or NULL in a NOT NULL column.
    #[cfg(test)]
    pub fn with_appended(&self, batches: &[RecordBatch]) -> Result<Snapshot> {
        let all: Vec<usize> = (0..self.columns.len()).collect();
        self.with_appended_to(&all, batches, &Zone::utc())
    }

    /// Appends the rows of a query. The batches have the given columns; the others get their defaults.
    /// Timestamps without a zone are local time in `zone` where the column has one.
    ///
    /// # Errors
    /// A wrong number of columns, a value that does not fit, or NULL in a NOT NULL column.
    pub fn with_appended_to(
        &self,
        columns: &[usize],
        batches: &[RecordBatch],
        zone: &Zone,
    ) -> Result<Snapshot> {
        let mut chunks = self.chunks.clone();
        // Row numbers of errors count within the statement, as those of VALUES do.
        let mut before = 0;
        for batch in batches.iter().filter(|batch| batch.num_rows() > 0) {
            let arranged = self.arranged(columns, batch, before, zone)?;
            before += batch.num_rows();
            chunks.push(Chunk::new(arranged, &self.pool)?);
        }
        Ok(self.with_chunks(chunks).note_appended(before))
    }

    /// Rows of a query as rows of all columns. `columns` are those that the batch has; the others get their
    /// defaults. `before` is the number of rows of the statement before them, for errors.
    ///
    /// # Errors
    /// A wrong number of columns, a value that does not fit, or NULL in a NOT NULL column.
    pub fn arranged(
        &self,
        columns: &[usize],
        batch: &RecordBatch,
        before: usize,
        zone: &Zone,
    ) -> Result<RecordBatch> {
        if batch.num_columns() != columns.len() {
            let (given, wanted) = (count(batch.num_columns(), "column"), count(columns.len(), "column"));
            let message = format!("the query gives {given} for {wanted} of the dataset `{}`", self.name);
            return Err(Error::new(Code::WrongCount, message));
        }
        let rows = batch.num_rows();
        let mut arrays = Vec::with_capacity(self.columns.len());
        for (at, column) in self.columns.iter().enumerate() {
            arrays.push(match columns.iter().position(|&given| given == at) {
                Some(given) => {
                    let schema = batch.schema_ref();
                    coerce(batch.column(given), schema.field(given), column, zone, &|row| before + row)?
                }
                None => filled(column, rows, before)?,
            });
        }
        with_columns(&self.schema, arrays, rows)
    }

    /// Each chunk with its first row and the part of `rows` within it.
    fn touched<'a>(
        &'a self,
        rows: &'a [usize],
    ) -> impl Iterator<Item = (&'a Arc<Chunk>, usize, std::ops::Range<usize>)> {
        let (mut first, mut start) = (0, 0);
        self.chunks.iter().map(move |chunk| {
            let end_row = first + chunk.rows();
            let end = start + rows[start..].partition_point(|&row| row < end_row);
            let item = (chunk, first, start..end);
            (first, start) = (end_row, end);
            item
        })
    }

    /// Reserves an array's memory.
    pub(super) fn charge(&self, array: &ArrayRef) -> Result<Charge> {
        Ok(Some(Arc::new(self.pool.reserve("dataset", bytes_of(array))?)))
    }
}

/// The values of a column for rows without a given value.
pub(super) fn filled(column: &ColumnDef, rows: usize, before: usize) -> Result<ArrayRef> {
    match &column.default {
        // It is evaluated when the rows are complete.
        Some(default) if default.is_expression() => Ok(new_null_array(&column.column_type.data_type(), rows)),
        Some(default) if default.value != Literal::Null => repeated(&single(column, &default.value)?, rows),
        _ if column.nullable || column.computed.is_some() || rows == 0 => {
            Ok(new_null_array(&column.column_type.data_type(), rows))
        }
        _ => Err(super::literal::Misfit::Missing.into_error(before, column, None)),
    }
}

/// Rejects an assignment to a generated column.
pub fn check_settable(column: &ColumnDef) -> Result<()> {
    match column.computed {
        Some(_) => Err(generated_column(&column.name)),
        None => Ok(()),
    }
}
