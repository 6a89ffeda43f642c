//! The operator that replaces row numbers by tensors.

mod chunks;

use std::fmt;
use std::sync::Arc;

use arrow::array::{RecordBatch, RecordBatchOptions};
use arrow::datatypes::{FieldRef, Schema, SchemaRef};
use datafusion::common::Result;
use datafusion::common::cast::as_int64_array;
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_expr::{EquivalenceProperties, PhysicalExpr};
use datafusion::physical_plan::metrics::{
    BaselineMetrics, ExecutionPlanMetricsSet, MetricsSet, RecordOutput,
};
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::{DisplayAs, DisplayFormatType, ExecutionPlan, PlanProperties};
use futures::StreamExt;
use linal_dataset::Dataset;

use self::chunks::Chunks;
use super::cancellation::one_input;
use crate::run::query_state::QueryState;

/// A column that its scan replaced by row numbers.
#[derive(Clone, Debug)]
pub(crate) struct DeferredColumn {
    /// Its index in the operator's input.
    pub at: usize,
    pub dataset: Arc<Dataset>,
    /// The dataset's name as the query spells it.
    pub name: Arc<str>,
    /// Its index among the dataset's columns.
    pub column: usize,
    /// The field of the tensors.
    pub field: FieldRef,
}

/// Reads tensors by their row numbers from the snapshot that the scan read. A NULL row number, which an outer
/// join makes, gives a NULL tensor.
#[derive(Debug)]
pub(crate) struct MaterializeExec {
    input: Arc<dyn ExecutionPlan>,
    columns: Vec<DeferredColumn>,
    schema: SchemaRef,
    properties: Arc<PlanProperties>,
    metrics: ExecutionPlanMetricsSet,
}

impl MaterializeExec {
    pub fn new(input: Arc<dyn ExecutionPlan>, columns: Vec<DeferredColumn>) -> MaterializeExec {
        let below = input.schema();
        let mut fields: Vec<FieldRef> = below.fields().iter().cloned().collect();
        for column in &columns {
            let numbers = &fields[column.at];
            let field = column.field.as_ref().clone().with_name(numbers.name());
            let is_nullable = field.is_nullable() || numbers.is_nullable();
            fields[column.at] = Arc::new(field.with_nullable(is_nullable));
        }
        let schema = Arc::new(Schema::new_with_metadata(fields, below.metadata().clone()));
        let known = EquivalenceProperties::new(schema.clone());
        let properties = Arc::new(PlanProperties::clone(input.properties()).with_eq_properties(known));
        MaterializeExec { input, columns, schema, properties, metrics: ExecutionPlanMetricsSet::new() }
    }

    fn with_input(&self, input: Arc<dyn ExecutionPlan>) -> MaterializeExec {
        MaterializeExec::new(input, self.columns.clone())
    }

    /// Replaces the row numbers of a batch by their tensors.
    fn batch(
        columns: &mut [(usize, Chunks)],
        schema: &SchemaRef,
        batch: &RecordBatch,
    ) -> Result<RecordBatch> {
        let mut arrays = batch.columns().to_vec();
        for (at, chunks) in columns {
            arrays[*at] = chunks.take(as_int64_array(&arrays[*at])?)?;
        }
        let options = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
        Ok(RecordBatch::try_new_with_options(schema.clone(), arrays, &options)?)
    }
}

impl DisplayAs for MaterializeExec {
    fn fmt_as(&self, _: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let columns: Vec<String> = self
            .columns
            .iter()
            .map(|column| format!("{} of {}", self.schema.field(column.at).name(), column.name))
            .collect();
        write!(f, "MaterializeExec: columns=[{}]", columns.join(", "))
    }
}

impl ExecutionPlan for MaterializeExec {
    fn name(&self) -> &'static str {
        "MaterializeExec"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        &self.properties
    }

    one_input!();

    fn maintains_input_order(&self) -> Vec<bool> {
        vec![true]
    }

    fn execute(&self, partition: usize, task: Arc<TaskContext>) -> Result<SendableRecordBatchStream> {
        let running = QueryState::of(&task)?;
        let with_chunks =
            |column: &DeferredColumn| (column.at, Chunks::of(&running.snapshot(&column.dataset), column));
        let mut columns: Vec<(usize, Chunks)> = self.columns.iter().map(with_chunks).collect();
        let schema = self.schema.clone();
        let metrics = BaselineMetrics::new(&self.metrics, partition);
        let fetched = self.input.execute(partition, task)?.map(move |batch| {
            let _running = metrics.elapsed_compute().timer();
            MaterializeExec::batch(&mut columns, &schema, &batch?).record_output(&metrics)
        });
        Ok(Box::pin(RecordBatchStreamAdapter::new(self.schema.clone(), fetched)))
    }

    fn metrics(&self) -> Option<MetricsSet> {
        Some(self.metrics.clone_inner())
    }
}
