//! The rows of a snapshot in order, optionally filtered by the keys of joins.

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
    let known = chunk.norms(column, &snapshot.pool, running.control());
    let known = known.map_err(|error| external(error.into()))?;
    Ok(known.unwrap_or_else(|| new_null_array(&DataType::Float64, chunk.rows())))
}

/// The batches of a partition, cut to the batch size so that an operator's input stays in the cache.
pub(super) struct Rows {
    pub schema: SchemaRef,
    pub columns: Vec<Read>,
    pub snapshot: Arc<Snapshot>,
    pub running: Arc<QueryState>,
    pub chunk: usize,
    /// Row number of the first row of `chunk`.
    pub chunk_start: usize,
    pub at: usize,
    pub stop: usize,
    pub batch_size: usize,
}

impl Rows {
    fn next_batch(&mut self) -> Option<Result<RecordBatch>> {
        if self.at >= self.stop {
            return None;
        }
        if let Err(error) = self.running.poll() {
            return Some(Err(error));
        }
        let mut chunk = self.snapshot.chunks.get(self.chunk)?;
        while self.at >= self.chunk_start + chunk.rows() {
            self.chunk_start += chunk.rows();
            self.chunk += 1;
            chunk = self.snapshot.chunks.get(self.chunk)?;
        }
        let offset = self.at - self.chunk_start;
        let rows = (chunk.rows() - offset).min(self.stop - self.at).min(self.batch_size);
        let first = self.at;
        self.at += rows;
        let is_whole = offset == 0 && rows == chunk.rows();
        let array = |read: &Read| -> Result<ArrayRef> {
            Ok(match *read {
                Read::Column(column) if is_whole => chunk.column(column).clone(),
                Read::Column(column) => chunk.column(column).slice(offset, rows),
                Read::RowNumber => {
                    Arc::new(Int64Array::from_iter_values(first as i64..(first + rows) as i64))
                }
                Read::Norms(column) => {
                    norms(chunk, column, &self.snapshot, &self.running)?.slice(offset, rows)
                }
            })
        };
        let columns = self.columns.iter().map(array).collect::<Result<Vec<_>>>();
        let options = RecordBatchOptions::new().with_row_count(Some(rows));
        Some(columns.and_then(|columns| {
            RecordBatch::try_new_with_options(self.schema.clone(), columns, &options).map_err(Into::into)
        }))
    }
}

impl Stream for Rows {
    type Item = Result<RecordBatch>;

    fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        Poll::Ready(self.next_batch())
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
            let Some(batch) = self.rows.next_batch().transpose()? else {
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
