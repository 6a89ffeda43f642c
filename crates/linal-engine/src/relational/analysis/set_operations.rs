//! INTERSECT ALL and EXCEPT ALL: rows are counted.
//!
//! DataFusion plans both as a join that keeps or drops all rows of a kind. Here each side numbers its equal rows first,
//! and the number joins with them: the third row of a kind has a partner when the other side has three.

use std::sync::Arc;

use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::Transformed;
use datafusion::common::{JoinType, NullEquality, Result};
use datafusion::functions_window::row_number::row_number_udwf;
use datafusion::logical_expr::expr::{WindowFunction, WindowFunctionParams};
use datafusion::logical_expr::{
    Distinct, Expr, Join, LogicalPlan, LogicalPlanBuilder, WindowFrame, WindowFunctionDefinition, col,
};
use datafusion::optimizer::AnalyzerRule;

/// Numbers equal rows of both sides.
#[derive(Debug)]
pub(super) struct SetOperations;

impl AnalyzerRule for SetOperations {
    fn analyze(&self, plan: LogicalPlan, _: &ConfigOptions) -> Result<LogicalPlan> {
        Ok(plan.transform_up_with_subqueries(rewrite)?.data)
    }

    fn name(&self) -> &str {
        "set_operations"
    }
}

const NUMBER: &str = "__number";

fn rewrite(plan: LogicalPlan) -> Result<Transformed<LogicalPlan>> {
    let LogicalPlan::Join(join) = &plan else { return Ok(Transformed::no(plan)) };
    if !counts_rows(join) {
        return Ok(Transformed::no(plan));
    }
    let kept: Vec<Expr> = join.left.schema().columns().into_iter().map(Expr::Column).collect();
    let (mut left_keys, mut right_keys): (Vec<_>, Vec<_>) = join.on.iter().cloned().unzip();
    let left = numbered(&join.left, &left_keys)?;
    let right = numbered(&join.right, &right_keys)?;
    left_keys.push(number_of(&left));
    right_keys.push(number_of(&right));
    let on = (columns(left_keys), columns(right_keys));
    LogicalPlanBuilder::from(left)
        .join_detailed(right, join.join_type, on, None, NullEquality::NullEqualsNull)?
        .project(kept)?
        .build()
        .map(Transformed::yes)
}

/// Whether a join is an INTERSECT ALL or an EXCEPT ALL: without ALL its left side is distinct.
fn counts_rows(join: &Join) -> bool {
    matches!(join.join_type, JoinType::LeftSemi | JoinType::LeftAnti)
        && join.null_equality == NullEquality::NullEqualsNull
        && join.on.len() == join.left.schema().fields().len()
        && !matches!(join.left.as_ref(), LogicalPlan::Distinct(Distinct::All(_)))
}

/// Rows with a number among those that are equal.
fn numbered(input: &Arc<LogicalPlan>, keys: &[Expr]) -> Result<LogicalPlan> {
    let number = Expr::WindowFunction(Box::new(WindowFunction {
        fun: WindowFunctionDefinition::WindowUDF(row_number_udwf()),
        params: WindowFunctionParams {
            args: Vec::new(),
            partition_by: keys.to_vec(),
            order_by: Vec::new(),
            window_frame: WindowFrame::new(None),
            filter: None,
            null_treatment: None,
            distinct: false,
        },
    }));
    LogicalPlanBuilder::from(input.clone()).window([number.alias(NUMBER)])?.build()
}

fn number_of(plan: &LogicalPlan) -> Expr {
    plan.schema().columns().last().map_or_else(|| col(NUMBER), |column| Expr::Column(column.clone()))
}

fn columns(keys: Vec<Expr>) -> Vec<datafusion::common::Column> {
    keys.into_iter()
        .filter_map(|key| match key {
            Expr::Column(column) => Some(column),
            _ => None,
        })
        .collect()
}
