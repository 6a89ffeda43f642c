//! Rows that may be among the first of an order, by its first key.
//!
//! - [`TopRowsExec`] is the operator: it drops rows that cannot be;
//! - [`best`] knows the best values so far.

mod best;

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use arrow::array::{BooleanArray, RecordBatch};
use arrow::compute::filter_record_batch;
use arrow::datatypes::{DataType, SchemaRef};
use datafusion::common::Result;
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::execution::{RecordBatchStream, SendableRecordBatchStream, TaskContext};
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_plan::metrics::{BaselineMetrics, ExecutionPlanMetricsSet, MetricsSet};
use datafusion::physical_plan::{DisplayAs, DisplayFormatType, ExecutionPlan, PlanProperties};
use futures::{Stream, StreamExt};

use self::best::{Candidates, candidates};
use super::cancellation::one_input;
use crate::run::metered_stream::metered;
use crate::run::query_state::QueryState;

/// The order of a column, and how many of its first rows are wanted.
#[derive(Clone, Debug)]
pub(crate) struct FirstOf {
    /// The column of the input.
    pub column: usize,
    pub is_descending: bool,
    pub has_nulls_first: bool,
    /// The number of rows.
    pub fetch: usize,
}

/// Drops rows that come behind `fetch` others by a column. A sort above does the rest.
///
/// The keys of a sort are computed for every row, and this only looks at a column: once `fetch` values are known, rows behind all of them are
/// dropped. Of ten million rows in random order some hundred are left.
#[derive(Debug)]
pub(crate) struct TopRowsExec {
    input: Arc<dyn ExecutionPlan>,
    first: FirstOf,
    metrics: ExecutionPlanMetricsSet,
}

impl TopRowsExec {
    /// `None` for a column of a type that is not compared by its numbers.
    pub fn over(input: Arc<dyn ExecutionPlan>, first: FirstOf) -> Option<TopRowsExec> {
        candidates(input.schema().field(first.column).data_type(), &first)?;
        Some(TopRowsExec { input, first, metrics: ExecutionPlanMetricsSet::new() })
    }

    fn with_input(&self, input: Arc<dyn ExecutionPlan>) -> TopRowsExec {
        TopRowsExec { input, first: self.first.clone(), metrics: ExecutionPlanMetricsSet::new() }
    }
}

impl DisplayAs for TopRowsExec {
    fn fmt_as(&self, _: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let FirstOf { column, is_descending, has_nulls_first, fetch } = self.first;
        let schema = self.input.schema();
        let direction = if is_descending { "DESC" } else { "ASC" };
        let nulls = if has_nulls_first { "FIRST" } else { "LAST" };
        let name = schema.field(column).name();
        write!(f, "TopRowsExec: fetch={fetch}, by={name}@{column} {direction} NULLS {nulls}")
    }
}

impl ExecutionPlan for TopRowsExec {
    fn name(&self) -> &'static str {
        "TopRowsExec"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        self.input.properties()
    }

    one_input!();

    fn maintains_input_order(&self) -> Vec<bool> {
        vec![true]
    }

    fn execute(&self, partition: usize, task: Arc<TaskContext>) -> Result<SendableRecordBatchStream> {
        let measures = QueryState::of(&task)?.measures;
        let input = self.input.execute(partition, task)?;
        let data_type: DataType = self.input.schema().field(self.first.column).data_type().clone();
        let Some(candidates) = candidates(&data_type, &self.first) else { return Ok(input) };
        let rows = Box::pin(TopRows { input, candidates, column: self.first.column });
        Ok(if measures { metered(rows, BaselineMetrics::new(&self.metrics, partition)) } else { rows })
    }

    fn metrics(&self) -> Option<MetricsSet> {
        Some(self.metrics.clone_inner())
    }
}

struct TopRows {
    input: SendableRecordBatchStream,
    candidates: Box<dyn Candidates>,
    column: usize,
}

impl Stream for TopRows {
    type Item = Result<RecordBatch>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        loop {
            let batch = match ready!(self.input.poll_next_unpin(context)) {
                Some(Ok(batch)) => batch,
                other => return Poll::Ready(other),
            };
            let column = self.column;
            let kept = self.candidates.keep(batch.column(column).as_ref());
            let count = kept.count_set_bits();
            if count == batch.num_rows() {
                return Poll::Ready(Some(Ok(batch)));
            }
            if count > 0 {
                let kept = filter_record_batch(&batch, &BooleanArray::new(kept, None));
                return Poll::Ready(Some(kept.map_err(Into::into)));
            }
        }
    }
}

impl RecordBatchStream for TopRows {
    fn schema(&self) -> SchemaRef {
        self.input.schema()
    }
}
