//! Aggregates of an outer query that a subquery refers to.

use std::sync::Arc;

use crate::tree::{PlanTree, Tree};
use datafusion::common::tree_node::{Transformed, TransformedResult};
use datafusion::common::{DFSchema, ExprSchema, Result};
use datafusion::logical_expr::expr_rewriter::NamePreserver;
use datafusion::logical_expr::utils::merge_schema;
use datafusion::logical_expr::{Expr, LogicalPlan};

use crate::udf::{outer_value_place, with_outer};

/// A plan in which such aggregates are outer columns of the subqueries.
pub(crate) fn bind_outer_aggregates(plan: LogicalPlan) -> Result<LogicalPlan> {
    plan.change_plans_up(|node| {
        let schema = merge_schema(&node.inputs());
        mapped(node, |expr| unwrapped(expr, &schema))
    })
    .data()
}

/// A node with rewritten expressions under the same names.
fn mapped(
    node: LogicalPlan,
    mut change: impl FnMut(Expr) -> Result<Transformed<Expr>>,
) -> Result<Transformed<LogicalPlan>> {
    let names = NamePreserver::new_for_projection();
    let is_filter = matches!(node, LogicalPlan::Filter(_));
    let changed = node.change_expressions(|expr| {
        let name = names.save(&expr);
        let changed = expr.transform_up(&mut change)?;
        Ok(if is_filter { changed } else { changed.update_data(|expr| name.restore(expr)) })
    })?;
    if changed.transformed { changed.map_data(LogicalPlan::recompute_schema) } else { Ok(changed) }
}

fn unwrapped(expr: Expr, schema: &DFSchema) -> Result<Transformed<Expr>> {
    let Some((subquery, values)) = with_outer(&expr) else { return Ok(Transformed::no(expr)) };
    let mut columns = Vec::new();
    for (place, value) in values {
        // An aggregate of a query further out is resolved by that query.
        if let Expr::Column(column) = value {
            let field = schema.field_from_column(&column)?.clone();
            columns.push((place, Expr::OuterReferenceColumn(field, column)));
        }
    }
    let changed = with_values(subquery, &columns)?;
    Ok(Transformed::yes(changed))
}

/// A subquery with outer columns in place of aggregates.
fn with_values(subquery: Expr, columns: &[(u64, Expr)]) -> Result<Expr> {
    let in_plan = |plan: &Arc<LogicalPlan>| -> Result<Arc<LogicalPlan>> {
        let plan = plan.as_ref().clone().change_plans_up(|node| {
            mapped(node, |expr| {
                let column = outer_value_place(&expr)
                    .and_then(|place| columns.iter().find(|(known, _)| *known == place));
                Ok(match column {
                    Some((_, column)) => Transformed::yes(column.clone()),
                    None => Transformed::no(expr),
                })
            })
        });
        Ok(Arc::new(plan.data()?))
    };
    subquery
        .transform_up(|part| {
            Ok(match part {
                Expr::ScalarSubquery(subquery) => {
                    Transformed::yes(Expr::ScalarSubquery(subquery.with_plan(in_plan(&subquery.subquery)?)))
                }
                Expr::Exists(mut exists) => {
                    exists.subquery = exists.subquery.with_plan(in_plan(&exists.subquery.subquery)?);
                    Transformed::yes(Expr::Exists(exists))
                }
                Expr::InSubquery(mut membership) => {
                    membership.subquery =
                        membership.subquery.with_plan(in_plan(&membership.subquery.subquery)?);
                    Transformed::yes(Expr::InSubquery(membership))
                }
                Expr::SetComparison(mut comparison) => {
                    comparison.subquery =
                        comparison.subquery.with_plan(in_plan(&comparison.subquery.subquery)?);
                    Transformed::yes(Expr::SetComparison(comparison))
                }
                other => Transformed::no(other),
            })
        })
        .data()
}
