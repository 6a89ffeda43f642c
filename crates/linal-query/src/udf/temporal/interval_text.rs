//! Strings compared with intervals: `i IN ('1 day', '2 days')`, `i BETWEEN '1 day' AND '2 days'`.
//!
//! DataFusion would compare both as strings, and read a number beside a date as days, which is an error here.

use crate::tree::{PlanTree, Tree};
use arrow::datatypes::DataType;
use datafusion::common::tree_node::Transformed;
use datafusion::common::{DFSchema, Result};
use datafusion::logical_expr::expr_rewriter::NamePreserver;
use datafusion::logical_expr::utils::merge_schema;
use datafusion::logical_expr::{Expr, ExprSchemable, LogicalPlan, Operator, cast};

use super::function::INTERVAL;
use super::operator::comparable;
use crate::error::external;

/// Casts these strings of a plan to intervals.
pub(crate) fn cast_texts(plan: LogicalPlan) -> Result<LogicalPlan> {
    Ok(plan.change_plans_up(node)?.data)
}

fn node(plan: LogicalPlan) -> Result<Transformed<LogicalPlan>> {
    let schema = merge_schema(&plan.inputs());
    let names = NamePreserver::new(&plan);
    plan.change_expressions(|expr| {
        let name = names.save(&expr);
        let changed = expr.transform_up(|mut part| {
            let changed = match operands(&mut part) {
                Some(operands) => cast_beside(operands, &schema)?,
                None => false,
            };
            Ok(Transformed::new_transformed(part, changed))
        })?;
        Ok(changed.update_data(|expr| name.restore(expr)))
    })
}

/// The operands that an expression compares with each other.
fn operands(expr: &mut Expr) -> Option<Vec<&mut Expr>> {
    match expr {
        Expr::Between(between) => Some(vec![&mut between.expr, &mut between.low, &mut between.high]),
        Expr::InList(list) => {
            let mut all = vec![list.expr.as_mut()];
            all.extend(&mut list.list);
            Some(all)
        }
        Expr::BinaryExpr(compare)
            if matches!(compare.op, Operator::IsDistinctFrom | Operator::IsNotDistinctFrom) =>
        {
            Some(vec![&mut compare.left, &mut compare.right])
        }
        Expr::Case(case) => {
            let mut all = vec![case.expr.as_mut()?.as_mut()];
            all.extend(case.when_then_expr.iter_mut().map(|(when, _)| when.as_mut()));
            Some(all)
        }
        _ => None,
    }
}

fn cast_beside(operands: Vec<&mut Expr>, schema: &DFSchema) -> Result<bool> {
    let types: Vec<Option<DataType>> = operands.iter().map(|operand| operand.get_type(schema).ok()).collect();
    if let Some((Some(first), others)) = types.split_first() {
        others.iter().flatten().try_for_each(|other| comparable(first, other)).map_err(external)?;
    }
    let is_interval = |kind: &Option<DataType>| matches!(kind, Some(DataType::Interval(_)));
    if !types.iter().any(is_interval) {
        return Ok(false);
    }
    let mut changed = false;
    for (operand, kind) in operands.into_iter().zip(&types) {
        if kind.as_ref().is_some_and(DataType::is_string) {
            *operand = cast(std::mem::take(operand), INTERVAL);
            changed = true;
        }
    }
    Ok(changed)
}
