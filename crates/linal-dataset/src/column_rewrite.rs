//! Other values for columns of a dataset, which come piece by piece in the order of the rows, and go into its chunks one by
//! one: no more than the values of one chunk are in memory, unless whoever keeps them keeps them there.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef};
use arrow::compute::concat;
use arrow::datatypes::{Field, SchemaRef};
use linal_error::Code;
use linal_store::temporal::Zone;
use linal_tensor::Reservation;

use super::arrow_error;
use super::chunk::Chunk;
use super::coerce::coerce;
use super::column_values::{ColumnValues, bytes_of};
use super::definition::{ColumnDef, duplicate_column, schema_of};
use super::replaced_values::merged;
use super::row_ids::RowIds;
use super::snapshot::Snapshot;
use crate::error::{Error, Result, count};

/// Where the new values of the columns of a chunk stay.
pub trait KeepColumns {
    /// Takes columns of one length, which have the fields of the schema.
    ///
    /// # Errors
    /// The memory limit; a file that cannot be written.
    fn keep(&mut self, schema: &SchemaRef, values: Vec<ArrayRef>) -> Result<Vec<ColumnValues>>;
}

/// A column that gets other values, or a new one.
struct Target {
    column: ColumnDef,
    /// The column that has the values of the other rows; `None` when all rows get values.
    old: Option<usize>,
}

/// New values on their way into the chunks of a dataset.
pub struct ColumnRewrite<'s> {
    before: &'s Snapshot,
    targets: Vec<Target>,
    /// Names and types of the new values.
    schema: SchemaRef,
    zone: Zone,
    /// The chunk that values come for, and the number of its first row.
    chunk: usize,
    first: usize,
    /// The rows of this chunk that have values so far, and the values of each column.
    rows: Vec<usize>,
    values: Vec<Vec<ArrayRef>>,
    charge: Option<Reservation>,
    /// The new columns of the chunks before; `None` for a chunk without new values.
    done: Vec<Option<Vec<ColumnValues>>>,
    changed: RowIds,
    /// The least row that may come next.
    next: usize,
}

