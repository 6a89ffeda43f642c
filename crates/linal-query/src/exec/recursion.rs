//! The rounds of a recursive query.

use std::any::Any;
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use crate::tree::Tree;
use arrow::array::{BooleanArray, RecordBatch};
use arrow::compute::filter_record_batch;
use arrow::datatypes::SchemaRef;
use datafusion::common::tree_node::{Transformed, TransformedResult, TreeNodeRecursion};
use datafusion::common::{Result, internal_err};
use datafusion::execution::memory_pool::{MemoryConsumer, MemoryReservation};
use datafusion::execution::{RecordBatchStream, SendableRecordBatchStream, TaskContext};
use datafusion::physical_expr::{EquivalenceProperties, Partitioning, PhysicalExpr};
use datafusion::physical_plan::aggregates::group_values::{GroupValues, new_group_values};
use datafusion::physical_plan::aggregates::order::GroupOrdering;
use datafusion::physical_plan::execution_plan::{Boundedness, EmissionType, reset_plan_states};
use datafusion::physical_plan::metrics::{
    BaselineMetrics, ExecutionPlanMetricsSet, MetricsSet, RecordOutput,
};
use datafusion::physical_plan::{
    DisplayAs, DisplayFormatType, Distribution, ExecutionPlan, InputDistributionRequirements, PlanProperties,
};
use futures::{Stream, StreamExt};

use super::work_table::{Rows, WorkTableExec};
use crate::logical::common_table;
use crate::run::query_state::QueryState;

/// Runs the first term, then the recursive term over the rows of the previous round, until a round returns
/// none.
#[derive(Debug)]
pub(crate) struct RecursionExec {
    name: String,
    first: Arc<dyn ExecutionPlan>,
    recursive: Arc<dyn ExecutionPlan>,
    is_distinct: bool,
    rows: Arc<Rows>,
    properties: Arc<PlanProperties>,
    metrics: ExecutionPlanMetricsSet,
}

impl RecursionExec {
    /// # Errors When the types of the terms differ from the schema, which is a bug.
    pub fn new(
        name: String,
        schema: SchemaRef,
        first: Arc<dyn ExecutionPlan>,
        recursive: Arc<dyn ExecutionPlan>,
        is_distinct: bool,
    ) -> Result<RecursionExec> {
        for term in [&first, &recursive] {
            let types = |schema: &SchemaRef| -> Vec<_> {
                schema.fields().iter().map(|field| field.data_type().clone()).collect()
            };
            if types(&term.schema()) != types(&schema) {
                return internal_err!("the terms of the recursion {name} differ in their types");
            }
        }
        let rows = Arc::new(Rows::default());
        let recursive = over(recursive, &name, &rows)?;
        let properties = PlanProperties::new(
            EquivalenceProperties::new(schema),
            Partitioning::UnknownPartitioning(1),
            EmissionType::Incremental,
            Boundedness::Bounded,
        );
        Ok(RecursionExec {
            name,
            first,
            recursive,
            is_distinct,
            rows,
            properties: Arc::new(properties),
            metrics: ExecutionPlanMetricsSet::new(),
        })
    }
}

/// A recursive term that reads these rows.
fn over(term: Arc<dyn ExecutionPlan>, name: &str, rows: &Arc<Rows>) -> Result<Arc<dyn ExecutionPlan>> {
    term.transform_up(|plan| {
        let operator: &dyn Any = plan.as_ref();
        let table = operator.downcast_ref::<WorkTableExec>().and_then(|table| table.over(name, rows));
        Ok(match table {
            Some(table) => Transformed::yes(Arc::new(table) as Arc<dyn ExecutionPlan>),
            None => Transformed::no(plan),
        })
    })
    .data()
}

impl DisplayAs for RecursionExec {
    fn fmt_as(&self, _: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RecursiveQueryExec: name={}, is_distinct={}", self.name, self.is_distinct)
    }
}

