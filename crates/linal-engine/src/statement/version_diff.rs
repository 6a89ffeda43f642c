//! The rows by which two versions of a dataset differ.
//!
//! Both versions are read side by side in the order of their row ids, a chunk of each at a time, and chunks that they share
//! are not read at all: memory depends on the differences, not on the rows.

use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch, StringArray, new_null_array};
use arrow::compute::interleave;
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use arrow::row::{RowConverter, Rows, SortField};
use linal_dataset::{ColumnDef, Result, RowIds, RowSet, Snapshot, arrow_error, bytes_of};
use linal_tensor::{ExecutionContext, Reservation};

/// The rows that only one of two versions has, each with its `change`: `removed` rows of `before`, `added` rows
/// of `after`. A row with another value in a column that both have is removed and added. They are in the order of
/// the rows, under the columns of `after`; a column that `before` lacks is NULL there.
///
/// # Errors
/// `E0501` for more differences than the memory limit allows; cancellation; files that cannot be read.
pub(super) fn rows(before: &Snapshot, after: &Snapshot, context: &ExecutionContext) -> Result<RowSet> {
    let mut difference = Difference::new(after, context)?;
    let (mut old, mut new) = (Side::of(before, &after.columns), Side::of(after, &after.columns));
    let is_shared = |at: usize| old.places[at].is_some() && new.places[at].is_some();
    let shared: Vec<usize> = (0..after.columns.len()).filter(|at| is_shared(*at)).collect();
    loop {
        context.poll()?;
        if old.has_same_chunk(&new, &shared) {
            old.skip();
            new.skip();
            continue;
        }
        old.load()?;
        new.load()?;
        // Up to here both have all of their rows.
        let Some(last) = [old.last_id(), new.last_id()].into_iter().flatten().min() else { break };
        difference.push(old.take(last), new.take(last), &shared)?;
    }
    Ok(RowSet::new(difference.schema, difference.batches))
}

/// The differences so far.
struct Difference<'c> {
    context: &'c ExecutionContext,
    schema: SchemaRef,
    batches: Vec<RecordBatch>,
    charge: Reservation,
}

impl<'c> Difference<'c> {
    fn new(after: &Snapshot, context: &'c ExecutionContext) -> Result<Difference<'c>> {
        let change = Field::new("change", DataType::Utf8, false);
        let columns = after.columns.iter().map(|column| column.field().with_nullable(true));
        let schema = Schema::new(std::iter::once(change).chain(columns).collect::<Vec<_>>());
        let charge = context.pool().reserve("DIFF", 0)?;
        Ok(Difference { context, schema: Arc::new(schema), batches: Vec::new(), charge })
    }

    /// Adds the differences between rows of both versions, of which the others have the ids before or behind theirs.
    fn push(&mut self, old: SomeRows, new: SomeRows, shared: &[usize]) -> Result<()> {
        let bytes: usize =
            old.columns.iter().chain(&new.columns).map(|column| bytes_of(column.as_ref())).sum();
        let _normalized = self.context.pool().reserve("DIFF", bytes)?;
        let (old_rows, new_rows) = (old.normalized(shared)?, new.normalized(shared)?);
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
        if places.is_empty() {
            return Ok(());
        }
        let change = places.iter().map(|(side, _)| if *side == 0 { "removed" } else { "added" });
        let mut arrays: Vec<ArrayRef> = vec![Arc::new(StringArray::from_iter_values(change))];
        for (old, new) in old.columns.iter().zip(&new.columns) {
            arrays.push(interleave(&[old.as_ref(), new.as_ref()], &places).map_err(arrow_error)?);
        }
        let bytes: usize = arrays.iter().map(|array| bytes_of(array.as_ref())).sum();
        self.charge.grow("DIFF", bytes)?;
        self.batches.push(RecordBatch::try_new(self.schema.clone(), arrays).map_err(arrow_error)?);
        Ok(())
    }
}

/// Some rows of a version under the wanted columns.
struct SomeRows {
    ids: Vec<u64>,
    columns: Vec<ArrayRef>,
}

impl SomeRows {
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

/// A version that is read chunk by chunk, under given columns.
struct Side<'s> {
    snapshot: &'s Snapshot,
    wanted: &'s [ColumnDef],
    /// Where the version has each wanted column.
    places: Vec<Option<usize>>,
    /// The current chunk, and the number of its first row.
    chunk: usize,
    first: usize,
    /// The rows of the current chunk, if they are read, and how many of them were taken.
    rows: Option<SomeRows>,
    taken: usize,
}

impl<'s> Side<'s> {
    fn of(snapshot: &'s Snapshot, wanted: &'s [ColumnDef]) -> Side<'s> {
        let place = |wanted: &ColumnDef| {
            let is_it =
                |own: &ColumnDef| own.number == wanted.number && own.column_type == wanted.column_type;
            snapshot.columns.iter().position(is_it)
        };
        let places = wanted.iter().map(place).collect();
        Side { snapshot, wanted, places, chunk: 0, first: 0, rows: None, taken: 0 }
    }

