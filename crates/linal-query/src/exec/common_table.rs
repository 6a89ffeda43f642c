//! The rows of a common table expression, computed once.

use std::any::Any;
use std::fmt;
use std::sync::Arc;

use arrow::array::RecordBatch;
use datafusion::common::Result;
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::error::DataFusionError;
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_expr::{EquivalenceProperties, Partitioning, PhysicalExpr};
use datafusion::physical_plan::execution_plan::{Boundedness, EmissionType};
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::{
    DisplayAs, DisplayFormatType, Distribution, ExecutionPlan, InputDistributionRequirements, PlanProperties,
};
use futures::future::{BoxFuture, Shared};
use futures::{FutureExt, StreamExt, TryFutureExt};

use super::cancellation::one_input;
use crate::run::query_state::QueryState;
use crate::run::result_buffer::ResultBuffer;

/// The rows of a table, computed by its first reader.
pub(crate) type SharedRows =
    Shared<BoxFuture<'static, std::result::Result<Arc<Vec<RecordBatch>>, Arc<DataFusionError>>>>;

/// Returns the rows of its input, which only the first of its copies runs.
#[derive(Debug)]
pub(crate) struct CommonTableExec {
    number: usize,
    input: Arc<dyn ExecutionPlan>,
    properties: Arc<PlanProperties>,
}

impl CommonTableExec {
    pub fn new(number: usize, input: Arc<dyn ExecutionPlan>) -> CommonTableExec {
        let properties = PlanProperties::new(
            EquivalenceProperties::new(input.schema()),
            Partitioning::UnknownPartitioning(1),
            EmissionType::Final,
            Boundedness::Bounded,
        );
        CommonTableExec { number, input, properties: Arc::new(properties) }
    }

    fn with_input(&self, input: Arc<dyn ExecutionPlan>) -> CommonTableExec {
        CommonTableExec::new(self.number, input)
    }
}

impl DisplayAs for CommonTableExec {
    fn fmt_as(&self, _: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CommonTableExec")
    }
}

impl ExecutionPlan for CommonTableExec {
    fn name(&self) -> &'static str {
        "CommonTableExec"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        &self.properties
    }

    one_input!();

    fn input_distribution_requirements(&self) -> InputDistributionRequirements {
        InputDistributionRequirements::new(vec![Distribution::SinglePartition])
    }

    fn execute(&self, partition: usize, task: Arc<TaskContext>) -> Result<SendableRecordBatchStream> {
        let running = QueryState::of(&task)?;
        let (input, run) = (self.input.clone(), running.clone());
        let rows = running.table(self.number, || {
            async move {
                let collect = async {
                    let mut stream = input.execute(partition, task)?;
                    let mut collected = ResultBuffer::new(run);
                    while let Some(batch) = stream.next().await {
                        collected.push(batch?)?;
                    }
                    Ok::<_, DataFusionError>(Arc::new(collected.finish()))
                };
                collect.await.map_err(Arc::new)
            }
            .boxed()
            .shared()
        });
        let batches = async move {
            let rows = rows.await.map_err(DataFusionError::Shared)?;
            Ok(futures::stream::iter(rows.as_ref().clone().into_iter().map(Ok)))
        };
        Ok(Box::pin(RecordBatchStreamAdapter::new(self.schema(), batches.try_flatten_stream())))
    }
}

/// The tables that a plan reads.
pub(crate) fn tables_of(plan: &Arc<dyn ExecutionPlan>) -> Vec<usize> {
    let operator: &dyn Any = plan.as_ref();
    let own = operator.downcast_ref::<CommonTableExec>().map(|table| table.number);
    own.into_iter().chain(plan.children().into_iter().flat_map(tables_of)).collect()
}
