//! The rows of a snapshot in order, optionally filtered by the keys of joins.

use std::collections::VecDeque;
use std::ops::Range;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use arrow::array::{ArrayRef, Int64Array, RecordBatch, RecordBatchOptions, new_null_array};
use arrow::compute::BatchCoalescer;
use arrow::datatypes::{DataType, SchemaRef};
use datafusion::common::Result;
use datafusion::execution::RecordBatchStream;
use futures::Stream;
use linal_dataset::{Chunk, Snapshot};

use super::Read;
use crate::error::external;
use crate::physical::join_filter::KeyFilter;
use crate::run::query_state::QueryState;

/// The squared norms of a chunk's vectors; NULL where they are unknown.
pub(crate) fn norms(
    chunk: &Chunk,
    column: usize,
    snapshot: &Snapshot,
    running: &QueryState,
) -> Result<ArrayRef> {
    let known = chunk.norms(column, &snapshot.pool, running.control()).map_err(external)?;
    Ok(known.unwrap_or_else(|| new_null_array(&DataType::Float64, chunk.rows())))
}

/// The batches of a partition, cut to the batch size so that an operator's input stays in the cache.
pub(super) struct Rows {
    pub schema: SchemaRef,
    pub columns: Vec<Read>,
    pub snapshot: Arc<Snapshot>,
    pub running: Arc<QueryState>,
    /// The row numbers that are not read yet, ascending.
    pub left: VecDeque<Range<usize>>,
    pub position: Position,
    pub batch_size: usize,
}

/// The chunk that is being read.
#[derive(Default)]
pub(super) struct Position {
    chunk: usize,
    /// Row number of its first row.
    start: usize,
    /// The columns of the scan in it, once it is open; those of row numbers are missing.
    open: Option<Vec<Option<ArrayRef>>>,
}

impl Rows {
    fn next_batch(&mut self) -> Result<Option<RecordBatch>> {
        let Some(range) = self.left.front().cloned() else { return Ok(None) };
        self.running.poll()?;
        self.move_to(range.start);
        let Some(chunk) = self.snapshot.chunks.get(self.position.chunk).cloned() else { return Ok(None) };
        let offset = range.start - self.position.start;
        let rows = (chunk.rows() - offset).min(range.len()).min(self.batch_size);
        if rows == range.len() {
            self.left.pop_front();
        } else {
            self.left[0].start += rows;
        }
        if self.position.open.is_none() {
            self.position.open = Some(self.open(&chunk)?);
        }
        let is_whole = offset == 0 && rows == chunk.rows();
        let array = |column: &Option<ArrayRef>| -> ArrayRef {
            match column {
                Some(values) if is_whole => values.clone(),
                Some(values) => values.slice(offset, rows),
                None => {
                    let first = range.start as i64;
                    Arc::new(Int64Array::from_iter_values(first..first + rows as i64))
                }
            }
        };
        let columns = self.position.open.iter().flatten().map(array).collect();
        let options = RecordBatchOptions::new().with_row_count(Some(rows));
        Ok(Some(RecordBatch::try_new_with_options(self.schema.clone(), columns, &options)?))
    }

    /// Moves on to the chunk of a row.
    fn move_to(&mut self, row: usize) {
        while let Some(chunk) = self.snapshot.chunks.get(self.position.chunk) {
            if row < self.position.start + chunk.rows() {
                return;
            }
            let next = self.position.start + chunk.rows();
            self.position = Position { chunk: self.position.chunk + 1, start: next, open: None };
        }
    }

    fn open(&self, chunk: &Chunk) -> Result<Vec<Option<ArrayRef>>> {
        let stored: Vec<usize> = self.columns.iter().filter_map(Read::column).collect();
        let mut values = chunk.read(&stored).map_err(external)?.into_iter();
        let open = |read: &Read| match *read {
            Read::Column(_) => Ok(values.next()),
            Read::RowNumber => Ok(None),
            Read::Norms(column) => norms(chunk, column, &self.snapshot, &self.running).map(Some),
        };
        self.columns.iter().map(open).collect()
    }
}

impl Stream for Rows {
    type Item = Result<RecordBatch>;

    fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        Poll::Ready(self.next_batch().transpose())
    }
}

impl RecordBatchStream for Rows {
    fn schema(&self) -> SchemaRef {
        self.schema.clone()
    }
}

/// The rows that joins above can use. Batches that lost many rows are coalesced.
pub(super) struct FilteredRows {
    rows: Rows,
    keys: KeyFilter,
    chosen: BatchCoalescer,
    /// An unfiltered batch, which follows the filtered rows before it.
    next: Option<RecordBatch>,
}

impl FilteredRows {
    pub fn new(rows: Rows, keys: KeyFilter) -> FilteredRows {
        let chosen = BatchCoalescer::new(rows.schema.clone(), rows.batch_size);
        FilteredRows { rows, keys, chosen, next: None }
    }

    fn next_batch(&mut self) -> Result<Option<RecordBatch>> {
        loop {
            if let Some(batch) = self.chosen.next_completed_batch().or_else(|| self.next.take()) {
                return Ok(Some(batch));
            }
            let Some(batch) = self.rows.next_batch()? else {
                self.chosen.finish_buffered_batch()?;
                return Ok(self.chosen.next_completed_batch());
            };
            match self.keys.rows(&batch) {
                Some(rows) => self.chosen.push_batch_with_filter(batch, &rows)?,
                None => {
                    self.chosen.finish_buffered_batch()?;
                    self.next = Some(batch);
                }
            }
        }
    }
}

impl Stream for FilteredRows {
    type Item = Result<RecordBatch>;

    fn poll_next(mut self: Pin<&mut Self>, task: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if self.keys.is_waiting() {
            task.waker().wake_by_ref();
            return Poll::Pending;
        }
        Poll::Ready(self.next_batch().transpose())
    }
}

impl RecordBatchStream for FilteredRows {
    fn schema(&self) -> SchemaRef {
        self.rows.schema.clone()
    }
}
