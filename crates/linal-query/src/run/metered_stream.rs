//! Streams that count their output, for EXPLAIN ANALYZE.

use std::task::Context;

use datafusion::execution::SendableRecordBatchStream;
use datafusion::physical_plan::metrics::BaselineMetrics;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use futures::stream::poll_fn;

/// A stream that counts its rows, their bytes, and the time to compute them.
pub(crate) fn metered(
    mut stream: SendableRecordBatchStream,
    metrics: BaselineMetrics,
) -> SendableRecordBatchStream {
    let schema = stream.schema();
    let counted = poll_fn(move |context: &mut Context<'_>| {
        let _running = metrics.elapsed_compute().timer();
        let polled = stream.as_mut().poll_next(context);
        metrics.record_poll(polled)
    });
    Box::pin(RecordBatchStreamAdapter::new(schema, counted))
}
