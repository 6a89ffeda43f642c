//! `a < b`, `a BETWEEN b AND c`, `a > ALL (SELECT ..)` of values of an enum type.
//!
//! A text literal is taken as a value of the type, so that one that is no label is an error. Any other text, and a value
//! of another enum type, is compared letter by letter.

use datafusion::common::tree_node::Transformed;
use datafusion::common::{DFSchema, Result};
use datafusion::logical_expr::expr::SetComparison;
use datafusion::logical_expr::{Expr, LogicalPlan, LogicalPlanBuilder, Operator};
use linal_dataset::Limit;

use super::{enum_of, place};

pub(super) fn by_place(expr: Expr, schema: &DFSchema) -> Result<Transformed<Expr>> {
    match expr {
        Expr::BinaryExpr(mut compare) if is_order(compare.op) => {
            let Some(limit) = limit_of(&[&compare.left, &compare.right], schema) else {
                return Ok(Transformed::no(Expr::BinaryExpr(compare)));
            };
            for side in [&mut compare.left, &mut compare.right] {
                **side = place(std::mem::take(&mut **side), &limit);
            }
            Ok(Transformed::yes(Expr::BinaryExpr(compare)))
        }
        Expr::Between(mut between) => {
            let Some(limit) = limit_of(&[&between.expr, &between.low, &between.high], schema) else {
                return Ok(Transformed::no(Expr::Between(between)));
            };
            for part in [&mut between.expr, &mut between.low, &mut between.high] {
                **part = place(std::mem::take(&mut **part), &limit);
            }
            Ok(Transformed::yes(Expr::Between(between)))
        }
        Expr::SetComparison(comparison) if is_order(comparison.op) => with_subquery(comparison, schema),
        other => Ok(Transformed::no(other)),
    }
}

fn is_order(op: Operator) -> bool {
    matches!(op, Operator::Lt | Operator::LtEq | Operator::Gt | Operator::GtEq)
}

/// The enum type of a comparison of these values.
fn limit_of(values: &[&Expr], schema: &DFSchema) -> Option<Limit> {
    let mut found: Option<Limit> = None;
    for value in values {
        match enum_of(value, schema) {
            Some(limit) if found.as_ref().is_some_and(|known| *known != limit) => return None,
            Some(limit) => found = Some(limit),
            None if is_literal(value) => {}
            None => return None,
        }
    }
    found
}

/// A text of the query, which has the type of the other operand, or NULL.
fn is_literal(expr: &Expr) -> bool {
    match expr {
        Expr::Alias(alias) => is_literal(&alias.expr),
        Expr::Literal(value, _) => value.is_null() || value.data_type().is_string(),
        Expr::Placeholder(_) => true,
        _ => false,
    }
}

/// The subquery selects places, too.
fn with_subquery(mut comparison: SetComparison, schema: &DFSchema) -> Result<Transformed<Expr>> {
    let rows = comparison.subquery.subquery.as_ref();
    let limit = match rows.schema().fields().first() {
        Some(field) if rows.schema().fields().len() == 1 => Limit::of_field(field),
        _ => None,
    };
    let left = enum_of(&comparison.expr, schema);
    let limit = limit.filter(|limit| match &left {
        Some(left) => left == limit,
        None => is_literal(&comparison.expr),
    });
    let Some(limit) = limit else { return Ok(Transformed::no(Expr::SetComparison(comparison))) };
    let column = Expr::Column(rows.schema().columns().swap_remove(0));
    let name = column.schema_name().to_string();
    let rows: LogicalPlan =
        LogicalPlanBuilder::from(rows.clone()).project([place(column, &limit).alias(name)])?.build()?;
    comparison.subquery = comparison.subquery.with_plan(rows.into());
    *comparison.expr = place(std::mem::take(&mut *comparison.expr), &limit);
    Ok(Transformed::yes(Expr::SetComparison(comparison)))
}
