//! The changes of committed rows in a transaction: deletions and other values.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::compute::{concat_batches, interleave_record_batch};
use linal_tensor::{MemoryPool, Reservation};

use super::super::column::{Column, schema_of};
use super::super::error::{Result, StoreError};
use super::adapt::adapt;
use super::appended::{INLINE_ROWS, is_small};

/// Makes rows with other values, with all columns of the dataset. It may be called several times, since a commit may have
/// to try again.
pub type UpdatedRows = Arc<dyn Fn() -> Result<RecordBatch> + Send + Sync>;

/// Deletions and changes by row id.
#[derive(Clone, Debug, Default)]
pub(in crate::database) struct Overlay {
    deleted: BTreeSet<u64>,
    /// The batch and the row in it.
    updated: BTreeMap<u64, (usize, usize)>,
    batches: Vec<RecordBatch>,
    /// Changes whose rows are made when they are written, in the order of their ids.
    streamed: Vec<Streamed>,
}

/// Rows with other values that are made when they are written.
#[derive(Clone)]
struct Streamed {
    /// Their ids, ascending.
    ids: Vec<Range<u64>>,
    /// The number of ids before each range. There may be a range for each second row.
    before: Vec<u64>,
    rows: UpdatedRows,
}

impl fmt::Debug for Streamed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Streamed").field("ids", &self.ids).finish_non_exhaustive()
    }
}

impl Streamed {
    fn new(ids: Vec<Range<u64>>, rows: UpdatedRows) -> Streamed {
        let count = |total: &mut u64, range: &Range<u64>| {
            let before = *total;
            *total += range.end - range.start;
            Some(before)
        };
        let before = ids.iter().scan(0, count).collect();
        Streamed { ids, before, rows }
    }

    /// The number of rows whose ids are less than one.
    fn count_before(&self, id: u64) -> usize {
        // The last range that begins before the id; those before it end before it.
        let Some(at) = self.ids.partition_point(|range| range.start < id).checked_sub(1) else { return 0 };
        let range = &self.ids[at];
        (self.before[at] + (id.min(range.end) - range.start)) as usize
    }

    fn count_in(&self, start: u64, end: u64) -> usize {
        self.count_before(end) - self.count_before(start)
    }

    /// The ids from `start` to before `end`.
    fn ids_in(&self, start: u64, end: u64) -> impl Iterator<Item = u64> {
        let first = self.ids.partition_point(|range| range.end <= start);
        let within = self.ids[first..].iter().take_while(move |range| range.start < end);
        within.flat_map(move |range| range.start.max(start)..range.end.min(end))
    }
}

impl Overlay {
    pub fn is_empty(&self) -> bool {
        self.deleted.is_empty() && self.updated.is_empty() && self.streamed.is_empty()
    }

    /// Deletes a row.
    pub fn delete(&mut self, id: u64) {
        self.updated.remove(&id);
        self.deleted.insert(id);
    }

    /// Gives rows other values.
    pub fn update(&mut self, ids: &[u64], rows: &RecordBatch) {
        let batch = self.batches.len();
        self.batches.push(rows.clone());
        for (row, &id) in ids.iter().enumerate().filter(|(_, id)| !self.deleted.contains(id)) {
            self.updated.insert(id, (batch, row));
        }
    }

    /// Gives rows other values, which are made when they are written. Their ids ascend, also from one call to the next,
    /// and no other change is of one of them.
    ///
    /// # Errors
    /// Internal errors only.
    pub fn update_streamed(&mut self, ids: Vec<Range<u64>>, rows: UpdatedRows) -> Result<()> {
        let last = self.streamed.last().and_then(|streamed| streamed.ids.last()).map_or(0, |range| range.end);
        let ascend = ids.windows(2).all(|pair| pair[0].end <= pair[1].start);
        let is_behind = ids.first().is_none_or(|range| range.start >= last);
        // Those behind the last streamed change are none of a streamed one.
        let is_changed = |range: &Range<u64>| {
            let ids = range.start..range.end.max(range.start);
            self.deleted.range(ids.clone()).next().is_some() || self.updated.range(ids).next().is_some()
        };
        if !ascend || !is_behind || ids.iter().any(is_changed) {
            return Err(StoreError::internal("streamed changes of rows do not ascend"));
        }
        self.streamed.push(Streamed::new(ids, rows));
        Ok(())
    }

    /// Whether some rows are made when they are written.
    pub fn is_streamed(&self) -> bool {
        !self.streamed.is_empty()
    }

    /// Takes over other columns.
    pub fn set_columns(&mut self, from: &[Column], to: &[Column]) -> Result<()> {
        for rows in &mut self.batches {
            *rows = adapt(rows, from, to)?;
        }
        Ok(())
    }

    /// The deleted rows.
    pub fn deleted(&self) -> &BTreeSet<u64> {
        &self.deleted
    }

    /// Whether the rows with other values are so few that they may go to the catalog.
    pub fn is_small(&self, columns: &[Column]) -> Result<bool> {
        if self.is_streamed() || self.updated.len() > INLINE_ROWS {
            return Ok(false);
        }
        Ok(is_small(&self.updated_in(columns, 0, u64::MAX)?.1))
    }

