//! The rows of the previous round of a recursion, as a table of the recursive term.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use async_trait::async_trait;
use datafusion::catalog::Session;
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::common::{Result, internal_err};
use datafusion::datasource::{TableProvider, TableType};
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::logical_expr::Expr;
use datafusion::physical_expr::{EquivalenceProperties, Partitioning, PhysicalExpr};
use datafusion::physical_plan::execution_plan::{Boundedness, EmissionType};
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::{DisplayAs, DisplayFormatType, ExecutionPlan, PlanProperties};

/// The placeholder table of a recursion while its recursive term is planned.
#[derive(Debug)]
pub(crate) struct WorkTable {
    /// The name of the recursion, unique in the query.
    name: String,
    schema: SchemaRef,
}

impl WorkTable {
    pub fn new(name: &str, schema: SchemaRef) -> WorkTable {
        WorkTable { name: name.to_string(), schema }
    }

    pub fn name(&self) -> &str {
        &self.name
    }
}

#[async_trait]
impl TableProvider for WorkTable {
    fn schema(&self) -> SchemaRef {
        self.schema.clone()
    }

    fn table_type(&self) -> TableType {
        TableType::Temporary
    }

    async fn scan(
        &self,
        _: &dyn Session,
        projection: Option<&Vec<usize>>,
        _: &[Expr],
        _: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let schema = match projection {
            Some(projection) => Arc::new(self.schema.project(projection)?),
            None => self.schema.clone(),
        };
        Ok(Arc::new(WorkTableExec::new(self.name.clone(), schema, projection.cloned(), None)))
    }
}

/// The rows of the previous round.
#[derive(Debug, Default)]
pub(crate) struct Rows(Mutex<Vec<RecordBatch>>);

impl Rows {
    /// Replaces the rows of the previous round.
    pub fn set(&self, batches: Vec<RecordBatch>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = batches;
    }

    fn get(&self) -> Vec<RecordBatch> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// Reads the rows of the previous round.
#[derive(Debug)]
pub(crate) struct WorkTableExec {
    name: String,
    projection: Option<Vec<usize>>,
    /// `None` until the enclosing recursion is planned.
    rows: Option<Arc<Rows>>,
    properties: Arc<PlanProperties>,
}

impl WorkTableExec {
    fn new(
        name: String,
        schema: SchemaRef,
        projection: Option<Vec<usize>>,
        rows: Option<Arc<Rows>>,
    ) -> WorkTableExec {
        let properties = PlanProperties::new(
            EquivalenceProperties::new(schema),
            Partitioning::UnknownPartitioning(1),
            EmissionType::Incremental,
            Boundedness::Bounded,
        );
        WorkTableExec { name, projection, rows, properties: Arc::new(properties) }
    }

    /// The same operator over the rows of a recursion, if it has this name.
    pub fn over(&self, name: &str, rows: &Arc<Rows>) -> Option<WorkTableExec> {
        (self.name == name).then(|| {
            WorkTableExec::new(self.name.clone(), self.schema(), self.projection.clone(), Some(rows.clone()))
        })
    }
}

impl DisplayAs for WorkTableExec {
    fn fmt_as(&self, _: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "WorkTableExec: name={}", self.name)
    }
}

impl ExecutionPlan for WorkTableExec {
    fn name(&self) -> &'static str {
        "WorkTableExec"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        &self.properties
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        Vec::new()
    }

    fn apply_expressions(
        &self,
        _: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>,
    ) -> Result<TreeNodeRecursion> {
        Ok(TreeNodeRecursion::Continue)
    }

    fn with_new_children(self: Arc<Self>, _: Vec<Arc<dyn ExecutionPlan>>) -> Result<Arc<dyn ExecutionPlan>> {
        Ok(self)
    }

    fn execute(&self, _: usize, _: Arc<TaskContext>) -> Result<SendableRecordBatchStream> {
        let projection = self.projection.clone();
        let read = move |batch: RecordBatch| -> Result<RecordBatch> {
            match &projection {
                Some(projection) => Ok(batch.project(projection)?),
                None => Ok(batch),
            }
        };
        let Some(rows) = &self.rows else {
            return internal_err!("the recursion {} is not around its rows", self.name);
        };
        let batches = rows.get().into_iter().map(read);
        Ok(Box::pin(RecordBatchStreamAdapter::new(self.schema(), futures::stream::iter(batches))))
    }
}
