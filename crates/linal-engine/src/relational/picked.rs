//! The rows of a snapshot that an index chose.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use arrow::array::{ArrayRef, Int64Array, RecordBatch, RecordBatchOptions, UInt64Array};
use arrow::compute::take;
use arrow::datatypes::SchemaRef;
use arrow::error::ArrowError;
use datafusion::common::Result;
use datafusion::execution::RecordBatchStream;
use futures::Stream;

use super::stop::Running;
use crate::dataset::Snapshot;

/// Gathers rows by their numbers, which ascend.
pub(super) struct PickedRows {
    pub schema: SchemaRef,
    pub snapshot: Arc<Snapshot>,
    pub running: Arc<Running>,
    /// The columns to read; `row_number` is none of the snapshot's and stands for the number itself.
    pub projection: Vec<usize>,
    pub row_number: Option<usize>,
    pub rows: Vec<u64>,
    pub at: usize,
    pub chunk: usize,
    /// Number of the first row of `chunk`.
    pub chunk_start: u64,
    pub batch_size: usize,
}

impl PickedRows {
    fn next_batch(&mut self) -> Option<Result<RecordBatch>> {
        let &first = self.rows.get(self.at)?;
        if let Err(ended) = self.running.poll() {
            return Some(Err(ended));
        }
        let mut batch = &self.snapshot.chunks.get(self.chunk)?.batch;
        while first >= self.chunk_start + batch.num_rows() as u64 {
            self.chunk_start += batch.num_rows() as u64;
            self.chunk += 1;
            batch = &self.snapshot.chunks.get(self.chunk)?.batch;
        }
        let end = self.chunk_start + batch.num_rows() as u64;
        let rest = &self.rows[self.at..];
        let rows = &rest[..rest.partition_point(|&row| row < end).min(self.batch_size)];
        self.at += rows.len();
        let places = UInt64Array::from_iter_values(rows.iter().map(|row| row - self.chunk_start));
        let columns: std::result::Result<Vec<ArrayRef>, ArrowError> =
            self.projection
                .iter()
                .map(|&column| match self.row_number == Some(column) {
                    true => Ok(Arc::new(Int64Array::from_iter_values(rows.iter().map(|&row| row as i64)))
                        as ArrayRef),
                    false => take(batch.column(column), &places, None),
                })
                .collect();
        let columns = match columns {
            Ok(columns) => columns,
            Err(error) => return Some(Err(error.into())),
        };
        let options = RecordBatchOptions::new().with_row_count(Some(rows.len()));
        Some(RecordBatch::try_new_with_options(self.schema.clone(), columns, &options).map_err(Into::into))
    }
}

impl Stream for PickedRows {
    type Item = Result<RecordBatch>;

    fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        Poll::Ready(self.next_batch())
    }
}

impl RecordBatchStream for PickedRows {
    fn schema(&self) -> SchemaRef {
        self.schema.clone()
    }
}
