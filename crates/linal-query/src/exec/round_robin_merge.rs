//! Merges partitions one batch each in turn, so that rows come in the same order in every run.
//!
//! DataFusion takes the batches of several partitions as they arrive, which depends on thread scheduling.
//! Here the next batch is that of the next partition, even if others are ready before it. All partitions run
//! concurrently, each at most a few batches ahead.

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

use super::cancellation::one_input;
use crate::run::metered_stream::metered;
use crate::run::query_state::QueryState;

/// Buffered batches per partition.
const MAX_BUFFERED_BATCHES: usize = 4;

/// Merges all partitions of its input into one.
#[derive(Debug)]
pub(crate) struct RoundRobinMergeExec {
    input: Arc<dyn ExecutionPlan>,
    properties: Arc<PlanProperties>,
    metrics: ExecutionPlanMetricsSet,
}

impl RoundRobinMergeExec {
    /// Replaces an operator that merges partitions in order of arrival.
    pub fn instead_of(merge: &CoalescePartitionsExec) -> RoundRobinMergeExec {
        RoundRobinMergeExec::over(merge.input().clone(), merge.properties().clone())
    }

    fn over(input: Arc<dyn ExecutionPlan>, properties: Arc<PlanProperties>) -> RoundRobinMergeExec {
        RoundRobinMergeExec { input, properties, metrics: ExecutionPlanMetricsSet::new() }
    }

    fn with_input(&self, input: Arc<dyn ExecutionPlan>) -> RoundRobinMergeExec {
        RoundRobinMergeExec::over(input, self.properties.clone())
    }
}

impl DisplayAs for RoundRobinMergeExec {
    fn fmt_as(&self, _: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RoundRobinMergeExec")
    }
}

impl ExecutionPlan for RoundRobinMergeExec {
    fn name(&self) -> &'static str {
        "RoundRobinMergeExec"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        &self.properties
    }

    one_input!();

    fn execute(&self, partition: usize, task: Arc<TaskContext>) -> Result<SendableRecordBatchStream> {
        let partitions = self.input.output_partitioning().partition_count();
        let streams = (0..partitions)
            .map(|at| Ok(spawn_buffered(self.input.execute(at, task.clone())?, MAX_BUFFERED_BATCHES)))
            .collect::<Result<Vec<_>>>()?;
        counted(RoundRobinStream::over(streams, self.input.schema()), &self.metrics, partition, &task)
    }

    fn metrics(&self) -> Option<MetricsSet> {
        Some(self.metrics.clone_inner())
    }
}

/// Repartitions rows by hash of their keys. Each input partition has its own repartitioning, so that its
/// output batches depend on its own rows alone.
#[derive(Debug)]
pub(crate) struct DeterministicRepartitionExec {
    input: Arc<dyn ExecutionPlan>,
    keys: Vec<Arc<dyn PhysicalExpr>>,
    properties: Arc<PlanProperties>,
    /// The repartitioning of each input partition.
    parts: Vec<Result<RepartitionExec>>,
    metrics: ExecutionPlanMetricsSet,
}

impl DeterministicRepartitionExec {
    /// Replaces a hash repartitioning; `None` for one that preserves an order, or has none to preserve.
    pub fn instead_of(exchange: &RepartitionExec) -> Option<DeterministicRepartitionExec> {
        let input = exchange.input();
        let is_spread = input.output_partitioning().partition_count() > 1;
        match exchange.partitioning() {
            Partitioning::Hash(keys, _) if is_spread && !exchange.preserve_order() => Some(
                DeterministicRepartitionExec::new(input.clone(), keys.clone(), exchange.properties().clone()),
            ),
            _ => None,
        }
    }

    fn new(
        input: Arc<dyn ExecutionPlan>,
        keys: Vec<Arc<dyn PhysicalExpr>>,
        properties: Arc<PlanProperties>,
    ) -> DeterministicRepartitionExec {
        let targets = properties.partitioning.partition_count();
        let part = |at| {
            let one = Arc::new(PartitionSelectExec::new(input.clone(), at));
            RepartitionExec::try_new(one, Partitioning::Hash(keys.clone(), targets))
        };
        let parts = (0..input.output_partitioning().partition_count()).map(part).collect();
        DeterministicRepartitionExec {
            input,
            keys,
            properties,
            parts,
            metrics: ExecutionPlanMetricsSet::new(),
        }
    }