    /// The rows with other values among the ids from `start` to before `end`, but those that are streamed.
    pub fn updated_in(&self, columns: &[Column], start: u64, end: u64) -> Result<(Vec<u64>, RecordBatch)> {
        let range = self.updated.range(start..end.max(start));
        let (ids, picks): (Vec<u64>, Vec<(usize, usize)>) = range.map(|(&id, &pick)| (id, pick)).unzip();
        if ids.is_empty() {
            return Ok((ids, RecordBatch::new_empty(schema_of(columns))));
        }
        let batches: Vec<&RecordBatch> = self.batches.iter().collect();
        Ok((ids, interleave_record_batch(&batches, &picks)?))
    }

    /// The number of deleted rows and of rows with other values among ids.
    pub fn count_in(&self, start: u64, end: u64) -> (usize, usize) {
        let end = end.max(start);
        let streamed: usize = self.streamed.iter().map(|streamed| streamed.count_in(start, end)).sum();
        (self.deleted.range(start..end).count(), self.updated.range(start..end).count() + streamed)
    }

    /// The number of deleted rows and of rows with other values.
    pub fn count(&self) -> usize {
        let (deleted, updated) = self.count_in(0, u64::MAX);
        deleted + updated
    }

    /// Whether all rows among ids, so many as there are, have other values that are streamed.
    pub fn streams_all(&self, ids: &Range<u64>, rows: u64) -> bool {
        let others = self.deleted.range(ids.clone()).count() + self.updated.range(ids.clone()).count();
        self.is_streamed() && others == 0 && self.count_in(ids.start, ids.end).1 as u64 == rows
    }

    /// Reads the rows with other values, in the order of their ids. What is read is charged to the pool as far as there is
    /// room.
    pub fn reader(&self, memory: Option<Arc<MemoryPool>>) -> OverlayReader<'_> {
        OverlayReader { overlay: self, memory, current: None }
    }
}

/// Reads the rows with other values of an [`Overlay`].
pub(in crate::database) struct OverlayReader<'o> {
    overlay: &'o Overlay,
    memory: Option<Arc<MemoryPool>>,
    /// The streamed change that was read last, by its place.
    current: Option<(usize, RecordBatch, Option<Reservation>)>,
}

impl OverlayReader<'_> {
    pub fn overlay(&self) -> &Overlay {
        self.overlay
    }

    /// The rows with other values among the ids from `start` to before `end`.
    pub fn updated_in(
        &mut self,
        columns: &[Column],
        start: u64,
        end: u64,
    ) -> Result<(Vec<u64>, RecordBatch)> {
        if !self.overlay.is_streamed() {
            return self.overlay.updated_in(columns, start, end);
        }
        let (mut ids, mut parts) = (Vec::new(), Vec::new());
        for (found, rows) in self.streamed_in(start, end)? {
            ids.extend(found);
            parts.push(rows);
        }
        match parts.as_slice() {
            [] => Ok((ids, RecordBatch::new_empty(schema_of(columns)))),
            [one] => Ok((ids, one.clone())),
            [first, ..] => Ok((ids, concat_batches(&first.schema(), &parts)?)),
        }
    }

    /// The streamed rows among the ids from `start` to before `end`, as slices.
    fn streamed_in(&mut self, start: u64, end: u64) -> Result<Vec<(Vec<u64>, RecordBatch)>> {
        let overlay = self.overlay;
        let first = overlay
            .streamed
            .partition_point(|streamed| streamed.ids.last().is_none_or(|range| range.end <= start));
        let mut found = Vec::new();
        for (at, streamed) in overlay.streamed.iter().enumerate().skip(first) {
            if streamed.ids.first().is_some_and(|range| range.start >= end) {
                break;
            }
            let count = streamed.count_in(start, end);
            if count > 0 {
                let rows = self.read(at, streamed)?.slice(streamed.count_before(start), count);
                found.push((streamed.ids_in(start, end).collect(), rows));
            }
        }
        Ok(found)
    }

    fn read(&mut self, at: usize, streamed: &Streamed) -> Result<RecordBatch> {
        if let Some((known, rows, _)) = &self.current
            && *known == at
        {
            return Ok(rows.clone());
        }
        // Its memory goes before the next one comes.
        self.current = None;
        let rows = (streamed.rows)()?;
        if rows.num_rows() != streamed.count_before(u64::MAX) {
            return Err(StoreError::internal("an update has another number of rows than of row ids"));
        }
        let bytes = crate::table::row_bytes(&rows);
        let charge = self.memory.as_ref().and_then(|pool| pool.reserve("update", bytes).ok());
        self.current = Some((at, rows.clone(), charge));
        Ok(rows)
    }

    /// Gives all streamed rows among ids to `write`, in pieces.
    pub fn each_in(
        &mut self,
        ids: &Range<u64>,
        mut write: impl FnMut(&RecordBatch, &[u64]) -> Result<()>,
    ) -> Result<()> {
        let overlay = self.overlay;
        for streamed in &overlay.streamed {
            let bounds = streamed.ids.first().zip(streamed.ids.last());
            let Some((first, last)) = bounds else { continue };
            let (start, end) = (first.start.max(ids.start), last.end.min(ids.end));
            if start >= end {
                continue;
            }
            for (found, rows) in self.streamed_in(start, end)? {
                write(&rows, &found)?;
            }
        }
        Ok(())
    }
}
