//! LATERAL: a relation of a FROM that refers to columns of the relations before it.

use std::sync::Arc;

use datafusion::common::{Column, JoinType, NullEquality, Result, not_impl_err};
use datafusion::logical_expr::{Expr, Join, LogicalPlan, LogicalPlanBuilder};

use super::condition::same;
use super::domain::{Aliases, Domain};
use super::order::Carried;
use super::references::named_in;

/// A join whose right side refers to columns of its left side, as a join of two independent sides; `None` for
/// other joins. The result starts with the columns of the join.
pub fn lateral(join: &Join, aliases: &Aliases) -> Result<Option<LogicalPlan>> {
    let named = named_in(&join.right, join.left.schema());
    if named.is_empty() {
        return Ok(None);
    }
    match join.join_type {
        JoinType::Inner if keeps_rows_apart(&join.right, &named) => beside(join, aliases).map(Some),
        JoinType::Inner | JoinType::Left | JoinType::LeftSemi | JoinType::LeftAnti => {
            by_domain(join, named, aliases).map(Some)
        }
        _ => not_impl_err!("LATERAL in this kind of join"),
    }
}

/// The keys and the filter of a join as one predicate.
fn condition(join: &Join) -> Option<Expr> {
    let equal = join.on.iter().map(|(left, right)| left.clone().eq(right.clone()));
    equal.chain(join.filter.clone()).reduce(Expr::and)
}

/// The right side, with the columns of the left rows carried through it.
fn beside(join: &Join, aliases: &Aliases) -> Result<LogicalPlan> {
    let rows = Domain::rows(&join.left, aliases);
    let Carried { plan, keys, .. } = rows.push(&join.right)?;
    let left = keys.into_iter().zip(join.left.schema().columns());
    let left = left.map(|(key, column)| Expr::Column(key).alias_qualified(column.relation, column.name));
    let right = join.right.schema().columns().into_iter().map(Expr::Column);
    let plan = LogicalPlanBuilder::from(plan).project(left.chain(right))?;
    match condition(join) {
        Some(condition) => plan.filter(condition)?.build(),
        None => plan.build(),
    }
}

/// The right side for all values of the columns that it refers to, joined with the left side.
fn by_domain(join: &Join, named: Vec<Column>, aliases: &Aliases) -> Result<LogicalPlan> {
    let domain = Domain::distinct(&join.left, named, aliases);
    let right = domain.push(&join.right)?.only(&join.right)?;
    let equal = same(&domain.columns, &join.left, &right.keys, &right.plan)?;
    let on = equal.into_iter().chain(condition(join)).reduce(Expr::and);
    let joined = Join::try_new(
        join.left.clone(),
        Arc::new(right.plan),
        Vec::new(),
        on,
        join.join_type,
        join.join_constraint,
        NullEquality::NullEqualsNothing,
        false,
    )?;
    Ok(LogicalPlan::Join(joined))
}

/// Whether a plan refers to outer columns in one place, and processes each of its rows independently: it has
/// no group, limit or set operation.
fn keeps_rows_apart(plan: &LogicalPlan, named: &[Column]) -> bool {
    let is_named_in = |plan: &LogicalPlan| {
        super::references::outer_columns(plan).iter().any(|column| named.contains(column))
    };
    if !is_named_in(plan) {
        return true;
    }
    match plan {
        LogicalPlan::Filter(_)
        | LogicalPlan::Projection(_)
        | LogicalPlan::SubqueryAlias(_)
        | LogicalPlan::Subquery(_)
        | LogicalPlan::Unnest(_) => plan.inputs().into_iter().all(|input| keeps_rows_apart(input, named)),
        LogicalPlan::Join(join) if join.join_type == JoinType::Inner => {
            let (left, right) = (&join.left, &join.right);
            !(is_named_in(left) && is_named_in(right))
                && keeps_rows_apart(left, named)
                && keeps_rows_apart(right, named)
        }
        _ => false,
    }
}
