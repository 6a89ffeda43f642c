//! The outer rows of subqueries.

use crate::tree::Tree;
use datafusion::common::tree_node::{Transformed, TransformedResult};
use datafusion::common::{Column, DFSchema, ExprSchema, JoinType, Result, ScalarValue, not_impl_err};
use datafusion::functions::core::expr_fn::coalesce;
use datafusion::logical_expr::expr::{AggregateFunction, AggregateFunctionParams};
use datafusion::logical_expr::{Distinct, Expr, FetchType, LogicalPlan, LogicalPlanBuilder, SkipType, lit};

use super::aggregate::value_of_nothing;
use super::condition::{join, same};
use super::domain::{Aliases, Domain};
use super::pull_up::pull_up;
use super::references::named_in;
use super::substitute::bare_rows;
use crate::logical::single_value::one;

/// The outer rows of subqueries; each joined scalar subquery adds columns to them.
pub struct Outer<'a> {
    pub plan: LogicalPlan,
    /// The rows before subqueries with a domain were joined to them, from which domains are taken: taken from `plan`, each would
    /// contain all the domains before it, and a plan would double with each subquery.
    source: LogicalPlan,
    pub(super) joined: usize,
    pub(super) aliases: &'a Aliases,
}

impl<'a> Outer<'a> {
    pub fn new(plan: LogicalPlan, aliases: &'a Aliases) -> Outer<'a> {
        Outer { source: plan.clone(), plan, joined: 0, aliases }
    }

    /// The domain of a subquery that refers to these columns.
    fn domain(&self, named: Vec<Column>) -> Domain<'a> {
        let is_in_source = named.iter().all(|column| self.source.schema().has_column(column));
        Domain::distinct(if is_in_source { &self.source } else { &self.plan }, named, self.aliases)
    }

    /// An outer expression as it is written inside a subquery.
    pub fn reference(&self, expr: Expr) -> Result<Expr> {
        outer_reference(expr, self.plan.schema())
    }

    /// An expression of a subquery as it is written over the outer rows.
    pub(super) fn inside_out(&self, expr: Expr) -> Result<Expr> {
        let schema = self.plan.schema().clone();
        expr.transform_up(|part| match part {
            Expr::OuterReferenceColumn(_, column) if schema.has_column(&column) => {
                Ok(Transformed::yes(Expr::Column(column)))
            }
            other => Ok(Transformed::no(other)),
        })
        .data()
    }

    /// Joins a scalar subquery and returns its value.
    pub fn join_value(&mut self, subquery: &LogicalPlan) -> Result<Expr> {
        let named = named_in(subquery, self.plan.schema());
        if named.is_empty() {
            return self.cross_join_value(subquery);
        }
        if let Some(value) = self.join_aggregate(subquery)? {
            return Ok(value);
        }
        let single = single_row(subquery)?;
        let value = first_column(&single)?;
        self.aliases.poll()?;
        let domain = self.domain(named);
        let (result, of_nothing) = match &single {
            LogicalPlan::Aggregate(aggregate) if aggregate.group_expr.is_empty() => {
                let of_nothing = match aggregate.aggr_expr.first() {
                    Some(call) => value_of_nothing(call, aggregate)?,
                    None => ScalarValue::Null,
                };
                (domain.whole_group(aggregate)?, of_nothing)
            }
            other => (domain.push(other)?, ScalarValue::Null),
        };
        let (value, keys, result) = self.renamed(result.plan, value, result.keys)?;
        let on = same(&domain.columns, &self.plan, &keys, &result)?;
        let outer = std::mem::take(&mut self.plan);
        self.plan = join(outer, result, on, JoinType::Left)?;
        self.joined += 1;
        let value = Expr::Column(value);
        Ok(if of_nothing.is_null() { value } else { coalesce(vec![value, lit(of_nothing)]) })
    }

    /// Joins a subquery that refers only to queries further out: its single row is joined to each outer row.
    fn cross_join_value(&mut self, subquery: &LogicalPlan) -> Result<Expr> {
        let row = if is_one_row(subquery) {
            subquery.clone()
        } else {
            only_row(subquery, first_column(subquery)?)?
        };
        let value = first_column(&row)?;
        let (value, _, row) = self.renamed(row, value, Vec::new())?;
        let outer = std::mem::take(&mut self.plan);
        self.plan = join(outer, row, None, JoinType::Inner)?;
        self.joined += 1;
        Ok(Expr::Column(value))
    }

