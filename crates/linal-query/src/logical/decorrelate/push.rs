//! A subquery computed for all values of its domain.

use std::sync::Arc;

use crate::tree::Tree;
use datafusion::common::{Column, Result, not_impl_err};
use datafusion::logical_expr::{
    Distinct, DistinctOn, EmptyRelation, Expr, LogicalPlan, LogicalPlanBuilder, SortExpr, Unnest, Window,
};

use super::domain::Domain;
use super::order::{Carried, with_order};

impl Domain<'_> {
    /// The plan for every domain value, with the domain columns in its output.
    pub fn push(&self, plan: &LogicalPlan) -> Result<Carried> {
        if !self.is_named_in(plan) {
            return self.pair(plan);
        }
        match plan {
            LogicalPlan::Filter(filter) => {
                let input = self.push(&filter.input)?;
                let predicate = self.bind(filter.predicate.clone(), &input.keys)?;
                input.filter(predicate)
            }
            LogicalPlan::Projection(projection) => {
                let input = self.push(&projection.input)?;
                let exprs = self.bind_all(&projection.expr, &input.keys)?;
                input.project(exprs)
            }
            LogicalPlan::Subquery(subquery) => self.push(&subquery.subquery),
            LogicalPlan::SubqueryAlias(alias) => self.push(&alias.input)?.alias(alias),
            LogicalPlan::Aggregate(aggregate) => self.aggregate(aggregate),
            LogicalPlan::Distinct(Distinct::All(input)) => {
                let rows = self.push(input)?.only(input)?;
                Ok(Carried { plan: LogicalPlan::Distinct(Distinct::All(rows.plan.into())), ..rows })
            }
            LogicalPlan::Distinct(Distinct::On(distinct)) => self.distinct_on(distinct),
            LogicalPlan::Sort(sort) if sort.fetch.is_none() => {
                let input = self.push(&sort.input)?;
                let order = self.bind_order(&sort.expr, &input.keys)?;
                input.sort(order, self.aliases)
            }
            LogicalPlan::Limit(limit) => self.limit(limit),
            LogicalPlan::Window(window) => self.window(window),
            LogicalPlan::Join(join) => self.join(join),
            LogicalPlan::Union(union) => self.union(union),
            LogicalPlan::Values(values) => self.values(values),
            LogicalPlan::Unnest(unnest) => self.unnest(unnest),
            LogicalPlan::Extension(extension) => self.extension(extension),
            LogicalPlan::TableScan(scan) => self.last_round(scan),
            _ => not_impl_err!("outer columns in this place of a subquery"),
        }
    }

    /// The cross product of an uncorrelated plan and the domain.
    fn pair(&self, plan: &LogicalPlan) -> Result<Carried> {
        let (domain, keys) = self.plan()?;
        if let LogicalPlan::EmptyRelation(EmptyRelation { produce_one_row: true, schema }) = plan
            && schema.fields().is_empty()
        {
            return Ok(Carried::new(domain, keys));
        }
        let rows = with_order(plan, self.aliases)?;
        let plan = LogicalPlanBuilder::from(rows.plan).cross_join(domain)?.build()?;
        Ok(Carried { plan, keys, order: rows.order })
    }

    pub(super) fn bind_order(&self, order: &[SortExpr], keys: &[Column]) -> Result<Vec<SortExpr>> {
        order
            .iter()
            .map(|by| {
                let expr = self.bind(by.expr.clone(), keys)?;
                Ok(SortExpr { expr, asc: by.asc, nulls_first: by.nulls_first })
            })
            .collect()
    }

    /// The first row of each group, for each domain value.
    fn distinct_on(&self, distinct: &DistinctOn) -> Result<Carried> {
        let input = self.push(&distinct.input)?;
        let keys = || input.keys.iter().cloned().map(Expr::Column);
        // An outer column is constant within a domain value.
        let is_other = |expr: &Expr| !matches!(expr, Expr::Column(column) if input.keys.contains(column));
        let others = distinct.on_expr.iter().map(|on| self.bind(on.clone(), &input.keys));
        let mut others = others.collect::<Result<Vec<_>>>()?;
        others.retain(is_other);
        let on = keys().chain(others.iter().cloned()).collect();
        let select = self.bind_all(&distinct.select_expr, &input.keys)?.into_iter().chain(keys()).collect();
        let mut order: Vec<SortExpr> = keys().map(|key| key.sort(true, false)).collect();
        let own = self.bind_order(distinct.sort_expr.as_deref().unwrap_or_default(), &input.keys)?;
        if own.is_empty() && !input.order.is_empty() {
            order.extend(others.iter().map(|on| on.clone().sort(true, false)));
            order.extend(input.order.iter().cloned());
        }
        let has_order = !own.is_empty() || !input.order.is_empty();
        order.extend(own.into_iter().filter(|by| is_other(&by.expr)));
        let order = has_order.then_some(order);
        let rows = DistinctOn::try_new(on, select, order, Arc::new(input.plan))?;
        Ok(Carried::new(LogicalPlan::Distinct(Distinct::On(rows)), input.keys))
    }

    /// Window functions over the rows of each domain value.
    fn window(&self, window: &Window) -> Result<Carried> {
        let input = self.push(&window.input)?;
        let exprs = window
            .window_expr
            .iter()
            .map(|expr| {
                let (relation, name) = expr.qualified_name();
                let bound = self.bind(expr.clone(), &input.keys)?;
                Ok(partitioned(bound, &input.keys)?.alias_qualified(relation, name))
            })
            .collect::<Result<Vec<_>>>()?;
        let plan = LogicalPlan::Window(Window::try_new(exprs, Arc::new(input.plan))?);
        Ok(Carried { plan, keys: input.keys, order: input.order })
    }

    /// UNNEST for each domain value.
    fn unnest(&self, unnest: &Unnest) -> Result<Carried> {
        let input = self.push(&unnest.input)?;
        let rows =
            Unnest::try_new(Arc::new(input.plan), unnest.exec_columns.clone(), unnest.options.clone())?;
        Ok(Carried::new(LogicalPlan::Unnest(rows), input.keys))
    }
}

/// A window expression with additional partition keys.
fn partitioned(expr: Expr, keys: &[Column]) -> Result<Expr> {
    use datafusion::common::tree_node::{Transformed, TransformedResult};
    let expr = match expr {
        Expr::Alias(alias) => *alias.expr,
        other => other,
    };
    expr.transform_up(|part| match part {
        Expr::WindowFunction(mut function) => {
            function.params.partition_by.extend(keys.iter().cloned().map(Expr::Column));
            Ok(Transformed::yes(Expr::WindowFunction(function)))
        }
        other => Ok(Transformed::no(other)),
    })
    .data()
}
