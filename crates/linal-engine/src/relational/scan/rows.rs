//! The rows of a snapshot, in order, and those of them that joins can use.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use arrow::array::{ArrayRef, Int64Array, RecordBatch, RecordBatchOptions};
use arrow::compute::BatchCoalescer;
use arrow::datatypes::SchemaRef;
use datafusion::common::Result;
use datafusion::execution::RecordBatchStream;
use futures::Stream;

use super::super::keys::KeyFilter;
use super::super::stop::Running;
use crate::dataset::Snapshot;

/// The batches of a share, cut to the batch size so that what an operator works on stays in the cache.
pub(super) struct Rows {
    pub schema: SchemaRef,
    pub columns: Vec<Option<usize>>,
    pub snapshot: Arc<Snapshot>,
    pub running: Arc<Running>,
    pub chunk: usize,
    /// Number of the first row of `chunk`.
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
        let mut chunk = &self.snapshot.chunks.get(self.chunk)?.batch;
        while self.at >= self.chunk_start + chunk.num_rows() {
            self.chunk_start += chunk.num_rows();
            self.chunk += 1;
            chunk = &self.snapshot.chunks.get(self.chunk)?.batch;
        }
        let offset = self.at - self.chunk_start;
        let rows = (chunk.num_rows() - offset).min(self.stop - self.at).min(self.batch_size);
        let first = self.at;
        self.at += rows;
        let is_whole = offset == 0 && rows == chunk.num_rows();
        let array = |column: &Option<usize>| -> ArrayRef {
            match column {
                Some(column) if is_whole => chunk.column(*column).clone(),
                Some(column) => chunk.column(*column).slice(offset, rows),
                None => Arc::new(Int64Array::from_iter_values(first as i64..(first + rows) as i64)),
            }
        };
        let columns = self.columns.iter().map(array).collect();
        let options = RecordBatchOptions::new().with_row_count(Some(rows));
        let batch = RecordBatch::try_new_with_options(self.schema.clone(), columns, &options);
        Some(batch.map_err(Into::into))
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

/// The rows that joins above can use. Batches that many rows were left out of are put together.
pub(super) struct ChosenRows {
    rows: Rows,
    keys: KeyFilter,
    chosen: BatchCoalescer,
    /// A batch that nothing was left out of, behind what was chosen before it.
    next: Option<RecordBatch>,
}

impl ChosenRows {
    pub fn new(rows: Rows, keys: KeyFilter) -> ChosenRows {
        let chosen = BatchCoalescer::new(rows.schema.clone(), rows.batch_size);
        ChosenRows { rows, keys, chosen, next: None }
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

impl Stream for ChosenRows {
    type Item = Result<RecordBatch>;

    fn poll_next(mut self: Pin<&mut Self>, task: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if self.keys.is_waiting() {
            task.waker().wake_by_ref();
            return Poll::Pending;
        }
        Poll::Ready(self.next_batch().transpose())
    }
}

impl RecordBatchStream for ChosenRows {
    fn schema(&self) -> SchemaRef {
        self.rows.schema.clone()
    }
}
