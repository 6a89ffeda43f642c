//! POSITIONAL JOIN: the rows of both sides side by side.

use std::fmt;
use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch, RecordBatchOptions, new_null_array};
use arrow::datatypes::SchemaRef;
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::common::{JoinType, Result, internal_err};
use datafusion::error::DataFusionError;
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_expr::{
    EquivalenceProperties, LexOrdering, OrderingRequirements, Partitioning, PhysicalExpr,
};
use datafusion::physical_plan::execution_plan::{Boundedness, EmissionType};
use datafusion::physical_plan::joins::utils::build_join_schema;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::{
    DisplayAs, DisplayFormatType, Distribution, ExecutionPlan, ExecutionPlanProperties,
    InputDistributionRequirements, PlanProperties,
};
use futures::StreamExt;

use crate::run::query_state::QueryState;

/// Joins the rows of two inputs by their position; the shorter one is filled with NULLs.
#[derive(Debug)]
pub(crate) struct PositionalJoinExec {
    left: Arc<dyn ExecutionPlan>,
    right: Arc<dyn ExecutionPlan>,
    /// The orders of the inputs as they were planned, which no rule may drop.
    orders: [Option<LexOrdering>; 2],
    properties: Arc<PlanProperties>,
}

impl PositionalJoinExec {
    pub fn new(left: Arc<dyn ExecutionPlan>, right: Arc<dyn ExecutionPlan>) -> PositionalJoinExec {
        let orders = [left.output_ordering().cloned(), right.output_ordering().cloned()];
        PositionalJoinExec::ordered(left, right, orders)
    }

    fn ordered(
        left: Arc<dyn ExecutionPlan>,
        right: Arc<dyn ExecutionPlan>,
        orders: [Option<LexOrdering>; 2],
    ) -> PositionalJoinExec {
        let (schema, _) = build_join_schema(&left.schema(), &right.schema(), &JoinType::Full);
        let properties = PlanProperties::new(
            EquivalenceProperties::new(Arc::new(schema)),
            Partitioning::UnknownPartitioning(1),
            EmissionType::Incremental,
            Boundedness::Bounded,
        );
        PositionalJoinExec { left, right, orders, properties: Arc::new(properties) }
    }
}

impl DisplayAs for PositionalJoinExec {
    fn fmt_as(&self, _: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PositionalJoinExec")
    }
}

impl ExecutionPlan for PositionalJoinExec {
    fn name(&self) -> &'static str {
        "PositionalJoinExec"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        &self.properties
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        vec![&self.left, &self.right]
    }

    fn apply_expressions(
        &self,
        _: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>,
    ) -> Result<TreeNodeRecursion> {
        Ok(TreeNodeRecursion::Continue)
    }

    fn input_distribution_requirements(&self) -> InputDistributionRequirements {
        InputDistributionRequirements::new(vec![Distribution::SinglePartition; 2])
    }

    fn required_input_ordering(&self) -> Vec<Option<OrderingRequirements>> {
        self.orders.iter().map(|order| order.clone().map(OrderingRequirements::from)).collect()
    }

    fn maintains_input_order(&self) -> Vec<bool> {
        vec![false, false]
    }

    fn benefits_from_input_partitioning(&self) -> Vec<bool> {
        vec![false, false]
    }

    fn with_new_children(
        self: Arc<Self>,
        children: Vec<Arc<dyn ExecutionPlan>>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        match <[Arc<dyn ExecutionPlan>; 2]>::try_from(children) {
            Ok([left, right]) => Ok(Arc::new(PositionalJoinExec::ordered(left, right, self.orders.clone()))),
            Err(_) => internal_err!("a POSITIONAL JOIN of two inputs"),
        }
    }

    fn execute(&self, partition: usize, task: Arc<TaskContext>) -> Result<SendableRecordBatchStream> {
        let running = QueryState::of(&task)?;
        let sides = [
            Side::new(self.left.execute(partition, task.clone())?),
            Side::new(self.right.execute(partition, task)?),
        ];
        let schema = self.schema();
        let batches = futures::stream::try_unfold((sides, running), move |(mut sides, running)| {
            let schema = schema.clone();
            async move {
                running.poll()?;
                for side in &mut sides {
                    side.fill().await?;
                }
                let lengths = sides.iter().map(Side::rows).filter(|&rows| rows > 0);
                let Some(rows) = lengths.min() else { return Ok(None) };
                let mut columns = Vec::with_capacity(schema.fields().len());
                for side in &mut sides {
                    columns.extend(side.take(rows)?);
                }
                let options = RecordBatchOptions::new().with_row_count(Some(rows));
                let batch = RecordBatch::try_new_with_options(schema, columns, &options)?;
                Ok::<_, DataFusionError>(Some((batch, (sides, running))))
            }
        });
        Ok(Box::pin(RecordBatchStreamAdapter::new(self.schema(), batches)))
    }
}

/// An input, and what is left of its last batch.
struct Side {
    stream: SendableRecordBatchStream,
    batch: Option<RecordBatch>,
    schema: SchemaRef,
}

impl Side {
    fn new(stream: SendableRecordBatchStream) -> Side {
        let schema = stream.schema();
        Side { stream, batch: None, schema }
    }

    fn rows(&self) -> usize {
        self.batch.as_ref().map_or(0, RecordBatch::num_rows)
    }

    /// Reads the next batch that has rows, unless there are some left.
    async fn fill(&mut self) -> Result<()> {
        while self.rows() == 0 {
            let Some(batch) = self.stream.next().await else {
                self.batch = None;
                return Ok(());
            };
            self.batch = Some(batch?);
        }
        Ok(())
    }

    /// The columns of the next rows; NULLs once the input has ended.
    fn take(&mut self, rows: usize) -> Result<Vec<ArrayRef>> {
        let Some(batch) = self.batch.take() else {
            let fields = self.schema.fields().iter();
            return Ok(fields.map(|field| new_null_array(field.data_type(), rows)).collect());
        };
        self.batch = Some(batch.slice(rows, batch.num_rows() - rows));
        Ok(batch.slice(0, rows).columns().to_vec())
    }
}