    /// The ids of the rows of the current chunk.
    fn ids(&self) -> RowIds {
        let Some(chunk) = self.snapshot.chunks.get(self.chunk) else { return RowIds::default() };
        let mut rows = RowIds::default();
        rows.push(self.first as u64..(self.first + chunk.rows()) as u64);
        let stored = self.snapshot.stored.as_ref();
        stored.map(|stored| stored.row_ids.of_row_ranges(&rows)).unwrap_or_default()
    }

    /// Whether the current chunks of both versions are untouched and have the same rows in the shared columns.
    fn has_same_chunk(&self, other: &Side<'_>, shared: &[usize]) -> bool {
        let chunks = (self.snapshot.chunks.get(self.chunk), other.snapshot.chunks.get(other.chunk));
        let (Some(own), Some(others)) = chunks else { return false };
        let is_same = |at: &usize| match (self.places[*at], other.places[*at]) {
            (Some(at), Some(other)) => own.columns()[at].is_same(&others.columns()[other]),
            _ => false,
        };
        self.rows.is_none() && other.rows.is_none() && shared.iter().all(is_same) && self.ids() == other.ids()
    }

    /// Goes on to the next chunk.
    fn skip(&mut self) {
        self.first += self.snapshot.chunks.get(self.chunk).map_or(0, |chunk| chunk.rows());
        self.chunk += 1;
        (self.rows, self.taken) = (None, 0);
    }

    /// Reads the current chunk, unless it is read.
    fn load(&mut self) -> Result<()> {
        let Some(chunk) = self.snapshot.chunks.get(self.chunk).filter(|_| self.rows.is_none()) else {
            return Ok(());
        };
        let places: Vec<usize> = self.places.iter().copied().flatten().collect();
        let mut read = chunk.read(&places)?.into_iter();
        let columns = self.places.iter().zip(self.wanted).map(|(place, wanted)| {
            let values = place.and_then(|_| read.next());
            values.unwrap_or_else(|| new_null_array(&wanted.column_type.data_type(), chunk.rows()))
        });
        self.rows = Some(SomeRows { columns: columns.collect(), ids: self.ids().iter().collect() });
        Ok(())
    }

    /// The last id of the current chunk.
    fn last_id(&self) -> Option<u64> {
        self.rows.as_ref()?.ids.last().copied()
    }

    /// The rows of the current chunk up to an id that were not taken yet.
    fn take(&mut self, last: u64) -> SomeRows {
        let Some(rows) = &self.rows else {
            let empty = |wanted: &ColumnDef| new_null_array(&wanted.column_type.data_type(), 0);
            return SomeRows { ids: Vec::new(), columns: self.wanted.iter().map(empty).collect() };
        };
        let end = rows.ids.partition_point(|id| *id <= last);
        let count = end - self.taken;
        let taken = SomeRows {
            ids: rows.ids[self.taken..end].to_vec(),
            columns: rows.columns.iter().map(|column| column.slice(self.taken, count)).collect(),
        };
        self.taken = end;
        if end == rows.ids.len() {
            self.skip();
        }
        taken
    }
}
