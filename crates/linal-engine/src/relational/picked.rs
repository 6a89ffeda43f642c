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
    /// The columns to read; `None` stands for the number of the row.
    pub columns: Vec<Option<usize>>,
    /// All rows of the lookup, ascending; `place` says which of them are read here.
    pub rows: Arc<Vec<u64>>,
    pub place: Place,
    pub batch_size: usize,
}

/// How far the reading is.
pub(super) struct Place {
    /// The next of the rows, and where they end.
    pub at: usize,
    pub stop: usize,
    pub chunk: usize,
    /// Number of the first row of `chunk`.
    pub chunk_start: u64,
}

impl PickedRows {
    fn next_batch(&mut self) -> Option<Result<RecordBatch>> {
        let place = &mut self.place;
        let rest = self.rows.get(place.at..place.stop)?;
        let &first = rest.first()?;
        if let Err(ended) = self.running.poll() {
            return Some(Err(ended));
        }
        let mut batch = &self.snapshot.chunks.get(place.chunk)?.batch;
        while first >= place.chunk_start + batch.num_rows() as u64 {
            place.chunk_start += batch.num_rows() as u64;
            place.chunk += 1;
            batch = &self.snapshot.chunks.get(place.chunk)?.batch;
        }
        let end = place.chunk_start + batch.num_rows() as u64;
        let rows = &rest[..rest.partition_point(|&row| row < end).min(self.batch_size)];
        place.at += rows.len();
        let chunk_start = place.chunk_start;
        let places = UInt64Array::from_iter_values(rows.iter().map(|row| row - chunk_start));
        let columns: std::result::Result<Vec<ArrayRef>, ArrowError> =
            self.columns
                .iter()
                .map(|column| match column {
                    None => Ok(Arc::new(Int64Array::from_iter_values(rows.iter().map(|&row| row as i64)))
                        as ArrayRef),
                    Some(column) => take(batch.column(*column), &places, None),
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
