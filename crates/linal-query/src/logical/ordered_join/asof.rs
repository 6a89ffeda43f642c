//! An ASOF JOIN in a logical plan.

use std::cmp::Ordering;
use std::fmt;
use std::sync::Arc;

use datafusion::common::{DFSchemaRef, JoinType, Result, internal_err};
use datafusion::logical_expr::builder::build_join_schema;
use datafusion::logical_expr::{Expr, LogicalPlan, UserDefinedLogicalNodeCore};

use super::condition::Sides;

/// Each row of the left side with the nearest row of the right side.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct AsofJoin {
    left: LogicalPlan,
    right: LogicalPlan,
    /// The terms of the condition: equalities, and one inequality.
    terms: Vec<Expr>,
    pub kind: JoinType,
    schema: DFSchemaRef,
}

impl PartialOrd for AsofJoin {
    fn partial_cmp(&self, other: &AsofJoin) -> Option<Ordering> {
        if self == other { Some(Ordering::Equal) } else { None }
    }
}

impl AsofJoin {
    /// A join by a condition as it was written.
    ///
    /// # Errors
    /// `E0706` for a condition that is not of the form of an ASOF JOIN.
    pub fn bind(
        left: LogicalPlan,
        right: LogicalPlan,
        condition: Option<Expr>,
        kind: JoinType,
    ) -> Result<AsofJoin> {
        let terms = Sides { left: left.schema(), right: right.schema() }.terms(condition)?;
        AsofJoin::new(left, right, terms, kind)
    }

    fn new(left: LogicalPlan, right: LogicalPlan, terms: Vec<Expr>, kind: JoinType) -> Result<AsofJoin> {
        let schema = Arc::new(build_join_schema(left.schema(), right.schema(), &kind)?);
        Ok(AsofJoin { left, right, terms, kind, schema })
    }

    /// The terms of the condition.
    pub fn terms(&self) -> &[Expr] {
        &self.terms
    }

    /// Whether the output has the columns of the left side only.
    fn is_left_only(&self) -> bool {
        matches!(self.kind, JoinType::LeftSemi | JoinType::LeftAnti)
    }
}

impl UserDefinedLogicalNodeCore for AsofJoin {
    fn name(&self) -> &str {
        "AsofJoin"
    }

    fn inputs(&self) -> Vec<&LogicalPlan> {
        vec![&self.left, &self.right]
    }

    fn schema(&self) -> &DFSchemaRef {
        &self.schema
    }

    fn expressions(&self) -> Vec<Expr> {
        self.terms.clone()
    }

    fn fmt_for_explain(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let terms: Vec<String> = self.terms.iter().map(Expr::to_string).collect();
        write!(f, "AsofJoin: kind={}, on=[{}]", self.kind, terms.join(", "))
    }

    fn with_exprs_and_inputs(&self, terms: Vec<Expr>, inputs: Vec<LogicalPlan>) -> Result<AsofJoin> {
        match <[LogicalPlan; 2]>::try_from(inputs) {
            Ok([left, right]) => AsofJoin::new(left, right, terms, self.kind),
            Err(_) => internal_err!("an ASOF JOIN of two inputs"),
        }
    }

    fn necessary_children_exprs(&self, output_columns: &[usize]) -> Option<Vec<Vec<usize>>> {
        let width = self.left.schema().fields().len();
        let mut sides = [Vec::new(), Vec::new()];
        for &at in output_columns {
            if at < width || self.is_left_only() {
                sides[0].push(at);
            } else {
                sides[1].push(at - width);
            }
        }
        for column in self.terms.iter().flat_map(Expr::column_refs) {
            for (side, input) in sides.iter_mut().zip([&self.left, &self.right]) {
                side.extend(input.schema().maybe_index_of_column(column));
            }
        }
        for side in &mut sides {
            side.sort_unstable();
            side.dedup();
        }
        Some(sides.into())
    }
}
