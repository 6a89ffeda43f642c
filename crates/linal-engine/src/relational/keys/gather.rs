//! The operator that gathers the keys of a join.

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

use super::super::stop::Running;
use super::super::watch::one_input;
use super::KeyColumn;
use super::gathering::Gathering;
use super::set::KeySet;

/// Gives the batches of its input, and notes the keys in them for scans that run later.
#[derive(Debug)]
pub(super) struct Gather {
    input: Arc<dyn ExecutionPlan>,
    gathered: Vec<KeyColumn>,
    metrics: ExecutionPlanMetricsSet,
}

impl Gather {
    pub fn new(input: Arc<dyn ExecutionPlan>, gathered: Vec<KeyColumn>) -> Gather {
        Gather { input, gathered, metrics: ExecutionPlanMetricsSet::new() }
    }

    fn with_input(&self, input: Arc<dyn ExecutionPlan>) -> Gather {
        Gather::new(input, self.gathered.clone())
    }
}

impl DisplayAs for Gather {
    fn fmt_as(&self, _: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let schema = self.input.schema();
        let gathered = self.gathered.iter();
        let columns: Vec<String> = gathered
            .map(|gathered| format!("{}: {}", gathered.keys, schema.field(gathered.column).name()))
            .collect();
        write!(f, "GatherKeysExec: keys=[{}]", columns.join(", "))
    }
}

impl ExecutionPlan for Gather {
    fn name(&self) -> &'static str {
        "GatherKeysExec"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        self.input.properties()
    }

    one_input!();

    fn maintains_input_order(&self) -> Vec<bool> {
        vec![true]
    }

    fn execute(&self, partition: usize, task: Arc<TaskContext>) -> Result<SendableRecordBatchStream> {
        let running = Running::of(&task)?;
        let partitions = self.input.output_partitioning().partition_count();
        let share = |gathered: &KeyColumn| Share {
            column: gathered.column,
            partition,
            partitions,
            gathering: running.gathering(gathered.keys),
            keys: Some(KeySet::new(running.pool().clone())),
        };
        let mut shares: Vec<Share> = self.gathered.iter().map(share).collect();
        let mut input = self.input.execute(partition, task)?;
        let metrics = BaselineMetrics::new(&self.metrics, partition);
        let batches = poll_fn(move |context| {
            let polled = input.poll_next_unpin(context);
            if let Poll::Ready(batch) = &polled {
                let _running = metrics.elapsed_compute().timer();
                match batch {
                    Some(Ok(batch)) => shares.iter_mut().for_each(|share| share.add(batch)),
                    // A stream that fails has not met all keys.
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

/// What one partition gathers of one column.
struct Share {
    column: usize,
    partition: usize,
    partitions: usize,
    gathering: Arc<Gathering>,
    /// `None` once they were given up.
    keys: Option<KeySet>,
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
        self.gathering.end(self.partition, self.partitions, self.keys);
    }
}
