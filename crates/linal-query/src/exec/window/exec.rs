//! The operator that computes window functions.

use std::any::Any;
use std::fmt;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, RecordBatch};
use arrow::datatypes::{Schema, SchemaRef};
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::common::{Result, internal_err};
use datafusion::execution::memory_pool::{MemoryConsumer, MemoryReservation};
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_expr::{
    Distribution, EquivalenceProperties, LexRequirement, OrderingRequirements, PhysicalExpr,
    PhysicalSortExpr, PhysicalSortRequirement,
};
use datafusion::physical_plan::execution_plan::{CardinalityEffect, EmissionType};
use datafusion::physical_plan::expressions::Column;
use datafusion::physical_plan::metrics::{BaselineMetrics, ExecutionPlanMetricsSet, MetricsSet};
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::{
    DisplayAs, DisplayFormatType, ExecutionPlan, ExecutionPlanProperties, PlanProperties,
};
use futures::{StreamExt, TryStreamExt, stream};

use super::call::{Call, Computation};
use super::function::Function;
use super::rows::Rows;
use crate::run::metered_stream::metered;
use crate::run::query_state::QueryState;

/// Adds a column for each call to the rows of its input, which are sorted by the window's partition and
/// order.
#[derive(Debug)]
pub(super) struct WindowExec {
    input: Arc<dyn ExecutionPlan>,
    calls: Arc<[Call]>,
    schema: SchemaRef,
    properties: Arc<PlanProperties>,
    metrics: ExecutionPlanMetricsSet,
}

impl WindowExec {
    pub fn new(input: Arc<dyn ExecutionPlan>, calls: Arc<[Call]>) -> Result<WindowExec> {
        let fields = input.schema().fields().iter().cloned().collect::<Vec<_>>().into_iter();
        let fields: Vec<_> = fields.chain(calls.iter().map(|call| call.field.clone())).collect();
        let schema = Arc::new(Schema::new_with_metadata(fields, input.schema().metadata().clone()));
        let properties = PlanProperties::new(
            equivalences(&input, &calls, &schema)?,
            input.output_partitioning().clone(),
            EmissionType::Final,
            input.boundedness(),
        );
        let metrics = ExecutionPlanMetricsSet::new();
        Ok(WindowExec { input, calls, schema, properties: Arc::new(properties), metrics })
    }

    /// The partition keys, which all calls share.
    fn partition_by(&self) -> &[Arc<dyn PhysicalExpr>] {
        self.calls.first().map_or(&[], |call| &call.partition_by)
    }
}

impl WindowExec {
    /// Whether the order of rows that are equal in the window's order affects results.
    pub fn tells_ties_apart(&self) -> bool {
        self.calls.iter().any(Call::tells_ties_apart)
    }

    /// The maximal number of following rows that a result depends on; `None` if it is unbounded.
    pub fn looks_ahead(&self) -> Option<usize> {
        self.calls.iter().try_fold(0, |most, call| Some(call.looks_ahead()?.max(most)))
    }
}

/// Whether an operator computes windows whose results depend on the order of equal rows.
pub(crate) fn tells_ties_apart(operator: &dyn ExecutionPlan) -> bool {
    let operator: &dyn Any = operator;
    operator.downcast_ref::<WindowExec>().is_some_and(WindowExec::tells_ties_apart)
}

/// The equivalence properties of the output: those of the input, and the order of row numbers.
fn equivalences(
    input: &Arc<dyn ExecutionPlan>,
    calls: &[Call],
    schema: &SchemaRef,
) -> Result<EquivalenceProperties> {
    let mut known =
        EquivalenceProperties::new(schema.clone()).extend(input.equivalence_properties().clone())?;
    let width = input.schema().fields().len();
    for (at, call) in calls.iter().enumerate() {
        let counts = matches!(call.computation, Computation::Function(Function::RowNumber));
        if counts && call.partition_by.is_empty() {
            let column = Arc::new(Column::new(call.field.name(), width + at));
            known.add_ordering([PhysicalSortExpr::new_default(column).asc().nulls_last()]);
        }
    }
    Ok(known)
}

impl DisplayAs for WindowExec {
    fn fmt_as(&self, _: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let calls: Vec<String> = self.calls.iter().map(Call::to_string).collect();
        write!(f, "WindowExec: [{}]", calls.join(", "))
    }
}

