//! Streams that count what they give, for EXPLAIN ANALYZE.

use std::pin::Pin;
use std::task::{Context, Poll};

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use datafusion::common::Result;
use datafusion::execution::{RecordBatchStream, SendableRecordBatchStream};
use datafusion::physical_plan::metrics::BaselineMetrics;
use futures::Stream;

/// A stream with its rows, their bytes, and the time that it took to make them.
pub(super) struct Measured {
    pub stream: SendableRecordBatchStream,
    pub metrics: BaselineMetrics,
}

impl Stream for Measured {
    type Item = Result<RecordBatch>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let timer = self.metrics.elapsed_compute().clone();
        let _running = timer.timer();
        let polled = self.stream.as_mut().poll_next(context);
        self.metrics.record_poll(polled)
    }
}

impl RecordBatchStream for Measured {
    fn schema(&self) -> SchemaRef {
        self.stream.schema()
    }
}
