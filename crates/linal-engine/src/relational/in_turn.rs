//! Partitions put together a batch of each in turn, so that the same rows come in the same order whenever a query runs.
//!
//! DataFusion takes the batches of several partitions as they come, which is how threads happen to run. Here the next
//! batch is that of the next partition, be others there before it. All partitions run on meanwhile, each some batches
//! ahead at most.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::common::{Result, internal_err};
use datafusion::execution::{RecordBatchStream, SendableRecordBatchStream, TaskContext};
use datafusion::physical_expr::{Partitioning, PhysicalExpr};
use datafusion::physical_plan::coalesce_partitions::CoalescePartitionsExec;
use datafusion::physical_plan::common::spawn_buffered;
use datafusion::physical_plan::metrics::{BaselineMetrics, ExecutionPlanMetricsSet, MetricsSet};
use datafusion::physical_plan::repartition::RepartitionExec;
use datafusion::physical_plan::{
    DisplayAs, DisplayFormatType, ExecutionPlan, ExecutionPlanProperties, PlanProperties,
};
use futures::{Stream, StreamExt};

use super::measured::measured;
use super::stop::Running;
use super::watch::one_input;

/// Batches of a partition that wait for their turn.
const AHEAD: usize = 4;

/// One partition of several.
#[derive(Debug)]
pub(super) struct Gather {
    input: Arc<dyn ExecutionPlan>,
    properties: Arc<PlanProperties>,
    metrics: ExecutionPlanMetricsSet,
}

impl Gather {
    /// Stands for an operator that takes all rows, as they come.
    pub fn instead_of(merge: &CoalescePartitionsExec) -> Gather {
        Gather::over(merge.input().clone(), merge.properties().clone())
    }

    fn over(input: Arc<dyn ExecutionPlan>, properties: Arc<PlanProperties>) -> Gather {
        Gather { input, properties, metrics: ExecutionPlanMetricsSet::new() }
    }

    fn with_input(&self, input: Arc<dyn ExecutionPlan>) -> Gather {
        Gather::over(input, self.properties.clone())
    }
}

impl DisplayAs for Gather {
    fn fmt_as(&self, _: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PartitionsInTurnExec")
    }
}

impl ExecutionPlan for Gather {
    fn name(&self) -> &'static str {
        "PartitionsInTurnExec"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        &self.properties
    }

    one_input!();

    fn execute(&self, partition: usize, task: Arc<TaskContext>) -> Result<SendableRecordBatchStream> {
        let partitions = self.input.output_partitioning().partition_count();
        let streams = (0..partitions)
            .map(|at| Ok(spawn_buffered(self.input.execute(at, task.clone())?, AHEAD)))
            .collect::<Result<Vec<_>>>()?;
        counted(InTurn::over(streams, self.input.schema()), &self.metrics, partition, &task)
    }

    fn metrics(&self) -> Option<MetricsSet> {
        Some(self.metrics.clone_inner())
    }
}

/// Rows dealt to partitions by their keys. Each partition of the input has an exchange of its own, so that what it gives
/// to whom, and in which batches, follows from its own rows alone.
#[derive(Debug)]
pub(super) struct Exchange {
    input: Arc<dyn ExecutionPlan>,
    keys: Vec<Arc<dyn PhysicalExpr>>,
    properties: Arc<PlanProperties>,
    /// The exchange of each partition of the input.
    parts: Vec<Result<RepartitionExec>>,
    metrics: ExecutionPlanMetricsSet,
}

impl Exchange {
    /// Stands for an exchange by keys; `None` for one that keeps an order, or has none to lose.
    pub fn instead_of(exchange: &RepartitionExec) -> Option<Exchange> {
        let input = exchange.input();
        let is_spread = input.output_partitioning().partition_count() > 1;
        match exchange.partitioning() {
            Partitioning::Hash(keys, _) if is_spread && !exchange.preserve_order() => {
                Some(Exchange::new(input.clone(), keys.clone(), exchange.properties().clone()))
            }
            _ => None,
        }
    }

    fn new(
        input: Arc<dyn ExecutionPlan>,
        keys: Vec<Arc<dyn PhysicalExpr>>,
        properties: Arc<PlanProperties>,
    ) -> Exchange {
        let targets = properties.partitioning.partition_count();
        let part = |at| {
            let one = Arc::new(OnePartition::new(input.clone(), at));
            RepartitionExec::try_new(one, Partitioning::Hash(keys.clone(), targets))
        };
        let parts = (0..input.output_partitioning().partition_count()).map(part).collect();
        Exchange { input, keys, properties, parts, metrics: ExecutionPlanMetricsSet::new() }
    }

