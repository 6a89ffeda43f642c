//! The first rows of a table are the same for any number of threads.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use datafusion::common::Result;
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::execution::{RecordBatchStream, SendableRecordBatchStream, TaskContext};
use datafusion::physical_expr::{EquivalenceProperties, Partitioning, PhysicalExpr};
use datafusion::physical_plan::coalesce_partitions::CoalescePartitionsExec;
use datafusion::physical_plan::common::spawn_buffered;
use datafusion::physical_plan::execution_plan::replace_children_if_necessary;
use datafusion::physical_plan::limit::GlobalLimitExec;
use datafusion::physical_plan::metrics::{BaselineMetrics, ExecutionPlanMetricsSet, MetricsSet};
use datafusion::physical_plan::projection::ProjectionExec;
use datafusion::physical_plan::{
    DisplayAs, DisplayFormatType, ExecutionPlan, ExecutionPlanProperties, PlanProperties,
};
use futures::{Stream, StreamExt};

use crate::exec::cancellation::one_input;
use crate::exec::materialize::MaterializeExec;
use crate::exec::positional_join::PositionalJoinExec;
use crate::exec::sample::SampleExec;
use crate::exec::window;
use crate::run::metered_stream::metered;
use crate::run::query_state::QueryState;

/// Buffered batches of a partition that wait for earlier partitions.
const BUFFERED: usize = 64;

/// Concatenates partitions in order where a LIMIT takes their first rows, where rows count by their position, and at the
/// end of a query.
pub(crate) fn above(plan: Arc<dyn ExecutionPlan>) -> Result<Arc<dyn ExecutionPlan>> {
    ordered(plan, true)
}

/// `at_end` says whether the rows of the plan are those of the query, or of a LIMIT, in their order.
fn ordered(plan: Arc<dyn ExecutionPlan>, at_end: bool) -> Result<Arc<dyn ExecutionPlan>> {
    let operator: &dyn std::any::Any = plan.as_ref();
    let is_limit = operator.is::<GlobalLimitExec>();
    let below = is_limit || reads_in_order(plan.as_ref()) || at_end && keeps_rows(operator);
    let children = plan.children().into_iter().cloned();
    let inputs = children.map(|input| ordered(input, below)).collect::<Result<Vec<_>>>()?;
    let plan = replace_children_if_necessary(plan, inputs)?;
    let operator: &dyn std::any::Any = plan.as_ref();
    match operator.downcast_ref::<CoalescePartitionsExec>() {
        Some(merge) if at_end || merge.fetch().is_some() => {
            Ok(Arc::new(OrderedCoalesceExec::new(merge.input().clone(), merge.fetch())))
        }
        _ => Ok(plan),
    }
}

/// Whether an operator counts the rows of its inputs by their position, as `ROW_NUMBER() OVER ()` does.
pub(super) fn reads_in_order(plan: &dyn ExecutionPlan) -> bool {
    let operator: &dyn std::any::Any = plan;
    operator.is::<PositionalJoinExec>() || operator.is::<SampleExec>() || window::tells_ties_apart(plan)
}

/// Whether an operator gives its rows in the order of its input, one for each.
pub(super) fn keeps_rows(operator: &dyn std::any::Any) -> bool {
    operator.is::<ProjectionExec>() || operator.is::<MaterializeExec>()
}

/// Concatenates all partitions in order; all of them run concurrently.
#[derive(Debug)]
pub(crate) struct OrderedCoalesceExec {
    input: Arc<dyn ExecutionPlan>,
    /// The number of rows that are needed.
    fetch: Option<usize>,
    properties: Arc<PlanProperties>,
    metrics: ExecutionPlanMetricsSet,
}

impl OrderedCoalesceExec {
    pub fn new(input: Arc<dyn ExecutionPlan>, fetch: Option<usize>) -> OrderedCoalesceExec {
        let properties =
            // The concatenation of sorted partitions is not sorted.
            PlanProperties::clone(input.properties()).with_eq_properties(EquivalenceProperties::new(input.schema())).with_partitioning(Partitioning::UnknownPartitioning(1));
        OrderedCoalesceExec {
            input,
            fetch,
            properties: Arc::new(properties),
            metrics: ExecutionPlanMetricsSet::new(),
        }
    }

    fn with_input(&self, input: Arc<dyn ExecutionPlan>) -> OrderedCoalesceExec {
        OrderedCoalesceExec::new(input, self.fetch)
    }
}

impl DisplayAs for OrderedCoalesceExec {
    fn fmt_as(&self, _: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.fetch {
            Some(fetch) => write!(f, "OrderedCoalesceExec: fetch={fetch}"),
            None => f.write_str("OrderedCoalesceExec"),
        }
    }
}

impl ExecutionPlan for OrderedCoalesceExec {
    fn name(&self) -> &'static str {
        "OrderedCoalesceExec"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        &self.properties
    }

    one_input!();

    fn execute(&self, partition: usize, task: Arc<TaskContext>) -> Result<SendableRecordBatchStream> {
        let measures = QueryState::of(&task)?.measures;
        let partitions = self.input.output_partitioning().partition_count();
        let mut streams = (0..partitions)
            .map(|at| Ok(spawn_buffered(self.input.execute(at, task.clone())?, BUFFERED)))
            .collect::<Result<Vec<_>>>()?;
        streams.reverse();
        let left = self.fetch.unwrap_or(usize::MAX);
        let ordered = Box::pin(Ordered { streams, left, schema: self.input.schema() });
        Ok(if measures { metered(ordered, BaselineMetrics::new(&self.metrics, partition)) } else { ordered })
    }

    fn metrics(&self) -> Option<MetricsSet> {
        Some(self.metrics.clone_inner())
    }
}

struct Ordered {
    /// The remaining partitions in reverse order.
    streams: Vec<SendableRecordBatchStream>,
    left: usize,
    schema: SchemaRef,
}

impl Stream for Ordered {
    type Item = Result<RecordBatch>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        loop {
            if self.left == 0 {
                self.streams.clear();
            }
            let Some(stream) = self.streams.last_mut() else { return Poll::Ready(None) };
            match ready!(stream.poll_next_unpin(context)) {
                None => {
                    self.streams.pop();
                }
                Some(Ok(batch)) => {
                    let rows = batch.num_rows().min(self.left);
                    self.left -= rows;
                    return Poll::Ready(Some(Ok(batch.slice(0, rows))));
                }
                Some(Err(failure)) => return Poll::Ready(Some(Err(failure))),
            }
        }
    }
}

impl RecordBatchStream for Ordered {
    fn schema(&self) -> SchemaRef {
        self.schema.clone()
    }
}
