//! Writes rows as segments.

use std::sync::Arc;

use arrow::array::{Array, RecordBatch};
use linal_tensor::{Control, MemoryPool, Reservation};

use super::super::column::Column;
use super::super::error::{Result, StoreError};
use super::super::id_counters::NextId;
use super::super::ids::DatasetId;
use super::files::Files;
use super::format::{Place, SegmentFormat, WrittenSegment};

/// Rows of a segment. A segment is the unit of rewriting, of hashing and of statistics in the catalog.
pub(super) const MAX_ROWS: usize = 1 << 20;

/// Size of a segment's rows in memory. The writer holds one segment at a time.
const MAX_BYTES: usize = 128 << 20;

/// Size of a segment's rows in memory from which on it is written when the memory limit leaves no room for
/// more: smaller ones would cost every reader more than they spare.
const MIN_BYTES: usize = 8 << 20;

/// Rows are taken over in pieces of this size in memory.
const PIECE_BYTES: usize = 8 << 20;

/// Splits a stream of rows into segments.
///
/// The rows of one segment are in memory, those of tensor columns twice while it is written. They are charged
/// to a pool, if there is one; where it has no room, segments are smaller, but not below 8 MiB.
pub(in crate::database) struct SegmentWriter {
    format: SegmentFormat,
    memory: Option<Arc<MemoryPool>>,
    /// The charge of the pending rows.
    charge: Option<Reservation>,
    next_id: NextId,
    pending: Vec<RecordBatch>,
    pending_ids: Vec<u64>,
    pending_rows: usize,
    pending_bytes: usize,
    done: Vec<WrittenSegment>,
    /// Rows were lost with a segment that could not be written.
    has_failed: bool,
}

impl SegmentWriter {
    /// A writer of rows with these columns. `next_id` yields the ids of segments.
    pub fn new(
        files: Files,
        dataset: DatasetId,
        columns: Vec<Column>,
        memory: Option<Arc<MemoryPool>>,
        next_id: NextId,
    ) -> Result<SegmentWriter> {
        let format = SegmentFormat { files, dataset, columns, place: Place::Directory };
        SegmentWriter::with_format(format, memory, next_id)
    }

    /// A writer of the files of an exported DuckLake.
    pub fn for_lake(
        files: Files,
        dataset: DatasetId,
        columns: Vec<Column>,
        memory: Option<Arc<MemoryPool>>,
        next_id: NextId,
    ) -> Result<SegmentWriter> {
        let format = SegmentFormat { files, dataset, columns, place: Place::Lake };
        SegmentWriter::with_format(format, memory, next_id)
    }

    fn with_format(
        format: SegmentFormat,
        memory: Option<Arc<MemoryPool>>,
        next_id: NextId,
    ) -> Result<SegmentWriter> {
        let root = format.files.layout.root().to_path_buf();
        for folder in format.place.folders(format.dataset) {
            format.files.create_folder(&root.join(folder))?;
        }
        Ok(SegmentWriter {
            format,
            memory,
            charge: None,
            next_id,
            pending: Vec::new(),
            pending_ids: Vec::new(),
            pending_rows: 0,
            pending_bytes: 0,
            done: Vec::new(),
            has_failed: false,
        })
    }

    /// The pool that rows are charged to.
    pub fn memory(&self) -> Option<&Arc<MemoryPool>> {
        self.memory.as_ref()
    }

    /// The writer of a statement, which stops when it is past its deadline.
    pub fn watched(mut self, control: Option<Arc<Control>>) -> SegmentWriter {
        self.watch(control);
        self
    }

    /// As [`SegmentWriter::watched`], from now on.
    pub fn watch(&mut self, control: Option<Arc<Control>>) {
        self.format.files = self.format.files.watched(control);
    }

    /// Fails when the statement is to stop.
    ///
    /// # Errors
    /// `E0502 timeout`, `E0503 cancelled`.
    pub fn poll(&self) -> Result<()> {
        self.format.files.poll()
    }

    /// The segments that are written so far.
    pub fn done(&self) -> &[WrittenSegment] {
        &self.done
    }

