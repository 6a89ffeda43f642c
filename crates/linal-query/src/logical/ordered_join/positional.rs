//! A POSITIONAL JOIN in a logical plan.

use std::cmp::Ordering;
use std::fmt;
use std::sync::Arc;

use datafusion::common::{DFSchemaRef, JoinType, Result, internal_err};
use datafusion::logical_expr::builder::build_join_schema;
use datafusion::logical_expr::{Expr, LogicalPlan, UserDefinedLogicalNodeCore};

/// The first row of the left side with the first of the right side, and so on; the shorter side is filled with
/// NULLs.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct PositionalJoin {
    left: LogicalPlan,
    right: LogicalPlan,
    schema: DFSchemaRef,
}

impl PartialOrd for PositionalJoin {
    fn partial_cmp(&self, other: &PositionalJoin) -> Option<Ordering> {
        if self == other { Some(Ordering::Equal) } else { None }
    }
}

impl PositionalJoin {
    /// # Errors
    /// Columns of both sides with one qualified name.
    pub fn new(left: LogicalPlan, right: LogicalPlan) -> Result<PositionalJoin> {
        let schema = Arc::new(build_join_schema(left.schema(), right.schema(), &JoinType::Full)?);
        Ok(PositionalJoin { left, right, schema })
    }
}

impl UserDefinedLogicalNodeCore for PositionalJoin {
    fn name(&self) -> &str {
        "PositionalJoin"
    }

    fn inputs(&self) -> Vec<&LogicalPlan> {
        vec![&self.left, &self.right]
    }

    fn schema(&self) -> &DFSchemaRef {
        &self.schema
    }

    fn expressions(&self) -> Vec<Expr> {
        Vec::new()
    }

    fn fmt_for_explain(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PositionalJoin")
    }

    fn with_exprs_and_inputs(&self, _: Vec<Expr>, inputs: Vec<LogicalPlan>) -> Result<PositionalJoin> {
        match <[LogicalPlan; 2]>::try_from(inputs) {
            Ok([left, right]) => PositionalJoin::new(left, right),
            Err(_) => internal_err!("a POSITIONAL JOIN of two inputs"),
        }
    }

    fn necessary_children_exprs(&self, output_columns: &[usize]) -> Option<Vec<Vec<usize>>> {
        let width = self.left.schema().fields().len();
        let (left, right): (Vec<usize>, Vec<usize>) = output_columns.iter().partition(|&&at| at < width);
        Some(vec![left, right.into_iter().map(|at| at - width).collect()])
    }
}
