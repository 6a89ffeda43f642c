//! The outer columns that a plan or an expression refers to.

use crate::tree::{PlanTree, Tree};
use datafusion::common::tree_node::{Transformed, TransformedResult, TreeNodeRecursion};
use datafusion::common::{Column, DFSchema, Result};
use datafusion::logical_expr::expr_rewriter::NamePreserver;
use datafusion::logical_expr::{Expr, LogicalPlan};

/// The outer columns that a plan refers to. Subqueries in its expressions are skipped: queries are rewritten
/// from the inside out, so the remaining subqueries are uncorrelated.
pub fn outer_columns(plan: &LogicalPlan) -> Vec<Column> {
    let mut found = Vec::new();
    // The closures never fail.
    let _ = plan.apply(|node| {
        node.each_expression(|expr| {
            collect(expr, &mut found);
            Ok(TreeNodeRecursion::Continue)
        })
    });
    found
}

fn collect(expr: &Expr, found: &mut Vec<Column>) {
    // The closure never fails.
    let _ = expr.apply(|part| {
        if let Expr::OuterReferenceColumn(_, column) = part
            && !found.contains(column)
        {
            found.push(column.clone());
        }
        Ok(TreeNodeRecursion::Continue)
    });
}

/// The outer columns of a plan that belong to a schema.
pub fn named_in(plan: &LogicalPlan, schema: &DFSchema) -> Vec<Column> {
    outer_columns(plan).into_iter().filter(|column| schema.has_column(column)).collect()
}

/// Whether an expression refers to one of these outer columns.
pub fn names_any(expr: &Expr, columns: &[Column]) -> bool {
    let mut found = Vec::new();
    collect(expr, &mut found);
    found.iter().any(|column| columns.contains(column))
}

/// Whether all columns of an expression belong to a schema, including those of its subqueries.
pub fn is_in(expr: &Expr, schema: &DFSchema) -> bool {
    expr.column_refs().into_iter().all(|column| schema.has_column(column))
}

/// A plan with its outer columns renamed.
pub fn renamed_outer_columns(plan: LogicalPlan, names: &[(Column, Column)]) -> Result<LogicalPlan> {
    plan.transform_up(|node| {
        let preserver = NamePreserver::new(&node);
        node.change_expressions(|expr| {
            let name = preserver.save(&expr);
            let renamed = expr.transform_up(|part| match part {
                Expr::OuterReferenceColumn(field, column) => {
                    let new = names.iter().find(|(old, _)| *old == column);
                    Ok(match new {
                        Some((_, new)) => Transformed::yes(Expr::OuterReferenceColumn(field, new.clone())),
                        None => Transformed::no(Expr::OuterReferenceColumn(field, column)),
                    })
                }
                other => Ok(Transformed::no(other)),
            })?;
            Ok(renamed.update_data(|expr| name.restore(expr)))
        })
    })
    .data()
}