impl ExecutionPlan for WindowExec {
    fn name(&self) -> &'static str {
        "WindowExec"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        &self.properties
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        vec![&self.input]
    }

    fn apply_expressions(
        &self,
        f: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>,
    ) -> Result<TreeNodeRecursion> {
        for expr in self.calls.iter().flat_map(Call::expressions) {
            if f(&expr)? == TreeNodeRecursion::Stop {
                return Ok(TreeNodeRecursion::Stop);
            }
        }
        Ok(TreeNodeRecursion::Continue)
    }

    fn with_new_children(
        self: Arc<Self>,
        mut children: Vec<Arc<dyn ExecutionPlan>>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        match (children.pop(), children.is_empty()) {
            (Some(input), true) => Ok(Arc::new(WindowExec::new(input, self.calls.clone())?)),
            _ => internal_err!("an operator of one input"),
        }
    }

    /// The order of rows is kept, as the output's equivalences state. But if this returned true, DataFusion
    /// would push the sort of an operator above below this one, where it breaks the order that the frames
    /// need: `SUM(a) OVER (ORDER BY a, b DESC)` beside `SUM(c) OVER (PARTITION BY a ORDER BY b)`.
    fn maintains_input_order(&self) -> Vec<bool> {
        vec![false]
    }

    fn benefits_from_input_partitioning(&self) -> Vec<bool> {
        vec![!self.partition_by().is_empty()]
    }

    fn required_input_distribution(&self) -> Vec<Distribution> {
        vec![match self.partition_by() {
            [] => Distribution::SinglePartition,
            keys => Distribution::KeyPartitioned(keys.to_vec()),
        }]
    }

    /// Rows are grouped by partition, in any order of partitions, and sorted within each by the window's
    /// order.
    fn required_input_ordering(&self) -> Vec<Option<OrderingRequirements>> {
        let Some(call) = self.calls.first() else { return vec![None] };
        let mut keys: Vec<PhysicalSortRequirement> = Vec::new();
        let partition_by =
            call.partition_by.iter().map(|key| PhysicalSortRequirement::new(key.clone(), None));
        let order_by =
            call.order_by.iter().map(|key| PhysicalSortRequirement::new(key.expr.clone(), Some(key.options)));
        for key in partition_by.chain(order_by) {
            if !keys.iter().any(|known| known.expr.eq(&key.expr)) {
                keys.push(key);
            }
        }
        vec![LexRequirement::new(keys).map(OrderingRequirements::new)]
    }

    fn cardinality_effect(&self) -> CardinalityEffect {
        CardinalityEffect::Equal
    }

    fn execute(&self, partition: usize, task: Arc<TaskContext>) -> Result<SendableRecordBatchStream> {
        let running = QueryState::of(&task)?;
        let input = self.input.execute(partition, task.clone())?;
        let reservation = MemoryConsumer::new("window").register(task.memory_pool());
        let (calls, schema) = (self.calls.clone(), self.schema.clone());
        let work = {
            let (schema, running) = (schema.clone(), running.clone());
            async move { computed(input, &calls, &schema, reservation, &running).await }
        };
        let batches = stream::once(work).map_ok(|batches| stream::iter(batches.into_iter().map(Ok)));
        let stream: SendableRecordBatchStream =
            Box::pin(RecordBatchStreamAdapter::new(schema, batches.try_flatten()));
        if running.measures {
            return Ok(metered(stream, BaselineMetrics::new(&self.metrics, partition)));
        }
        Ok(stream)
    }

    fn metrics(&self) -> Option<MetricsSet> {
        Some(self.metrics.clone_inner())
    }
}

/// The batches of the input with the columns of the calls.
async fn computed(
    mut input: SendableRecordBatchStream,
    calls: &[Call],
    schema: &SchemaRef,
    reservation: MemoryReservation,
    running: &QueryState,
) -> Result<Vec<RecordBatch>> {
    let mut batches = Vec::new();
    while let Some(batch) = input.next().await {
        let batch = batch?;
        if batch.num_rows() > 0 {
            reservation.try_grow(slice_bytes(batch.columns())?)?;
            batches.push(batch);
        }
    }
    drop(input);
    if batches.is_empty() {
        return Ok(Vec::new());
    }
    let rows = Rows::new(batches);
    let columns = results(&rows, calls, running)?;
    reservation.try_grow(slice_bytes(&columns)?)?;
    with_columns(rows.into_batches(), &columns, schema)
}

/// One output column per call. Calls with the same window share its layout.
fn results(rows: &Rows, calls: &[Call], running: &QueryState) -> Result<Vec<ArrayRef>> {
    let Some(first) = calls.first() else { return Ok(Vec::new()) };
    let shared = first.layout(rows)?;
    let mut columns = Vec::with_capacity(calls.len());
    for call in calls {
        running.poll()?;
        columns.push(if call.shares_layout(first) {
            call.evaluate(rows, &shared, running)?
        } else {
            call.evaluate(rows, &call.layout(rows)?, running)?
        });
    }
    Ok(columns)
}

fn with_columns(
    batches: Vec<RecordBatch>,
    columns: &[ArrayRef],
    schema: &SchemaRef,
) -> Result<Vec<RecordBatch>> {
    let mut start = 0;
    batches
        .into_iter()
        .map(|batch| {
            let rows = batch.num_rows();
            let added = columns.iter().map(|column| column.slice(start, rows));
            let all = batch.columns().iter().cloned().chain(added).collect();
            start += rows;
            Ok(RecordBatch::try_new(schema.clone(), all)?)
        })
        .collect()
}

/// The bytes of the columns' rows, which may be slices of larger buffers.
fn slice_bytes(columns: &[ArrayRef]) -> Result<usize> {
    let bytes = columns.iter().map(|column| Ok(column.to_data().get_slice_memory_size()?));
    bytes.sum()
}
