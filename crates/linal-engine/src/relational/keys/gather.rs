//! The operator that gathers the keys of a join.

use std::fmt;
use std::sync::Arc;

use arrow::array::RecordBatch;
use datafusion::common::Result;
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::{
    DisplayAs, DisplayFormatType, ExecutionPlan, ExecutionPlanProperties, PlanProperties,
};
use futures::StreamExt;
use futures::stream::poll_fn;

use super::super::stop::Running;
use super::super::watch::{one_input, only_input};
use super::gathering::Gathering;
use super::set::KeySet;

/// A column whose numbers are gathered.
#[derive(Clone, Copy, Debug)]
pub(super) struct Gathered {
    /// The number of these keys in their plan.
    pub keys: usize,
    /// The column's place in the operator's input.
    pub column: usize,
}

/// Gives the batches of its input, and notes the keys in them for scans that run later.
#[derive(Debug)]
pub(super) struct Gather {
    input: Arc<dyn ExecutionPlan>,
    gathered: Vec<Gathered>,
}

impl Gather {
    pub fn new(input: Arc<dyn ExecutionPlan>, gathered: Vec<Gathered>) -> Gather {
        Gather { input, gathered }
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

    fn with_new_children(
        self: Arc<Self>,
        children: Vec<Arc<dyn ExecutionPlan>>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        Ok(Arc::new(Gather::new(only_input(children)?, self.gathered.clone())))
    }

    fn execute(&self, partition: usize, task: Arc<TaskContext>) -> Result<SendableRecordBatchStream> {
        let running = Running::of(&task)?;
        let partitions = self.input.output_partitioning().partition_count();
        let share = |gathered: &Gathered| Share {
            column: gathered.column,
            partition,
            partitions,
            gathering: running.gathering(gathered.keys),
            keys: Some(KeySet::new(running.pool().clone())),
        };
        let mut shares: Vec<Share> = self.gathered.iter().map(share).collect();
        let mut input = self.input.execute(partition, task)?;
        let batches = poll_fn(move |context| {
            input.poll_next_unpin(context).map(|batch| {
                match &batch {
                    Some(Ok(batch)) => shares.iter_mut().for_each(|share| share.add(batch)),
                    // A stream that fails has not met all keys.
                    Some(Err(_)) => shares.clear(),
                    None => shares.drain(..).for_each(Share::end),
                }
                batch
            })
        });
        Ok(Box::pin(RecordBatchStreamAdapter::new(self.input.schema(), batches)))
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