    /// A run consumes its repartitionings, so new ones are made.
    fn with_input(&self, input: Arc<dyn ExecutionPlan>) -> DeterministicRepartitionExec {
        DeterministicRepartitionExec::new(input, self.keys.clone(), self.properties.clone())
    }
}

impl DisplayAs for DeterministicRepartitionExec {
    fn fmt_as(&self, _: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DeterministicRepartitionExec: partitioning={}", self.properties.partitioning)
    }
}

impl ExecutionPlan for DeterministicRepartitionExec {
    fn name(&self) -> &'static str {
        "DeterministicRepartitionExec"
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
        counted(RoundRobinStream::over(streams, self.input.schema()), &self.metrics, target, &task)
    }

    fn metrics(&self) -> Option<MetricsSet> {
        Some(self.metrics.clone_inner())
    }
}

/// The stream, metered if EXPLAIN ANALYZE requests it.
fn counted(
    stream: SendableRecordBatchStream,
    metrics: &ExecutionPlanMetricsSet,
    partition: usize,
    task: &TaskContext,
) -> Result<SendableRecordBatchStream> {
    Ok(if QueryState::of(task)?.measures {
        metered(stream, BaselineMetrics::new(metrics, partition))
    } else {
        stream
    })
}

/// Selects one partition of an operator.
#[derive(Debug)]
struct PartitionSelectExec {
    input: Arc<dyn ExecutionPlan>,
    at: usize,
    properties: Arc<PlanProperties>,
}

impl PartitionSelectExec {
    fn new(input: Arc<dyn ExecutionPlan>, at: usize) -> PartitionSelectExec {
        let properties =
            PlanProperties::clone(input.properties()).with_partitioning(Partitioning::UnknownPartitioning(1));
        PartitionSelectExec { input, at, properties: Arc::new(properties) }
    }

    fn with_input(&self, input: Arc<dyn ExecutionPlan>) -> PartitionSelectExec {
        PartitionSelectExec::new(input, self.at)
    }
}

impl DisplayAs for PartitionSelectExec {
    fn fmt_as(&self, _: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PartitionSelectExec: {}", self.at)
    }
}

impl ExecutionPlan for PartitionSelectExec {
    fn name(&self) -> &'static str {
        "PartitionSelectExec"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        &self.properties
    }

    one_input!();

    fn execute(&self, _: usize, task: Arc<TaskContext>) -> Result<SendableRecordBatchStream> {
        self.input.execute(self.at, task)
    }
}

/// Merges several streams, one batch each in turn. Streams that have ended are skipped.
struct RoundRobinStream {
    /// The streams that have not ended, in their order.
    streams: Vec<BufferedStream>,
    next: usize,
    /// Whether all streams were polled for their first batch. A repartitioning starts at its first poll:
    /// polled one after another, partitions would run one after another.
    has_started: bool,
    schema: SchemaRef,
}

/// A stream and its buffered batches.
struct BufferedStream {
    stream: SendableRecordBatchStream,
    given: Poll<Option<Result<RecordBatch>>>,
}

impl BufferedStream {
    fn poll_batch(&mut self, context: &mut Context<'_>) {
        if self.given.is_pending() {
            self.given = self.stream.poll_next_unpin(context);
        }
    }
}

impl RoundRobinStream {
    fn over(streams: Vec<SendableRecordBatchStream>, schema: SchemaRef) -> SendableRecordBatchStream {
        let streams =
            streams.into_iter().map(|stream| BufferedStream { stream, given: Poll::Pending }).collect();
        Box::pin(RoundRobinStream { streams, next: 0, has_started: false, schema })
    }
}

impl Stream for RoundRobinStream {
    type Item = Result<RecordBatch>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if !std::mem::replace(&mut self.has_started, true) {
            self.streams.iter_mut().for_each(|stream| stream.poll_batch(context));
        }
        loop {
            if self.next >= self.streams.len() {
                self.next = 0;
            }
            let at = self.next;
            let Some(stream) = self.streams.get_mut(at) else { return Poll::Ready(None) };
            stream.poll_batch(context);
            match ready!(std::mem::replace(&mut stream.given, Poll::Pending)) {
                // The following stream moves to this index and is next.
                None => drop(self.streams.remove(at)),
                Some(batch) => {
                    self.next = at + 1;
                    return Poll::Ready(Some(batch));
                }
            }
        }
    }
}

impl RecordBatchStream for RoundRobinStream {
    fn schema(&self) -> SchemaRef {
        self.schema.clone()
    }
}