    /// The exchanges of a run are used up by it, so that these are new ones.
    fn with_input(&self, input: Arc<dyn ExecutionPlan>) -> Exchange {
        Exchange::new(input, self.keys.clone(), self.properties.clone())
    }
}

impl DisplayAs for Exchange {
    fn fmt_as(&self, _: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ExchangeInTurnExec: partitioning={}", self.properties.partitioning)
    }
}

impl ExecutionPlan for Exchange {
    fn name(&self) -> &'static str {
        "ExchangeInTurnExec"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        &self.properties
    }

    one_input!();

    fn execute(&self, target: usize, task: Arc<TaskContext>) -> Result<SendableRecordBatchStream> {
        let part = |part: &Result<RepartitionExec>| match part {
            Ok(exchange) => exchange.execute(target, task.clone()),
            Err(failure) => internal_err!("an exchange by keys that cannot be made: {failure}"),
        };
        let streams = self.parts.iter().map(part).collect::<Result<Vec<_>>>()?;
        counted(InTurn::over(streams, self.input.schema()), &self.metrics, target, &task)
    }

    fn metrics(&self) -> Option<MetricsSet> {
        Some(self.metrics.clone_inner())
    }
}

/// The stream, with what EXPLAIN ANALYZE shows of it when that is asked for.
fn counted(
    stream: SendableRecordBatchStream,
    metrics: &ExecutionPlanMetricsSet,
    partition: usize,
    task: &TaskContext,
) -> Result<SendableRecordBatchStream> {
    Ok(match Running::of(task)?.measures {
        false => stream,
        true => measured(stream, BaselineMetrics::new(metrics, partition)),
    })
}

/// One partition of an operator, as an operator.
#[derive(Debug)]
struct OnePartition {
    input: Arc<dyn ExecutionPlan>,
    at: usize,
    properties: Arc<PlanProperties>,
}

impl OnePartition {
    fn new(input: Arc<dyn ExecutionPlan>, at: usize) -> OnePartition {
        let properties =
            PlanProperties::clone(input.properties()).with_partitioning(Partitioning::UnknownPartitioning(1));
        OnePartition { input, at, properties: Arc::new(properties) }
    }

    fn with_input(&self, input: Arc<dyn ExecutionPlan>) -> OnePartition {
        OnePartition::new(input, self.at)
    }
}

impl DisplayAs for OnePartition {
    fn fmt_as(&self, _: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "OnePartitionExec: {}", self.at)
    }
}

impl ExecutionPlan for OnePartition {
    fn name(&self) -> &'static str {
        "OnePartitionExec"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        &self.properties
    }

    one_input!();

    fn execute(&self, _: usize, task: Arc<TaskContext>) -> Result<SendableRecordBatchStream> {
        self.input.execute(self.at, task)
    }
}

/// The batches of several streams, one of each in turn. A stream that is at its end is passed over.
struct InTurn {
    /// Those that are not at their end, in their order.
    streams: Vec<Ahead>,
    next: usize,
    /// Whether all streams were asked for their first batch. An exchange works from then on, and not before: asked one after
    /// the other, partitions would run one after the other.
    has_started: bool,
    schema: SchemaRef,
}

/// A stream, and what it gave before its turn.
struct Ahead {
    stream: SendableRecordBatchStream,
    given: Poll<Option<Result<RecordBatch>>>,
}

impl Ahead {
    fn ask(&mut self, context: &mut Context<'_>) {
        if self.given.is_pending() {
            self.given = self.stream.poll_next_unpin(context);
        }
    }
}

impl InTurn {
    fn over(streams: Vec<SendableRecordBatchStream>, schema: SchemaRef) -> SendableRecordBatchStream {
        let streams = streams.into_iter().map(|stream| Ahead { stream, given: Poll::Pending }).collect();
        Box::pin(InTurn { streams, next: 0, has_started: false, schema })
    }
}

impl Stream for InTurn {
    type Item = Result<RecordBatch>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if !std::mem::replace(&mut self.has_started, true) {
            self.streams.iter_mut().for_each(|stream| stream.ask(context));
        }
        loop {
            if self.next >= self.streams.len() {
                self.next = 0;
            }
            let at = self.next;
            let Some(stream) = self.streams.get_mut(at) else { return Poll::Ready(None) };
            stream.ask(context);
            match ready!(std::mem::replace(&mut stream.given, Poll::Pending)) {
                // The one behind it has this place now, and its turn.
                None => drop(self.streams.remove(at)),
                Some(batch) => {
                    self.next = at + 1;
                    return Poll::Ready(Some(batch));
                }
            }
        }
    }
}

impl RecordBatchStream for InTurn {
    fn schema(&self) -> SchemaRef {
        self.schema.clone()
    }
}
