//! Rewrites expressions over a plan to expressions over its input.

use crate::tree::Tree;
use datafusion::common::tree_node::{Transformed, TransformedResult};
use datafusion::common::{DFSchema, Result};
use datafusion::logical_expr::{Expr, Filter, LogicalPlan, Projection, SubqueryAlias};

/// Replaces the columns of a schema in an expression by other expressions.
pub fn substituted(expr: Expr, schema: &DFSchema, by: &[Expr]) -> Result<Expr> {
    expr.transform_up(|part| match &part {
        Expr::Column(column) => match schema.maybe_index_of_column(column).and_then(|at| by.get(at)) {
            Some(expr) => Ok(Transformed::yes(expr.clone().unalias())),
            None => Ok(Transformed::no(part)),
        },
        _ => Ok(Transformed::no(part)),
    })
    .data()
}

/// Rewrites an expression over an aliased plan to one over the plan.
pub fn renamed(expr: Expr, alias: &SubqueryAlias) -> Result<Expr> {
    let inner: Vec<Expr> = alias.input.schema().columns().into_iter().map(Expr::Column).collect();
    substituted(expr, &alias.schema, &inner)
}

/// The rows of a plan that satisfy a predicate, which is pushed below projections.
pub fn filtered(condition: Expr, plan: &LogicalPlan) -> Result<LogicalPlan> {
    match plan {
        LogicalPlan::SubqueryAlias(alias) => {
            let input = filtered(renamed(condition, alias)?, &alias.input)?;
            SubqueryAlias::try_new(input.into(), alias.alias.clone()).map(LogicalPlan::SubqueryAlias)
        }
        // A copied volatile expression has two values.
        LogicalPlan::Projection(projection) if !projection.expr.iter().any(Expr::is_volatile) => {
            let condition = substituted(condition, &projection.schema, &projection.expr)?;
            let input = filtered(condition, &projection.input)?;
            Projection::try_new(projection.expr.clone(), input.into()).map(LogicalPlan::Projection)
        }
        other => Filter::try_new(condition, other.clone().into()).map(LogicalPlan::Filter),
    }
}

/// A plan with the same number of rows, without the expressions that only its columns need.
pub fn bare_rows(plan: &LogicalPlan) -> &LogicalPlan {
    match plan {
        LogicalPlan::Projection(projection) => bare_rows(&projection.input),
        LogicalPlan::SubqueryAlias(alias) => bare_rows(&alias.input),
        LogicalPlan::Subquery(subquery) => bare_rows(&subquery.subquery),
        LogicalPlan::Sort(sort) if sort.fetch.is_none() => bare_rows(&sort.input),
        other => other,
    }
}
