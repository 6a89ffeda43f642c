//! The operator that collects the keys of a join.

use std::fmt;
use std::sync::Arc;
use std::task::Poll;

use arrow::array::RecordBatch;
use datafusion::common::Result;
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_plan::metrics::{BaselineMetrics, ExecutionPlanMetricsSet, MetricsSet};
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::{
    DisplayAs, DisplayFormatType, ExecutionPlan, ExecutionPlanProperties, PlanProperties,
};
use futures::StreamExt;
use futures::stream::poll_fn;

use super::cancellation::one_input;
use crate::physical::join_filter::KeyColumn;
use crate::physical::join_filter::key_bitmap::KeyBitmap;
use crate::physical::join_filter::shared::SharedJoinFilter;
use crate::run::query_state::QueryState;

/// Passes on the batches of its input, and records their keys for scans that run later.
#[derive(Debug)]
pub(crate) struct JoinFilterBuildExec {
    input: Arc<dyn ExecutionPlan>,
    key_columns: Vec<KeyColumn>,
    metrics: ExecutionPlanMetricsSet,
}

impl JoinFilterBuildExec {
    pub fn new(input: Arc<dyn ExecutionPlan>, key_columns: Vec<KeyColumn>) -> JoinFilterBuildExec {
        JoinFilterBuildExec { input, key_columns, metrics: ExecutionPlanMetricsSet::new() }
    }

    fn with_input(&self, input: Arc<dyn ExecutionPlan>) -> JoinFilterBuildExec {
        JoinFilterBuildExec::new(input, self.key_columns.clone())
    }
}

impl DisplayAs for JoinFilterBuildExec {
    fn fmt_as(&self, _: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let schema = self.input.schema();
        let key_columns = self.key_columns.iter();
        let columns: Vec<String> =
            key_columns.map(|key| format!("{}: {}", key.keys, schema.field(key.column).name())).collect();
        write!(f, "JoinFilterBuildExec: keys=[{}]", columns.join(", "))
    }
}

impl ExecutionPlan for JoinFilterBuildExec {
    fn name(&self) -> &'static str {
        "JoinFilterBuildExec"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        self.input.properties()
    }

    one_input!();

    fn maintains_input_order(&self) -> Vec<bool> {
        vec![true]
    }

    fn execute(&self, partition: usize, task: Arc<TaskContext>) -> Result<SendableRecordBatchStream> {
        let running = QueryState::of(&task)?;
        let partitions = self.input.output_partitioning().partition_count();
        let share = |key: &KeyColumn| Share {
            column: key.column,
            partition,
            partitions,
            join_filter: running.join_filter(key.keys),
            keys: Some(KeyBitmap::new(running.pool().clone())),
        };
        let mut shares: Vec<Share> = self.key_columns.iter().map(share).collect();
        let mut input = self.input.execute(partition, task)?;
        let metrics = BaselineMetrics::new(&self.metrics, partition);
        let batches = poll_fn(move |context| {
            let polled = input.poll_next_unpin(context);
            if let Poll::Ready(batch) = &polled {
                let _running = metrics.elapsed_compute().timer();
                match batch {
                    Some(Ok(batch)) => shares.iter_mut().for_each(|share| share.add(batch)),
                    // A stream that failed has not read all keys.
                    Some(Err(_)) => shares.clear(),
                    None => shares.drain(..).for_each(Share::end),
                }
            }
            metrics.record_poll(polled)
        });
        Ok(Box::pin(RecordBatchStreamAdapter::new(self.input.schema(), batches)))
    }

    fn metrics(&self) -> Option<MetricsSet> {
        Some(self.metrics.clone_inner())
    }
}

/// The keys of one column in one partition.
struct Share {
    column: usize,
    partition: usize,
    partitions: usize,
    join_filter: Arc<SharedJoinFilter>,
    /// `None` once they are too sparse.
    keys: Option<KeyBitmap>,
}

impl Share {
    fn add(&mut self, batch: &RecordBatch) {
        if let Some(keys) = &mut self.keys
            && keys.add(batch.column(self.column)).is_err()
        {
            self.keys = None;
        }
    }

    fn end(self) {
        self.join_filter.end(self.partition, self.partitions, self.keys);
    }
}
