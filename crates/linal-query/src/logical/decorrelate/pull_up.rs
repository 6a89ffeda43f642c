//! Correlated predicates of a subquery, as the condition of a join with the outer rows.

use crate::tree::Tree;
use datafusion::common::tree_node::{Transformed, TransformedResult};
use datafusion::common::{Column, DFSchema, JoinType, Result};
use datafusion::logical_expr::utils::{conjunction, split_conjunction_owned};
use datafusion::logical_expr::{
    BinaryExpr, Distinct, Expr, Filter, Join, LogicalPlan, LogicalPlanBuilder, Operator,
};

use super::domain::Aliases;
use super::order::Carried;
use super::references::{named_in, names_any};
use crate::logical::fallible;
use crate::logical::fallible::Fallible;

/// A subquery without its correlated predicates.
pub struct Pulled {
    /// Its rows, with the columns that the predicates need under a relation of their own.
    pub plan: LogicalPlan,
    /// Those columns.
    pub columns: Vec<Column>,
    /// Pairs of an outer expression and the column that equals it.
    pub keys: Vec<(Expr, Column)>,
    /// The other predicates, over the outer rows and the columns.
    pub rest: Vec<Expr>,
}

/// Removes the correlated predicates of a subquery; `None` if it refers to outer columns elsewhere, or if
/// removing them changes its rows.
pub fn pull_up(
    plan: &LogicalPlan,
    outer: &DFSchema,
    counts_rows: bool,
    aliases: &Aliases,
) -> Result<Option<Pulled>> {
    let named = named_in(plan, outer);
    let mut pulling = Pulling {
        named,
        counts_rows,
        name: aliases.next(),
        columns: Vec::new(),
        keys: Vec::new(),
        rest: Vec::new(),
    };
    let Some(pulled) = pulling.pull(plan)? else { return Ok(None) };
    Ok(Some(Pulled { plan: pulled.plan, columns: pulling.columns, keys: pulling.keys, rest: pulling.rest }))
}

struct Pulling {
    /// The outer columns that the subquery refers to.
    named: Vec<Column>,
    /// Whether duplicate rows matter.
    counts_rows: bool,
    name: String,
    columns: Vec<Column>,
    keys: Vec<(Expr, Column)>,
    rest: Vec<Expr>,
}

impl Pulling {
    fn is_named_in(&self, plan: &LogicalPlan) -> bool {
        super::references::outer_columns(plan).iter().any(|column| self.named.contains(column))
    }

    /// The rows of a plan with the columns that its predicates need, as keys.
    fn pull(&mut self, plan: &LogicalPlan) -> Result<Option<Carried>> {
        if !self.is_named_in(plan) {
            return Ok(Some(Carried::new(plan.clone(), Vec::new())));
        }
        match plan {
            LogicalPlan::Filter(filter) => self.filter(filter),
            LogicalPlan::Projection(projection) => {
                if projection.expr.iter().any(|expr| names_any(expr, &self.named)) {
                    return Ok(None);
                }
                let input = self.pull(&projection.input)?;
                input.map(|input| input.project(projection.expr.clone())).transpose()
            }
            LogicalPlan::SubqueryAlias(alias) => {
                let input = self.pull(&alias.input)?;
                input.map(|input| input.alias(alias)).transpose()
            }
            LogicalPlan::Subquery(subquery) => self.pull(&subquery.subquery),
            LogicalPlan::Join(join) => self.join(join),
            LogicalPlan::Distinct(Distinct::All(input)) if !self.counts_rows => self.pull(input),
            _ => Ok(None),
        }
    }

    fn filter(&mut self, filter: &Filter) -> Result<Option<Carried>> {
        let Some(input) = self.pull(&filter.input)? else { return Ok(None) };
        self.condition(input, filter.predicate.clone()).map(Some)
    }

    /// Applies the uncorrelated part of a predicate and removes the rest.
    fn condition(&mut self, input: Carried, predicate: Expr) -> Result<Carried> {
        let (mut outer, mut own): (Vec<Expr>, Vec<Expr>) =
            split_conjunction_owned(predicate).into_iter().partition(|part| names_any(part, &self.named));
        // A predicate that may fail is not evaluated for rows that a correlated one rejects.
        if !outer.iter().all(is_equality) {
            for at in (0..own.len()).rev() {
                if fallible::of(&own[at], input.plan.schema())? == Fallible::Value {
                    outer.push(own.remove(at));
                }
            }
        }
        let mut exprs: Vec<Expr> = input.plan.schema().columns().into_iter().map(Expr::Column).collect();
        let width = exprs.len();
        for part in outer {
            self.take(part, &mut exprs)?;
        }
        let mut keys = input.keys;
        keys.extend(self.columns[self.columns.len() - (exprs.len() - width)..].iter().cloned());
        let mut plan = LogicalPlanBuilder::from(input.plan);
        if let Some(own) = conjunction(own) {
            plan = plan.filter(own)?;
        }
        if exprs.len() > width {
            plan = plan.project(exprs)?;
        }
        Ok(Carried::new(plan.build()?, keys))
    }