    /// Renames the value and the keys of a subquery to unique names.
    fn renamed(
        &self,
        plan: LogicalPlan,
        value: Column,
        keys: Vec<Column>,
    ) -> Result<(Column, Vec<Column>, LogicalPlan)> {
        let name = self.aliases.next();
        let own = |suffix: String| Column::new(Some(name.clone()), format!("{name}_{suffix}"));
        let value_name = own("value".to_string());
        let key_names: Vec<Column> = (0..keys.len()).map(|at| own(format!("key{at}"))).collect();
        let columns = std::iter::once((value, &value_name)).chain(keys.into_iter().zip(&key_names));
        let exprs: Vec<Expr> = columns
            .map(|(column, own)| Expr::Column(column).alias_qualified(own.relation.clone(), &own.name))
            .collect();
        let plan = LogicalPlanBuilder::from(plan).project(exprs)?.build()?;
        Ok((value_name, key_names, plan))
    }

    /// Keeps the outer rows for which a correlated subquery has rows, or those for which it has none.
    pub fn keep(&mut self, subquery: &LogicalPlan, negated: bool) -> Result<()> {
        let join_type = if negated { JoinType::LeftAnti } else { JoinType::LeftSemi };
        self.aliases.poll()?;
        let rows = rows_that_exist(subquery)?;
        let schema = self.plan.schema().clone();
        let mut has_domain = false;
        let (right, on) = match pull_up(rows, &schema, false, self.aliases)? {
            Some(pulled) => {
                let equal = pulled.keys.into_iter().map(|(outer, column)| outer.eq(Expr::Column(column)));
                let on = equal.chain(pulled.rest).reduce(Expr::and);
                // The other columns of the subquery are not used, and both sides may contain the same table.
                let columns: Vec<Expr> = if pulled.columns.is_empty() {
                    vec![lit(true).alias(self.aliases.next())]
                } else {
                    pulled.columns.into_iter().map(Expr::Column).collect()
                };
                (LogicalPlanBuilder::from(pulled.plan).project(columns)?.build()?, on)
            }
            None => {
                has_domain = true;
                let domain = self.domain(named_in(rows, &schema));
                let result = domain.push(rows)?;
                let keys = result.keys.iter().cloned().map(Expr::Column);
                let right = LogicalPlanBuilder::from(result.plan).project(keys)?.build()?;
                let on = same(&domain.columns, &self.plan, &result.keys, &right)?;
                (right, on)
            }
        };
        let outer = std::mem::take(&mut self.plan);
        self.plan = join(outer, right, on, join_type)?;
        if !has_domain {
            self.source = self.plan.clone();
        }
        Ok(())
    }
}

/// Turns an expression's columns of a schema into outer columns.
pub fn outer_reference(expr: Expr, schema: &DFSchema) -> Result<Expr> {
    expr.transform_up(|part| match part {
        Expr::Column(column) if schema.has_column(&column) => {
            let field = schema.field_from_column(&column)?.clone();
            Ok(Transformed::yes(Expr::OuterReferenceColumn(field, column)))
        }
        other => Ok(Transformed::no(other)),
    })
    .data()
}

/// A subquery without the operators that do not affect whether it has rows.
fn rows_that_exist(subquery: &LogicalPlan) -> Result<&LogicalPlan> {
    Ok(match bare_rows(subquery) {
        LogicalPlan::Distinct(Distinct::All(input)) => rows_that_exist(input)?,
        LogicalPlan::Limit(limit)
            if matches!(limit.get_skip_type()?, SkipType::Literal(0))
                && matches!(limit.get_fetch_type()?, FetchType::Literal(fetch) if fetch != Some(0)) =>
        {
            rows_that_exist(&limit.input)?
        }
        other => other,
    })
}

fn first_column(plan: &LogicalPlan) -> Result<Column> {
    match plan.schema().columns().into_iter().next() {
        Some(column) => Ok(column),
        None => not_impl_err!("a subquery without columns"),
    }
}

/// A subquery with at most one row.
fn single_row(subquery: &LogicalPlan) -> Result<LogicalPlan> {
    match subquery.max_rows() {
        Some(0 | 1) => Ok(subquery.clone()),
        _ => only_row(subquery, first_column(subquery)?),
    }
}

/// The single row of a subquery; several rows are an error at run time.
pub fn only_row(subquery: &LogicalPlan, value: Column) -> Result<LogicalPlan> {
    let params = AggregateFunctionParams {
        args: vec![Expr::Column(value)],
        distinct: false,
        filter: None,
        order_by: Vec::new(),
        null_treatment: None,
    };
    let value = Expr::AggregateFunction(AggregateFunction { func: one(), params });
    LogicalPlanBuilder::from(subquery.clone()).aggregate(Vec::<Expr>::new(), vec![value])?.build()
}

/// Whether a plan has exactly one row: an aggregate over all rows.
pub fn is_one_row(plan: &LogicalPlan) -> bool {
    match plan {
        LogicalPlan::Projection(projection) => is_one_row(&projection.input),
        LogicalPlan::SubqueryAlias(alias) => is_one_row(&alias.input),
        LogicalPlan::Subquery(subquery) => is_one_row(&subquery.subquery),
        LogicalPlan::Aggregate(aggregate) => aggregate.group_expr.is_empty(),
        _ => false,
    }
}
