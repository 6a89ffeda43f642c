//! Calls of volatile functions, such as RANDOM() and UUID(), are evaluated once per row of the operator that
//! contains them.
//!
//! DataFusion copies the operand of BETWEEN, IN and COALESCE, so that `RANDOM() BETWEEN 0.4 AND 0.6` compares
//! two numbers, and pushes a predicate without columns below an aggregate:
//! `SELECT COUNT(*) FROM t HAVING RANDOM() > 1000` returns a row with 0. Here each call becomes a column of a
//! projection below its operator: a column may be copied, and a predicate on it is not pushed down. A call that several
//! items use by its alias is one column ([`ONCE`]).

use std::collections::HashMap;
use std::sync::Arc;

use crate::tree::{PlanTree, Tree};
use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::{Transformed, TransformedResult, TreeNodeRecursion};
use datafusion::common::{Column, JoinType, Result};
use datafusion::logical_expr::expr_rewriter::NamePreserver;
use datafusion::logical_expr::utils::{conjunction, split_conjunction_owned};
use datafusion::logical_expr::{
    Expr, Filter, Join, LogicalPlan, LogicalPlanBuilder, Operator, Projection, binary_expr,
};
use datafusion::optimizer::AnalyzerRule;

use super::decorrelate::{Aliases, by_pairs};
use crate::udf::ONCE;

/// Gives each call of a volatile function a column of its own.
#[derive(Debug)]
pub(super) struct VolatileCalls;

impl AnalyzerRule for VolatileCalls {
    fn analyze(&self, plan: LogicalPlan, _: &ConfigOptions) -> Result<LogicalPlan> {
        let mut found = false;
        plan.each_plan(|node| {
            found |= calls_volatile(node)?;
            Ok(if found { TreeNodeRecursion::Stop } else { TreeNodeRecursion::Continue })
        })?;
        if !found {
            return Ok(plan);
        }
        let aliases = Aliases::of("__pairs");
        let mut calls = Calls { made: 0, aliases: &aliases, once: HashMap::new() };
        plan.change_plans_up(|node| calls.rewrite(node)).data()
    }

    fn name(&self) -> &str {
        "volatile_calls"
    }
}

/// Whether an operator itself calls a volatile function.
fn calls_volatile(plan: &LogicalPlan) -> Result<bool> {
    let mut found = false;
    plan.each_expression(|expr| {
        found |= expr.exists(|part| Ok(is_call(part)))?;
        Ok(if found { TreeNodeRecursion::Stop } else { TreeNodeRecursion::Continue })
    })?;
    Ok(found)
}

/// Whether an expression is a volatile call. Aggregates and window functions are not evaluated per row.
fn is_call(expr: &Expr) -> bool {
    matches!(expr, Expr::ScalarFunction(_)) && expr.is_volatile_node()
}

struct Calls<'a> {
    /// The number of columns made so far, for names that are unique in the plan.
    made: usize,
    aliases: &'a Aliases,
    /// The columns of the current operator for calls that are computed once, by the name of the function.
    once: HashMap<String, String>,
}