impl ExecutionPlan for RecursionExec {
    fn name(&self) -> &'static str {
        "RecursiveQueryExec"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        &self.properties
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        vec![&self.first, &self.recursive]
    }

    fn apply_expressions(
        &self,
        _: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>,
    ) -> Result<TreeNodeRecursion> {
        Ok(TreeNodeRecursion::Continue)
    }

    fn maintains_input_order(&self) -> Vec<bool> {
        vec![false, false]
    }

    fn benefits_from_input_partitioning(&self) -> Vec<bool> {
        vec![false, false]
    }

    fn input_distribution_requirements(&self) -> InputDistributionRequirements {
        InputDistributionRequirements::new(vec![Distribution::SinglePartition; 2])
    }

    fn with_new_children(
        self: Arc<Self>,
        children: Vec<Arc<dyn ExecutionPlan>>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let Ok([first, recursive]) = <[Arc<dyn ExecutionPlan>; 2]>::try_from(children) else {
            return internal_err!("a recursion of two terms");
        };
        let schema = self.schema();
        Ok(Arc::new(RecursionExec::new(self.name.clone(), schema, first, recursive, self.is_distinct)?))
    }

    fn execute(&self, partition: usize, task: Arc<TaskContext>) -> Result<SendableRecordBatchStream> {
        let seen = if self.is_distinct { Some(SeenRows::new(self.schema(), &task)?) } else { None };
        Ok(Box::pin(Rounds {
            running: QueryState::of(&task)?,
            stream: Some(self.first.execute(partition, task.clone())?),
            recursive: self.recursive.clone(),
            rows: self.rows.clone(),
            round: Vec::new(),
            memory: MemoryConsumer::new("RecursiveQuery").register(task.memory_pool()),
            last: MemoryConsumer::new("RecursiveQuery").register(task.memory_pool()),
            seen,
            schema: self.schema(),
            metrics: BaselineMetrics::new(&self.metrics, partition),
            tables: common_table::tables_of(&self.recursive),
            task,
        }))
    }

    fn metrics(&self) -> Option<MetricsSet> {
        Some(self.metrics.clone_inner())
    }
}

struct Rounds {
    running: Arc<QueryState>,
    task: Arc<TaskContext>,
    /// The stream of the current round.
    stream: Option<SendableRecordBatchStream>,
    recursive: Arc<dyn ExecutionPlan>,
    /// The rows that the recursive term reads.
    rows: Arc<Rows>,
    /// The rows of the current round so far, and their reservation.
    round: Vec<RecordBatch>,
    memory: MemoryReservation,
    /// The reservation of the previous round's rows.
    last: MemoryReservation,
    seen: Option<SeenRows>,
    schema: SchemaRef,
    metrics: BaselineMetrics,
    /// Tables that are computed once per round.
    tables: Vec<usize>,
}

impl Rounds {
    /// Stores a batch of the current round for the next one and returns it.
    fn keep(&mut self, batch: RecordBatch) -> Result<RecordBatch> {
        // A term may have other column names or non-nullable columns.
        let batch = RecordBatch::try_new(self.schema.clone(), batch.columns().to_vec())?;
        let batch = match &mut self.seen {
            Some(seen) => seen.drop_known(&batch)?,
            None => batch,
        };
        if batch.num_rows() > 0 {
            self.memory.try_grow(batch.get_array_memory_size())?;
            self.round.push(batch.clone());
        }
        (&batch).record_output(&self.metrics);
        Ok(batch)
    }

    /// Starts the next round; `None` if the last one had no rows.
    fn next_round(&mut self) -> Result<Option<SendableRecordBatchStream>> {
        if self.round.is_empty() {
            return Ok(None);
        }
        self.running.poll()?;
        self.rows.set(std::mem::take(&mut self.round));
        self.last = self.memory.take();
        self.running.forget_tables(&self.tables);
        let term = reset_plan_states(self.recursive.clone())?;
        term.execute(0, self.task.clone()).map(Some)
    }
}

impl Stream for Rounds {
    type Item = Result<RecordBatch>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        while let Some(stream) = &mut self.stream {
            match ready!(stream.poll_next_unpin(context)) {
                Some(Ok(batch)) => return Poll::Ready(Some(self.keep(batch))),
                Some(Err(failure)) => return Poll::Ready(Some(Err(failure))),
                None => match self.next_round() {
                    Ok(stream) => self.stream = stream,
                    Err(failure) => {
                        self.stream = None;
                        return Poll::Ready(Some(Err(failure)));
                    }
                },
            }
        }
        Poll::Ready(None)
    }
}

impl RecordBatchStream for Rounds {
    fn schema(&self) -> SchemaRef {
        self.schema.clone()
    }
}

/// All rows of a recursion so far.
struct SeenRows {
    rows: Box<dyn GroupValues>,
    memory: MemoryReservation,
    numbers: Vec<usize>,
}

impl SeenRows {
    fn new(schema: SchemaRef, task: &TaskContext) -> Result<SeenRows> {
        Ok(SeenRows {
            rows: new_group_values(schema, &GroupOrdering::None)?,
            memory: MemoryConsumer::new("RecursiveQuery").register(task.memory_pool()),
            numbers: Vec::new(),
        })
    }

    /// The rows of a batch that are new. A new row gets the next number.
    fn drop_known(&mut self, batch: &RecordBatch) -> Result<RecordBatch> {
        let mut next = self.rows.len();
        self.numbers.clear();
        self.rows.intern(batch.columns(), &mut self.numbers)?;
        let is_new: BooleanArray = self
            .numbers
            .iter()
            .map(|&number| {
                let is_new = number >= next;
                next = next.max(number + 1);
                Some(is_new)
            })
            .collect();
        self.memory.try_resize(self.rows.size())?;
        Ok(filter_record_batch(batch, &is_new)?)
    }
}