impl<'s> ColumnRewrite<'s> {
    /// Other values in some rows of columns that are there. Timestamps without a zone are local time in `zone`.
    pub fn of_columns(before: &'s Snapshot, columns: &[usize], zone: &Zone) -> ColumnRewrite<'s> {
        let target = |at: &usize| Target { column: before.columns[*at].clone(), old: Some(*at) };
        ColumnRewrite::new(before, columns.iter().map(target).collect(), zone)
    }

    /// Values of one column in all rows.
    pub fn of_whole(before: &'s Snapshot, column: ColumnDef, zone: &Zone) -> ColumnRewrite<'s> {
        ColumnRewrite::new(before, vec![Target { column, old: None }], zone)
    }

    fn new(before: &'s Snapshot, targets: Vec<Target>, zone: &Zone) -> ColumnRewrite<'s> {
        let columns: Vec<ColumnDef> = targets.iter().map(|target| target.column.clone()).collect();
        ColumnRewrite {
            before,
            schema: schema_of(&columns),
            values: targets.iter().map(|_| Vec::new()).collect(),
            targets,
            zone: zone.clone(),
            chunk: 0,
            first: 0,
            rows: Vec::new(),
            charge: None,
            done: Vec::new(),
            changed: RowIds::default(),
            next: 0,
        }
    }

    /// The rows that have values so far, by their numbers.
    pub fn rows(&self) -> &RowIds {
        &self.changed
    }

    /// Takes values for rows, by their numbers. Returns whether the rows ascend: when they do not, nothing was taken, and
    /// they have to be put in order first.
    ///
    /// # Errors
    /// A value that does not fit its column; those of `keep`.
    pub fn push(
        &mut self,
        rows: &[usize],
        values: &[(ArrayRef, &Field)],
        keep: &mut dyn KeepColumns,
    ) -> Result<bool> {
        let ascend = rows.windows(2).all(|pair| pair[0] < pair[1]);
        if !ascend || rows.first().is_some_and(|first| *first < self.next) {
            return Ok(false);
        }
        let Some(last) = rows.last() else { return Ok(true) };
        self.next = last + 1;
        let mut fitted = Vec::with_capacity(values.len());
        for ((values, field), target) in values.iter().zip(&self.targets) {
            fitted.push(coerce(values, field, &target.column, &self.zone, &|at| rows[at])?);
        }
        let mut start = 0;
        while start < rows.len() {
            let Some(chunk) = self.before.chunks.get(self.chunk) else {
                return Err(Error::new(
                    Code::InternalError,
                    "a bug in linal: a value for a row that is not there",
                ));
            };
            let end_row = self.first + chunk.rows();
            let end = start + rows[start..].partition_point(|row| *row < end_row);
            if start < end {
                self.take(&rows[start..end], fitted.iter().map(|values| values.slice(start, end - start)))?;
            }
            if end < rows.len() {
                self.end_chunk(keep)?;
            }
            start = end;
        }
        Ok(true)
    }

    fn take(&mut self, rows: &[usize], values: impl Iterator<Item = ArrayRef>) -> Result<()> {
        let mut bytes = size_of_val(rows);
        for (all, values) in self.values.iter_mut().zip(values) {
            bytes += bytes_of(values.as_ref());
            all.push(values);
        }
        match &mut self.charge {
            Some(charge) => charge.grow("update", bytes)?,
            None => self.charge = Some(self.before.pool.reserve("update", bytes)?),
        }
        for row in rows.iter().map(|row| *row as u64) {
            self.changed.push(row..row + 1);
        }
        self.rows.extend_from_slice(rows);
        Ok(())
    }

    /// Goes on to the next chunk.
    fn end_chunk(&mut self, keep: &mut dyn KeepColumns) -> Result<()> {
        let chunk = &self.before.chunks[self.chunk];
        let rows = std::mem::take(&mut self.rows);
        let values: Vec<Vec<ArrayRef>> = self.values.iter_mut().map(std::mem::take).collect();
        let first = self.first;
        self.chunk += 1;
        self.first += chunk.rows();
        if rows.is_empty() {
            self.done.push(None);
            return Ok(());
        }
        let mut columns = Vec::with_capacity(values.len());
        for (parts, target) in values.into_iter().zip(&self.targets) {
            let new = match parts.as_slice() {
                [one] => one.clone(),
                several => {
                    let several: Vec<&dyn Array> = several.iter().map(|part| part.as_ref()).collect();
                    concat(&several).map_err(arrow_error)?
                }
            };
            drop(parts);
            columns.push(match target.old {
                Some(old) if rows.len() < chunk.rows() => merged(&chunk.column(old)?, &new, &rows, first)?,
                None if rows.len() < chunk.rows() => {
                    let message = "a bug in linal: a row without a value of a new column";
                    return Err(Error::new(Code::InternalError, message));
                }
                _ => new,
            });
        }
        self.charge = None;
        self.done.push(Some(keep.keep(&self.schema, columns)?));
        Ok(())
    }

    /// The values in all chunks.
    fn finish(mut self, keep: &mut dyn KeepColumns) -> Result<Rewritten> {
        while self.chunk < self.before.chunks.len() {
            self.end_chunk(keep)?;
        }
        Ok(Rewritten { chunks: self.done, rows: self.changed })
    }

    /// The dataset with the new values of columns that are there, in the order of `columns`.
    ///
    /// # Errors
    /// Those of `keep`.
    pub fn updated(self, columns: &[usize], keep: &mut dyn KeepColumns) -> Result<Snapshot> {
        let before = self.before;
        let Rewritten { chunks, rows } = self.finish(keep)?;
        let chunks = before.chunks.iter().zip(chunks).map(|(chunk, new)| {
            let Some(new) = new else { return chunk.clone() };
            let mut all = chunk.columns().to_vec();
            for (column, values) in columns.iter().zip(new) {
                all[*column] = values;
            }
            Chunk::of(chunk.rows(), all)
        });
        Ok(before.with_chunks(chunks.collect()).note_updated_ranges(&rows))
    }

    /// The dataset with the column in the place `at`, or behind the others.
    ///
    /// # Errors
    /// A name that another column has; too few values; those of `keep`.
    pub fn placed(self, at: Option<usize>, keep: &mut dyn KeepColumns) -> Result<Snapshot> {
        let before = self.before;
        let Some(column) = self.targets.first().map(|target| target.column.clone()) else {
            return Ok(before.clone());
        };
        if at.is_none() && before.position(&column.name).is_some() {
            return Err(duplicate_column(&column.name));
        }
        let found = self.changed.len();
        if found != before.rows {
            let message = format!(
                "`{}` has {}, and the dataset `{}` has {}",
                column.name,
                count(found, "row"),
                before.name,
                count(before.rows, "row")
            );
            return Err(Error::new(Code::RowCount, message));
        }
        let Rewritten { chunks, .. } = self.finish(keep)?;
        let mut columns = before.columns.to_vec();
        match at {
            Some(at) => columns[at] = column,
            None => columns.push(column),
        }
        let chunks = before.chunks.iter().zip(chunks).map(|(chunk, new)| {
            let mut all = chunk.columns().to_vec();
            for values in new.into_iter().flatten() {
                match at {
                    Some(at) => all[at] = values,
                    None => all.push(values),
                }
            }
            Chunk::of(chunk.rows(), all)
        });
        let chunks: Vec<Arc<Chunk>> = chunks.collect();
        let schema = schema_of(&columns);
        Ok(before.with_columns_and_chunks(columns, schema, chunks).note_all_updated())
    }
}

/// New values of all chunks.
struct Rewritten {
    chunks: Vec<Option<Vec<ColumnValues>>>,
    rows: RowIds,
}
