//! A scalar subquery that computes its value from one aggregate over all of its rows.
//!
//! Its rows are grouped by the columns that equal outer expressions, and joined with the outer rows. The
//! value is computed after the join, where an outer row without a group is recognized: COUNT is 0 there, and
//! the other aggregates are NULL.

use std::sync::Arc;

use crate::tree::Tree;
use datafusion::common::{Column, JoinType, Result};
use datafusion::functions::core::expr_fn::coalesce;
use datafusion::logical_expr::{
    Aggregate, Distinct, Expr, FetchType, Limit, LogicalPlan, LogicalPlanBuilder, SkipType, lit, when,
};

use super::aggregate::value_of_nothing;
use super::condition::join;
use super::outer::Outer;
use super::pull_up::{Pulled, pull_up};
use super::references::is_in;
use super::substitute::{renamed, substituted};

impl Outer<'_> {
    /// Joins an aggregate over all rows of a subquery; `None` if the subquery has another form, or refers to
    /// outer columns elsewhere than in equalities.
    pub(super) fn join_aggregate(&mut self, subquery: &LogicalPlan) -> Result<Option<Expr>> {
        let Some((value, aggregate)) = peeled(subquery)? else { return Ok(None) };
        let is_own = aggregate.aggr_expr.iter().all(|call| !call.contains_outer());
        if !is_own || aggregate.aggr_expr.iter().any(is_single) {
            return Ok(None);
        }
        let Some(pulled) = pull_up(&aggregate.input, self.plan.schema(), true, self.aliases)? else {
            return Ok(None);
        };
        let is_of_outer = |expr: &Expr| is_in(expr, self.plan.schema());
        if !pulled.rest.iter().all(is_of_outer) {
            return Ok(None);
        }
        let columns = self.join_groups(pulled, &aggregate)?;
        let value = substituted(value, &aggregate.schema, &columns)?;
        self.inside_out(value).map(Some)
    }

    /// Joins the groups, and returns the values of the aggregate's columns.
    fn join_groups(&mut self, pulled: Pulled, aggregate: &Aggregate) -> Result<Vec<Expr>> {
        let name = self.aliases.next();
        let groups: Vec<Expr> = pulled.keys.iter().map(|(_, column)| Expr::Column(column.clone())).collect();
        let groups = deduplicated(groups);
        let width = groups.len();
        let grouped = Aggregate::try_new(Arc::new(pulled.plan), groups, aggregate.aggr_expr.clone())?;
        let mut exprs: Vec<Expr> =
            grouped.schema.columns().into_iter().map(Expr::Column).take(width).collect();
        let mut values = Vec::new();
        for (at, column) in grouped.schema.columns().into_iter().skip(width).enumerate() {
            let own = Column::new(Some(name.clone()), format!("{name}_value{at}"));
            exprs.push(Expr::Column(column).alias_qualified(own.relation.clone(), &own.name));
            let of_nothing = value_of_nothing(&aggregate.aggr_expr[at], aggregate)?;
            let own = Expr::Column(own);
            values.push(if of_nothing.is_null() { own } else { coalesce(vec![own, lit(of_nothing)]) });
        }
        let groups = LogicalPlanBuilder::from(LogicalPlan::Aggregate(grouped)).project(exprs)?.build()?;
        let equal = pulled.keys.into_iter().map(|(outer, column)| outer.eq(Expr::Column(column)));
        let on = equal.chain(pulled.rest).reduce(Expr::and);
        let outer = std::mem::take(&mut self.plan);
        self.plan = join(outer, groups, on, JoinType::Left)?;
        self.joined += 1;
        Ok(values)
    }
}

fn deduplicated(exprs: Vec<Expr>) -> Vec<Expr> {
    let mut distinct: Vec<Expr> = Vec::new();
    for expr in exprs {
        if !distinct.contains(&expr) {
            distinct.push(expr);
        }
    }
    distinct
}

/// Whether a call is `__single_value`: it fails for a group of several rows, which no outer row may match.
fn is_single(call: &Expr) -> bool {
    match call {
        Expr::Alias(alias) => is_single(&alias.expr),
        Expr::AggregateFunction(call) => call.func.name() == crate::logical::single_value::NAME,
        _ => false,
    }
}

/// The value of a subquery as an expression over its aggregate's columns, and the aggregate over all rows.
fn peeled(subquery: &LogicalPlan) -> Result<Option<(Expr, Aggregate)>> {
    let Some(value) = subquery.schema().columns().into_iter().next() else { return Ok(None) };
    let mut value = Expr::Column(value);
    let mut plan = subquery;
    loop {
        plan = match plan {
            LogicalPlan::Projection(projection) => {
                value = substituted(value, &projection.schema, &projection.expr)?;
                &projection.input
            }
            LogicalPlan::SubqueryAlias(alias) => {
                value = renamed(value, alias)?;
                &alias.input
            }
            LogicalPlan::Filter(filter) if !has_membership(&filter.predicate) => {
                value = when(filter.predicate.clone(), value).end()?;
                &filter.input
            }
            LogicalPlan::Subquery(subquery) => &subquery.subquery,
            LogicalPlan::Sort(sort) if sort.fetch.is_none() => &sort.input,
            LogicalPlan::Distinct(Distinct::All(input)) => input,
            LogicalPlan::Limit(limit) if lets_one_through(limit)? => &limit.input,
            LogicalPlan::Aggregate(aggregate) if aggregate.group_expr.is_empty() => {
                return Ok(Some((value, aggregate.clone())));
            }
            _ => return Ok(None),
        };
    }
}

fn lets_one_through(limit: &Limit) -> Result<bool> {
    let is_first = matches!(limit.get_skip_type()?, SkipType::Literal(0));
    let is_any = matches!(limit.get_fetch_type()?, FetchType::Literal(fetch) if fetch != Some(0));
    Ok(is_first && is_any)
}

/// Whether a predicate has a subquery that DataFusion joins, which it does only for predicates of a WHERE.
fn has_membership(predicate: &Expr) -> bool {
    predicate.exists(|part| Ok(matches!(part, Expr::InSubquery(_) | Expr::Exists(_)))).unwrap_or(true)
}