    /// Removes one predicate; the columns that it needs are added to `exprs`.
    fn take(&mut self, part: Expr, exprs: &mut Vec<Expr>) -> Result<()> {
        if let Expr::BinaryExpr(BinaryExpr { left, op: Operator::Eq, right }) = &part {
            for (inner, outer) in [(left, right), (right, left)] {
                if is_inner(inner) && is_outer(outer) {
                    let column = self.column(inner.as_ref().clone(), exprs);
                    let outer = self.bound(outer.as_ref().clone())?;
                    self.keys.push((outer, column));
                    return Ok(());
                }
            }
        }
        let condition = part
            .transform_up(|part| match part {
                Expr::Column(_) => Ok(Transformed::yes(Expr::Column(self.column(part, exprs)))),
                other => Ok(Transformed::no(other)),
            })
            .data()?;
        let condition = self.bound(condition)?;
        self.rest.push(condition);
        Ok(())
    }

    /// The column for an expression.
    fn column(&mut self, expr: Expr, exprs: &mut Vec<Expr>) -> Column {
        let column = Column::new(Some(self.name.clone()), format!("{}_{}", self.name, self.columns.len()));
        exprs.push(expr.alias_qualified(column.relation.clone(), &column.name));
        self.columns.push(column.clone());
        column
    }

    /// An expression over the outer rows.
    fn bound(&self, expr: Expr) -> Result<Expr> {
        expr.transform_up(|part| match part {
            Expr::OuterReferenceColumn(_, column) if self.named.contains(&column) => {
                Ok(Transformed::yes(Expr::Column(column)))
            }
            other => Ok(Transformed::no(other)),
        })
        .data()
    }

    /// Predicates are pulled out of the preserved sides of a join.
    fn join(&mut self, join: &Join) -> Result<Option<Carried>> {
        let on_left = self.is_named_in(&join.left);
        let on_right = self.is_named_in(&join.right);
        let on = join.on.iter().flat_map(|(left, right)| [left, right]).chain(&join.filter);
        let in_condition = on.into_iter().any(|expr| names_any(expr, &self.named));
        let is_possible = match join.join_type {
            JoinType::Inner => join
                .on
                .iter()
                .all(|(left, right)| !names_any(left, &self.named) && !names_any(right, &self.named)),
            JoinType::Left | JoinType::LeftSemi | JoinType::LeftAnti => !on_right && !in_condition,
            JoinType::Right | JoinType::RightSemi | JoinType::RightAnti => !on_left && !in_condition,
            _ => false,
        };
        if !is_possible {
            return Ok(None);
        }
        let (Some(left), Some(right)) = (self.pull(&join.left)?, self.pull(&join.right)?) else {
            return Ok(None);
        };
        let outer = join.filter.clone().filter(|_| in_condition);
        let own = join.filter.clone().filter(|_| !in_condition);
        let joined = Join::try_new(
            left.plan.into(),
            right.plan.into(),
            join.on.clone(),
            own,
            join.join_type,
            join.join_constraint,
            join.null_equality,
            join.null_aware,
        )?;
        let keys = left.keys.into_iter().chain(right.keys).collect();
        let rows = Carried::new(LogicalPlan::Join(joined), keys);
        match outer {
            Some(outer) => self.condition(rows, outer).map(Some),
            None => Ok(Some(rows)),
        }
    }
}

/// Whether a predicate is an equality of an inner and an outer expression.
fn is_equality(part: &Expr) -> bool {
    match part {
        Expr::BinaryExpr(BinaryExpr { left, op: Operator::Eq, right }) => {
            is_inner(left) && is_outer(right) || is_inner(right) && is_outer(left)
        }
        _ => false,
    }
}

/// Whether an expression has no outer columns.
fn is_inner(expr: &Expr) -> bool {
    expr.any_column_refs() && !expr.contains_outer() && !expr.is_volatile()
}

/// Whether an expression has outer columns only.
fn is_outer(expr: &Expr) -> bool {
    !expr.any_column_refs() && expr.contains_outer()
}