    /// Writes rows with all columns in order. Either all rows of a writer have row ids, which ascend, or
    /// none.
    ///
    /// # Errors
    /// A file that cannot be written.
    pub fn write(&mut self, batch: &RecordBatch, ids: Option<&[u64]>) -> Result<()> {
        let rows = batch.num_rows();
        let bytes = crate::table::row_bytes(batch);
        let tensors =
            self.format.columns.iter().zip(batch.columns()).filter(|(column, _)| column.is_tensor());
        let copied: usize =
            tensors.map(|(_, array)| array.to_data().get_slice_memory_size().unwrap_or(0)).sum();
        // Shares of the whole, since slices of texts have no size of their own.
        let share =
            |total: usize, count: usize| (total as u128 * count as u128 / rows.max(1) as u128) as usize;
        let piece = (PIECE_BYTES as u128 * rows as u128 / bytes.max(1) as u128).max(1) as usize;
        let mut start = 0;
        while start < rows {
            self.poll()?;
            let count = piece.min(MAX_ROWS - self.pending_rows).min(rows - start);
            self.charge(share(bytes + copied, count))?;
            self.pending_bytes += share(bytes, count);
            self.pending_rows += count;
            self.pending.push(batch.slice(start, count));
            if let Some(ids) = ids {
                self.pending_ids.extend(&ids[start..start + count]);
            }
            start += count;
            if self.pending_rows >= MAX_ROWS || self.pending_bytes >= self.most_bytes() {
                self.flush()?;
            }
        }
        Ok(())
    }

    /// The size of the pending rows at which they are written. Under a tight limit it is less, so that what makes the rows has
    /// room beside them.
    fn most_bytes(&self) -> usize {
        let share = self.memory.as_ref().map_or(MAX_BYTES, |pool| pool.limit() / 4);
        share.clamp(MIN_BYTES, MAX_BYTES)
    }

    /// Charges rows to the pool. Without room, what is pending is written, if that is worth a segment; rows of
    /// less than that are kept without a charge.
    fn charge(&mut self, bytes: usize) -> Result<()> {
        if !self.has_charged(bytes) && self.pending_bytes >= MIN_BYTES {
            self.flush()?;
            self.has_charged(bytes);
        }
        Ok(())
    }

    fn has_charged(&mut self, bytes: usize) -> bool {
        const OPERATION: &str = "segment";
        let Some(pool) = &self.memory else { return true };
        match &mut self.charge {
            Some(charge) => charge.grow(OPERATION, bytes).is_ok(),
            None => {
                self.charge = pool.reserve(OPERATION, bytes).ok();
                self.charge.is_some()
            }
        }
    }

    /// Writes the rest and syncs the folders.
    ///
    /// # Errors
    /// A file that cannot be written. The files of this writer are removed by the caller, who has their names
    /// from [`SegmentWriter::done`].
    pub fn finish(&mut self) -> Result<Vec<WrittenSegment>> {
        self.flush()?;
        let root = self.format.files.layout.root().to_path_buf();
        let has_vectors = self.done.iter().any(|segment| segment.vectors.is_some());
        let written = if self.done.is_empty() { 0 } else { 1 + usize::from(has_vectors) };
        for folder in self.format.place.folders(self.format.dataset).iter().take(written) {
            self.format.files.sync_folder(&root.join(folder))?;
        }
        Ok(self.done.clone())
    }

    /// Removes the segments that are written so far.
    pub fn discard(&self) {
        for segment in &self.done {
            for file in std::iter::once(&segment.file).chain(&segment.vectors) {
                // A file that cannot be removed is an orphan, which the next opening removes.
                let _ = self.format.files.remove(&self.format.files.layout.root().join(&file.path));
            }
        }
    }

    /// The segments, which are the caller's from now on.
    pub fn take_done(&mut self) -> Vec<WrittenSegment> {
        std::mem::take(&mut self.done)
    }

    fn flush(&mut self) -> Result<()> {
        if self.has_failed {
            return Err(StoreError::internal("rows go on to a writer that has lost some"));
        }
        if self.pending_rows == 0 {
            return Ok(());
        }
        let id = (self.next_id)()?;
        let ids = std::mem::take(&mut self.pending_ids);
        let batches = std::mem::take(&mut self.pending);
        let charge = self.charge.take();
        (self.pending_rows, self.pending_bytes) = (0, 0);
        let segment = self.format.write_segment(id, &batches, &ids);
        drop((batches, charge));
        self.has_failed = segment.is_err();
        self.done.push(segment?);
        Ok(())
    }
}
