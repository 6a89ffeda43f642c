//! The logical node of the windows that this module runs.

use std::cmp::Ordering;
use std::fmt;
use std::sync::Arc;

use crate::tree::PlanTree;
use datafusion::common::tree_node::{Transformed, TransformedResult};
use datafusion::common::{DFSchemaRef, Result, internal_err};
use datafusion::logical_expr::{Expr, Extension, LogicalPlan, UserDefinedLogicalNodeCore};

/// Window functions with one partitioning and order, over an input.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct WindowNode {
    input: LogicalPlan,
    pub calls: Vec<Expr>,
    schema: DFSchemaRef,
}

/// Replaces DataFusion's windows by our node.
pub(crate) fn replace(plan: LogicalPlan) -> Result<LogicalPlan> {
    plan.change_plans_up(|plan| {
        Ok(match plan {
            LogicalPlan::Window(window) => {
                let node = WindowNode {
                    input: Arc::unwrap_or_clone(window.input),
                    calls: window.window_expr,
                    schema: window.schema,
                };
                Transformed::yes(LogicalPlan::Extension(Extension { node: Arc::new(node) }))
            }
            other => Transformed::no(other),
        })
    })
    .data()
}

impl PartialOrd for WindowNode {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        (self == other).then_some(Ordering::Equal)
    }
}

impl UserDefinedLogicalNodeCore for WindowNode {
    fn name(&self) -> &str {
        "Window"
    }

    fn inputs(&self) -> Vec<&LogicalPlan> {
        vec![&self.input]
    }

    fn schema(&self) -> &DFSchemaRef {
        &self.schema
    }

    fn expressions(&self) -> Vec<Expr> {
        self.calls.clone()
    }

    fn fmt_for_explain(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Window")
    }

    fn with_exprs_and_inputs(&self, exprs: Vec<Expr>, mut inputs: Vec<LogicalPlan>) -> Result<Self> {
        match (inputs.pop(), inputs.is_empty()) {
            (Some(input), true) => Ok(WindowNode { input, calls: exprs, schema: self.schema.clone() }),
            _ => internal_err!("a window has one input"),
        }
    }
}