impl Calls<'_> {
    fn rewrite(&mut self, plan: LogicalPlan) -> Result<Transformed<LogicalPlan>> {
        if !calls_volatile(&plan)? || is_plain(&plan) {
            return Ok(Transformed::no(plan));
        }
        let plan = match plan {
            LogicalPlan::Join(join) if join.join_type == JoinType::Inner => match filtered(join)? {
                LogicalPlan::Filter(filter) => LogicalPlan::Filter(filter),
                other => return Ok(Transformed::yes(other)),
            },
            LogicalPlan::Join(join) => return self.by_pairs(&join).map(Transformed::yes),
            other => other,
        };
        let is_known = matches!(
            plan,
            LogicalPlan::Projection(_)
                | LogicalPlan::Filter(_)
                | LogicalPlan::Sort(_)
                | LogicalPlan::Window(_)
                | LogicalPlan::Aggregate(_)
        );
        let inputs = plan.inputs();
        let [input] = inputs.as_slice() else { return Ok(Transformed::no(plan)) };
        if !is_known {
            return Ok(Transformed::no(plan));
        }
        let passes_columns =
            matches!(plan, LogicalPlan::Filter(_) | LogicalPlan::Sort(_) | LogicalPlan::Window(_));
        let columns: Vec<Expr> = plan.schema().columns().into_iter().map(Expr::Column).collect();
        let mut below: Vec<Expr> = input.schema().columns().into_iter().map(Expr::Column).collect();
        let input = Arc::new((*input).clone());
        self.once.clear();
        let names = NamePreserver::new(&plan);
        let exprs = plan
            .expressions()
            .into_iter()
            .map(|expr| {
                let name = names.save(&expr);
                Ok(name.restore(self.columns_of(expr, &mut below)?))
            })
            .collect::<Result<Vec<_>>>()?;
        let input = LogicalPlan::Projection(Projection::try_new(below, input)?);
        let replaced = plan.with_new_exprs(exprs, vec![input])?;
        Ok(Transformed::yes(if passes_columns {
            LogicalPlanBuilder::from(replaced).project(columns)?.build()?
        } else {
            replaced
        }))
    }

    /// An outer, semi or anti join, whose condition is evaluated for each pair of rows. A filter above the
    /// join would drop unmatched rows, and DataFusion evaluates a condition on columns of one side once per
    /// row of that side.
    fn by_pairs(&mut self, join: &Join) -> Result<LogicalPlan> {
        let columns: Vec<Expr> = join.schema.columns().into_iter().map(Expr::Column).collect();
        let joined = by_pairs(join, self.aliases, |filter| self.rewrite(LogicalPlan::Filter(filter)).data())?;
        LogicalPlanBuilder::from(joined).project(columns)?.build()
    }

    /// An expression with columns in place of its volatile calls, which are added to `below`.
    fn columns_of(&mut self, expr: Expr, below: &mut Vec<Expr>) -> Result<Expr> {
        expr.transform_down(|part| {
            let once = once_name(&part);
            if let Some(known) = once.as_ref().and_then(|name| self.once.get(name)) {
                let column = Expr::Column(Column::new_unqualified(known));
                return Ok(Transformed::new(column, true, TreeNodeRecursion::Jump));
            }
            if once.is_none() && !is_call(&part) {
                return Ok(Transformed::no(part));
            }
            let name = format!("__volatile_{}", self.made);
            self.made += 1;
            if let Some(once) = once {
                self.once.insert(once, name.clone());
            }
            below.push(part.alias(&name));
            let column = Expr::Column(Column::new_unqualified(name));
            Ok(Transformed::new(column, true, TreeNodeRecursion::Jump))
        })
        .data()
    }
}

/// The function of a call that is computed once for all of its uses.
fn once_name(expr: &Expr) -> Option<String> {
    match expr {
        Expr::ScalarFunction(call) if call.name().starts_with(ONCE) => Some(call.name().to_string()),
        _ => None,
    }
}

/// Whether each volatile expression of a projection is just the call.
fn is_plain(plan: &LogicalPlan) -> bool {
    let LogicalPlan::Projection(projection) = plan else { return false };
    projection.expr.iter().all(|item| match item {
        Expr::Alias(alias) => is_call(&alias.expr) || !alias.expr.is_volatile(),
        other => is_call(other) || !other.is_volatile(),
    })
}

/// An inner join with its volatile conditions in a filter above it, where they are evaluated for each pair of
/// rows.
fn filtered(mut join: Join) -> Result<LogicalPlan> {
    let parts = join.filter.take().map(split_conjunction_owned).unwrap_or_default();
    let (mut later, here): (Vec<Expr>, Vec<Expr>) = parts.into_iter().partition(Expr::is_volatile);
    join.filter = conjunction(here);
    let (keys, on): (Vec<_>, Vec<_>) =
        join.on.into_iter().partition(|(left, right)| left.is_volatile() || right.is_volatile());
    join.on = on;
    later.extend(keys.into_iter().map(|(left, right)| binary_expr(left, Operator::Eq, right)));
    let joined = LogicalPlan::Join(join);
    Ok(match conjunction(later) {
        Some(later) => LogicalPlan::Filter(Filter::try_new(later, joined.into())?),
        None => joined,
    })
}
