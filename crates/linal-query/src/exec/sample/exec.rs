//! The operator.

use std::fmt;
use std::sync::Arc;

use arrow::array::{BooleanArray, RecordBatch};
use arrow::compute::filter_record_batch;
use datafusion::common::Result;
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::error::DataFusionError;
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_expr::{EquivalenceProperties, Partitioning, PhysicalExpr};
use datafusion::physical_plan::execution_plan::{Boundedness, EmissionType};
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::{
    DisplayAs, DisplayFormatType, Distribution, ExecutionPlan, ExecutionPlanProperties,
    InputDistributionRequirements, PlanProperties,
};
use futures::{StreamExt, TryStreamExt};

use super::reservoir::Reservoir;
use super::spec::{BLOCK, Method, SampleSpec, Size, draw, greatest_draw, random_seed};
use crate::exec::cancellation::one_input;
use crate::run::query_state::QueryState;

/// Passes on some rows of its input.
#[derive(Debug)]
pub(crate) struct SampleExec {
    input: Arc<dyn ExecutionPlan>,
    spec: SampleSpec,
    properties: Arc<PlanProperties>,
}

impl SampleExec {
    pub fn new(input: Arc<dyn ExecutionPlan>, spec: SampleSpec) -> SampleExec {
        let partitions = if is_sequential(&spec) { 1 } else { input.output_partitioning().partition_count() };
        let properties = PlanProperties::new(
            EquivalenceProperties::new(input.schema()),
            Partitioning::UnknownPartitioning(partitions),
            if spec.method == Method::Reservoir { EmissionType::Final } else { EmissionType::Incremental },
            Boundedness::Bounded,
        );
        SampleExec { input, spec, properties: Arc::new(properties) }
    }

    fn with_input(&self, input: Arc<dyn ExecutionPlan>) -> SampleExec {
        SampleExec::new(input, self.spec.clone())
    }
}

/// Whether the numbers of all rows are needed.
fn is_sequential(spec: &SampleSpec) -> bool {
    spec.seed.is_some() || spec.method == Method::Reservoir
}

impl DisplayAs for SampleExec {
    fn fmt_as(&self, _: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SampleExec: {}", self.spec.describe())
    }
}

impl ExecutionPlan for SampleExec {
    fn name(&self) -> &'static str {
        "SampleExec"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        &self.properties
    }

    one_input!();

    fn input_distribution_requirements(&self) -> InputDistributionRequirements {
        InputDistributionRequirements::new(vec![if is_sequential(&self.spec) {
            Distribution::SinglePartition
        } else {
            Distribution::UnspecifiedDistribution
        }])
    }

    /// As an ASOF JOIN, it keeps the order and does not say so.
    fn maintains_input_order(&self) -> Vec<bool> {
        vec![false]
    }

    fn benefits_from_input_partitioning(&self) -> Vec<bool> {
        vec![false]
    }

    fn execute(&self, partition: usize, task: Arc<TaskContext>) -> Result<SendableRecordBatchStream> {
        let running = QueryState::of(&task)?;
        let input = self.input.execute(partition, task)?;
        let seed = self.spec.seed.unwrap_or_else(random_seed);
        let (schema, size) = (self.schema(), self.spec.size);
        let fraction = match size {
            Size::Percent(percent) if self.spec.method != Method::Reservoir => percent / 100.0,
            _ => {
                return Ok(Box::pin(RecordBatchStreamAdapter::new(
                    schema,
                    reservoir(input, seed, size, running),
                )));
            }
        };
        let unit = if self.spec.method == Method::System { BLOCK } else { 1 };
        let greatest = greatest_draw(fraction);
        let mut rows = 0u64;
        let batches = input.map(move |batch| -> Result<RecordBatch> {
            let batch = batch?;
            running.poll()?;
            let first = rows;
            rows += batch.num_rows() as u64;
            let is_chosen = |row: u64| greatest.is_some_and(|greatest| draw(seed, row / unit) <= greatest);
            let chosen = BooleanArray::from_iter((first..rows).map(|row| Some(is_chosen(row))));
            Ok(filter_record_batch(&batch, &chosen)?)
        });
        let batches = batches.try_filter(|batch: &RecordBatch| std::future::ready(batch.num_rows() > 0));
        Ok(Box::pin(RecordBatchStreamAdapter::new(schema, batches)))
    }
}

fn reservoir(
    mut input: SendableRecordBatchStream,
    seed: u64,
    size: Size,
    running: Arc<QueryState>,
) -> impl futures::Stream<Item = Result<RecordBatch>> {
    let sampled = async move {
        let mut reservoir = Reservoir::new(seed, size);
        while let Some(batch) = input.next().await {
            reservoir.add(&batch?, &running)?;
        }
        let sample = reservoir.finish()?.into_iter().map(Ok);
        Ok::<_, DataFusionError>(futures::stream::iter(sample))
    };
    futures::stream::once(sampled).try_flatten()
}
