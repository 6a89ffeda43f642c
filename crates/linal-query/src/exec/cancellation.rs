//! Operators whose output may be much larger than their input check for cancellation between batches.
//!
//! A scan checks before each batch, and operators directly above scans run at its pace. A join of three
//! tables of a thousand rows produces a thousand million rows after its last scan, so each such operator gets
//! a [`CancellationExec`].

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use crate::tree::Tree;
use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use datafusion::common::Result;
use datafusion::common::tree_node::{Transformed, TransformedResult, TreeNodeRecursion};
use datafusion::execution::{RecordBatchStream, SendableRecordBatchStream, TaskContext};
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_plan::{DisplayAs, DisplayFormatType, ExecutionPlan, PlanProperties};
use futures::Stream;

use crate::run::query_state::QueryState;

/// Inserts a [`CancellationExec`] above each operator whose output may be much larger than its inputs.
pub(crate) fn over(plan: Arc<dyn ExecutionPlan>) -> Result<Arc<dyn ExecutionPlan>> {
    plan.transform_up(|node| {
        Ok(if multiplies(node.as_ref()) {
            Transformed::yes(Arc::new(CancellationExec { input: node }) as Arc<dyn ExecutionPlan>)
        } else {
            Transformed::no(node)
        })
    })
    .data()
}

/// Whether a plan has an operator whose output may be much larger than its inputs.
pub(crate) fn is_needed(plan: &Arc<dyn ExecutionPlan>) -> bool {
    multiplies(plan.as_ref()) || plan.children().into_iter().any(is_needed)
}

/// The trait methods of an operator with one input and without expressions. It has a field `input` and a
/// method `with_input`, which returns the same operator over another input.
macro_rules! one_input {
    () => {
        fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
            vec![&self.input]
        }

        fn apply_expressions(
            &self,
            _: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>,
        ) -> Result<TreeNodeRecursion> {
            Ok(TreeNodeRecursion::Continue)
        }

        fn with_new_children(
            self: Arc<Self>,
            mut children: Vec<Arc<dyn ExecutionPlan>>,
        ) -> Result<Arc<dyn ExecutionPlan>> {
            match (children.pop(), children.is_empty()) {
                (Some(input), true) => Ok(Arc::new(self.with_input(input))),
                _ => datafusion::common::internal_err!("an operator of one input"),
            }
        }
    };
}
pub(crate) use one_input;

fn multiplies(plan: &dyn ExecutionPlan) -> bool {
    let name = plan.name();
    name.contains("Join") || name == "UnnestExec" || name == "RecursiveQueryExec"
}

/// Passes on the batches of its input, and fails when the statement must end. EXPLAIN hides it.
#[derive(Debug)]
pub(crate) struct CancellationExec {
    pub input: Arc<dyn ExecutionPlan>,
}

impl CancellationExec {
    fn with_input(&self, input: Arc<dyn ExecutionPlan>) -> CancellationExec {
        CancellationExec { input }
    }
}

impl DisplayAs for CancellationExec {
    fn fmt_as(&self, _: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CancellationExec")
    }
}

impl ExecutionPlan for CancellationExec {
    fn name(&self) -> &'static str {
        "CancellationExec"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        self.input.properties()
    }

    one_input!();

    fn maintains_input_order(&self) -> Vec<bool> {
        vec![true]
    }

    fn execute(&self, partition: usize, task: Arc<TaskContext>) -> Result<SendableRecordBatchStream> {
        let running = QueryState::of(&task)?;
        Ok(Box::pin(CancellationStream { input: self.input.execute(partition, task)?, running }))
    }
}

struct CancellationStream {
    input: SendableRecordBatchStream,
    running: Arc<QueryState>,
}

impl Stream for CancellationStream {
    type Item = Result<RecordBatch>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        match self.running.poll() {
            Ok(()) => self.input.as_mut().poll_next(context),
            Err(ended) => Poll::Ready(Some(Err(ended))),
        }
    }
}

impl RecordBatchStream for CancellationStream {
    fn schema(&self) -> SchemaRef {
        self.input.schema()
    }
}
