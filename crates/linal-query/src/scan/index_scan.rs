//! The rows of a snapshot that an index selected.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use arrow::array::{ArrayRef, Int64Array, RecordBatch, RecordBatchOptions, UInt64Array};
use arrow::compute::take;
use arrow::datatypes::SchemaRef;
use datafusion::common::Result;
use datafusion::execution::RecordBatchStream;
use futures::Stream;
use linal_dataset::Snapshot;

use super::{Read, norms};
use crate::error::external;
use crate::run::query_state::QueryState;

/// Takes rows by their ascending row numbers.
pub(crate) struct IndexScanStream {
    pub schema: SchemaRef,
    pub snapshot: Arc<Snapshot>,
    pub running: Arc<QueryState>,
    /// What to read for each column.
    pub columns: Vec<Read>,
    /// All rows of the lookup, ascending; `place` is the range of this partition.
    pub rows: Arc<Vec<u64>>,
    pub place: Place,
    pub batch_size: usize,
}

/// The position of the reader.
pub(crate) struct Place {
    /// The next of the rows, and the end of their range.
    pub at: usize,
    pub stop: usize,
    pub chunk: usize,
    /// Row number of the first row of `chunk`.
    pub chunk_start: u64,
}

impl IndexScanStream {
    fn next_batch(&mut self) -> Option<Result<RecordBatch>> {
        let place = &mut self.place;
        let rest = self.rows.get(place.at..place.stop)?;
        let &first = rest.first()?;
        if let Err(ended) = self.running.poll() {
            return Some(Err(ended));
        }
        let mut chunk = self.snapshot.chunks.get(place.chunk)?;
        while first >= place.chunk_start + chunk.rows() as u64 {
            place.chunk_start += chunk.rows() as u64;
            place.chunk += 1;
            chunk = self.snapshot.chunks.get(place.chunk)?;
        }
        let end = place.chunk_start + chunk.rows() as u64;
        let rows = &rest[..rest.partition_point(|&row| row < end).min(self.batch_size)];
        place.at += rows.len();
        let chunk_start = place.chunk_start;
        let places = UInt64Array::from_iter_values(rows.iter().map(|row| row - chunk_start));
        let array = |read: &Read| -> Result<ArrayRef> {
            Ok(match *read {
                Read::RowNumber => Arc::new(Int64Array::from_iter_values(rows.iter().map(|&row| row as i64))),
                Read::Column(column) => take(&chunk.column(column).map_err(external)?, &places, None)?,
                Read::Norms(column) => {
                    take(&norms(chunk, column, &self.snapshot, &self.running)?, &places, None)?
                }
            })
        };
        let columns = match self.columns.iter().map(array).collect::<Result<Vec<_>>>() {
            Ok(columns) => columns,
            Err(error) => return Some(Err(error)),
        };
        let options = RecordBatchOptions::new().with_row_count(Some(rows.len()));
        Some(RecordBatch::try_new_with_options(self.schema.clone(), columns, &options).map_err(Into::into))
    }
}

impl Stream for IndexScanStream {
    type Item = Result<RecordBatch>;

    fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        Poll::Ready(self.next_batch())
    }
}

impl RecordBatchStream for IndexScanStream {
    fn schema(&self) -> SchemaRef {
        self.schema.clone()
    }
}
