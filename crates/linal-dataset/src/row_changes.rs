//! Which rows a statement has changed.

use std::borrow::Cow;

use arrow::array::{Array, ArrayRef, UInt64Array, new_empty_array};
use arrow::compute::{concat, take};

use super::arrow_error;
use super::chunk::{Chunk, with_columns};
use super::snapshot::Snapshot;
use crate::error::Result;

/// The rows that a statement has changed. Its next snapshot has the rows of the one before, with the updated ones
/// changed and without the deleted ones, and behind them the appended ones.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RowChanges {
    /// Rows that are gone, by their numbers before, ascending.
    pub deleted: Vec<usize>,
    /// Rows with other values, by their numbers before, ascending; none of them is deleted.
    pub updated: Vec<usize>,
    /// The columns with other values in the updated rows; all when `None`.
    pub columns: Option<Vec<usize>>,
    /// The number of appended rows.
    pub appended: usize,
}

impl RowChanges {
    /// Rows that were appended.
    pub fn appended(rows: usize) -> RowChanges {
        RowChanges { appended: rows, ..RowChanges::default() }
    }

    /// Whether nothing was changed.
    pub fn is_empty(&self) -> bool {
        self.deleted.is_empty() && self.updated.is_empty() && self.appended == 0
    }

    /// Whether one of some columns may have other values in the updated rows.
    pub fn touches(&self, columns: &[usize]) -> bool {
        match &self.columns {
            Some(changed) => columns.iter().any(|column| changed.contains(column)),
            None => true,
        }
    }

    /// The numbers of the updated rows in the next snapshot.
    pub fn updated_after(&self) -> Cow<'_, [usize]> {
        if self.deleted.is_empty() {
            return Cow::Borrowed(&self.updated);
        }
        let moved = |row: &usize| row - self.deleted.partition_point(|deleted| deleted < row);
        Cow::Owned(self.updated.iter().map(moved).collect())
    }

    /// The numbers of the updated and the appended rows in the next snapshot, which has `rows` rows.
    pub fn written(&self, rows: usize) -> Vec<usize> {
        let mut written = self.updated_after().into_owned();
        written.extend(rows - self.appended..rows);
        written
    }
}

impl Snapshot {
    /// The values of a column in some rows, by their numbers in ascending order.
    ///
    /// # Errors
    /// A file of the directory that is missing or damaged.
    pub fn values_of_rows(&self, column: usize, rows: &[usize]) -> Result<ArrayRef> {
        let mut parts: Vec<ArrayRef> = Vec::new();
        let (mut first, mut from) = (0, 0);
        for chunk in &self.chunks {
            let end = first + chunk.rows();
            let to = from + rows[from..].partition_point(|&row| row < end);
            if from < to {
                let places = &rows[from..to];
                let is_run = places[to - from - 1] - places[0] == to - from - 1;
                parts.push(if is_run {
                    chunk.slice(column, places[0] - first..places[0] - first + places.len())?
                } else {
                    let places = UInt64Array::from_iter_values(places.iter().map(|row| (row - first) as u64));
                    take(&chunk.column(column)?, &places, None).map_err(arrow_error)?
                });
            }
            (first, from) = (end, to);
        }
        match parts.as_slice() {
            [] => Ok(new_empty_array(self.schema.field(column).data_type())),
            [one] => Ok(one.clone()),
            several => {
                let several: Vec<&dyn Array> = several.iter().map(|part| part.as_ref()).collect();
                concat(&several).map_err(arrow_error)
            }
        }
    }

    /// Some rows as a dataset of their own, by their numbers in ascending order.
    ///
    /// # Errors
    /// The memory limit; a file of the directory that is missing or damaged.
    pub fn of_rows(&self, rows: &[usize]) -> Result<Snapshot> {
        let empty = self.without_all_rows();
        if rows.is_empty() {
            return Ok(empty);
        }
        let columns =
            (0..self.columns.len()).map(|column| self.values_of_rows(column, rows)).collect::<Result<_>>()?;
        let batch = with_columns(&self.schema, columns, rows.len())?;
        Ok(empty.with_chunks(vec![Chunk::new(batch, &self.pool)?]))
    }

    /// Rows in any order, by their numbers, as a dataset of their own. All rows are in one chunk.
    ///
    /// # Errors
    /// The memory limit; a file of the directory that is missing or damaged.
    pub fn taken(&self, rows: &[u64]) -> Result<Snapshot> {
        let one = self.consolidated()?;
        let Some(chunk) = one.chunks.first() else { return Ok(self.without_all_rows()) };
        let places = UInt64Array::from_iter_values(rows.iter().copied());
        let columns = (0..self.columns.len())
            .map(|column| take(&chunk.column(column)?, &places, None).map_err(arrow_error))
            .collect::<Result<_>>()?;
        let batch = with_columns(&self.schema, columns, rows.len())?;
        Ok(self.without_all_rows().with_chunks(vec![Chunk::new(batch, &self.pool)?]))
    }

    /// The same dataset as one that no store knows.
    pub fn without_store(&self) -> Snapshot {
        Snapshot { stored: None, ..self.clone() }
    }

    /// The last rows as a dataset of their own. They share their memory.
    ///
    /// # Errors
    /// The memory limit; a file of the directory that is missing or damaged.
    pub fn last_rows(&self, count: usize) -> Result<Snapshot> {
        let mut rest = count;
        let mut chunks = Vec::new();
        for chunk in self.chunks.iter().rev() {
            if rest == 0 {
                break;
            }
            if chunk.rows() <= rest {
                chunks.push(chunk.clone());
                rest -= chunk.rows();
            } else {
                let batch = chunk.batch(&self.schema)?.slice(chunk.rows() - rest, rest);
                chunks.push(Chunk::charged(&batch, &None));
                rest = 0;
            }
        }
        chunks.reverse();
        Ok(self.without_all_rows().with_chunks(chunks))
    }

    /// The updated and the appended rows of a change that made this snapshot, as a dataset of their own.
    ///
    /// # Errors
    /// As [`Snapshot::of_rows`].
    pub fn written_rows(&self, changes: &RowChanges) -> Result<Snapshot> {
        if changes.updated.is_empty() {
            return self.last_rows(changes.appended);
        }
        self.of_rows(&changes.written(self.rows))
    }
}
