//! Guards: `y <> 0 AND 6 DIV y > 3` is true or false for every `y`, since the right side is not evaluated for
//! rows that the left side rejects. A branch of a CASE and a filter of a subquery guard in the same way.
//!
//! DataFusion evaluates both sides of AND and OR for a whole batch unless at most one row in five is left,
//! puts cheap predicates first, and pushes each predicate of a filter down as far as its columns allow:
//! `SELECT * FROM t WHERE y <> 0 AND 6 % y > 3` fails in DataFusion 55 for a `t` in which some `y` are 0.
//! Therefore
//!
//! - [`Glue`] adds guards to a predicate where it would be pushed down without them, below a join, a group or
//!   a window;
//! - [`guard`] makes a CASE of each AND and OR with an operand that may fail, once the plan is optimized.

use std::collections::HashSet;

use crate::tree::{PlanTree, Tree};
use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::{Transformed, TransformedResult, TreeNodeRecursion};
use datafusion::common::{Column, DFSchema, Result};
use datafusion::logical_expr::expr::Case;
use datafusion::logical_expr::expr_rewriter::NamePreserver;
use datafusion::logical_expr::utils::{conjunction, merge_schema, split_conjunction_owned};
use datafusion::logical_expr::{
    BinaryExpr, Expr, ExprSchemable, Filter, JoinType, LogicalPlan, Operator, lit,
};
use datafusion::optimizer::AnalyzerRule;

use super::fallible;
use super::fallible::Fallible;

/// Keeps predicates that may fail behind their guards, wherever the optimizer moves them.
#[derive(Debug)]
pub(super) struct Glue;

impl AnalyzerRule for Glue {
    fn name(&self) -> &str {
        "glue_guards"
    }

    fn analyze(&self, plan: LogicalPlan, _: &ConfigOptions) -> Result<LogicalPlan> {
        plan.change_plans_up(glued).data()
    }
}

fn glued(node: LogicalPlan) -> Result<Transformed<LogicalPlan>> {
    match node {
        LogicalPlan::Filter(filter) if parts_conditions(&filter.input) => {
            let schema = filter.input.schema().clone();
            let around = join_conditions(&filter.input);
            Ok(match glued_condition(&filter.predicate, around, &schema)? {
                Some(predicate) => {
                    Transformed::yes(LogicalPlan::Filter(Filter::new(predicate, filter.input)))
                }
                None => Transformed::no(LogicalPlan::Filter(filter)),
            })
        }
        LogicalPlan::Join(mut join) => {
            let schema = merge_schema(&[&join.left, &join.right]);
            let keys = join.on.iter().map(|(left, right)| left.clone().eq(right.clone())).collect();
            let predicate = match &join.filter {
                Some(filter) => glued_condition(filter, keys, &schema)?,
                None => None,
            };
            Ok(match predicate {
                Some(predicate) => {
                    join.filter = Some(predicate);
                    Transformed::yes(LogicalPlan::Join(join))
                }
                None => Transformed::no(LogicalPlan::Join(join)),
            })
        }
        node @ (LogicalPlan::Aggregate(_) | LogicalPlan::Window(_)) => {
            let schema = schema_of(&node);
            let names = NamePreserver::new(&node);
            node.change_expressions(|expr| {
                let name = names.save(&expr);
                Ok(expr.transform_up(|part| filtered(part, &schema))?.update_data(|expr| name.restore(expr)))
            })
        }
        other => Ok(Transformed::no(other)),
    }
}

/// An aggregate with a FILTER, whose arguments are evaluated only for the rows that pass it.
fn filtered(mut expr: Expr, schema: &DFSchema) -> Result<Transformed<Expr>> {
    let (args, filter) = match &mut expr {
        Expr::AggregateFunction(call) => (&mut call.params.args, call.params.filter.as_deref()),
        Expr::WindowFunction(call) => (&mut call.params.args, call.params.filter.as_deref()),
        _ => return Ok(Transformed::no(expr)),
    };
    let Some(filter) = filter.cloned() else { return Ok(Transformed::no(expr)) };
    let mut changed = false;
    for arg in args {
        if fallible::of(arg, schema)? != Fallible::Never {
            let own = std::mem::take(arg);
            *arg = Expr::Case(Case::new(None, vec![(Box::new(filter.clone()), Box::new(own))], None));
            changed = true;
        }
    }
    Ok(Transformed::new_transformed(expr, changed))
}

/// Whether the operator below a filter lets some of its predicates through and not others.
fn parts_conditions(plan: &LogicalPlan) -> bool {
    match plan {
        LogicalPlan::Join(_)
        | LogicalPlan::Window(_)
        | LogicalPlan::Aggregate(_)
        | LogicalPlan::Unnest(_) => true,
        LogicalPlan::Projection(_)
        | LogicalPlan::SubqueryAlias(_)
        | LogicalPlan::Filter(_)
        | LogicalPlan::Sort(_)
        | LogicalPlan::Distinct(_) => plan.inputs().into_iter().any(parts_conditions),
        _ => false,
    }
}

/// The conditions of the inner joins below a filter, which reject rows before it.
fn join_conditions(plan: &LogicalPlan) -> Vec<Expr> {
    match plan {
        LogicalPlan::Join(join) if join.join_type == JoinType::Inner => {
            let keys = join.on.iter().map(|(left, right)| left.clone().eq(right.clone()));
            let filter = join.filter.clone().map_or_else(Vec::new, split_conjunction_owned);
            let below = [&join.left, &join.right].into_iter().flat_map(|side| join_conditions(side));
            keys.chain(filter).chain(below).collect()
        }
        _ => Vec::new(),
    }
}

/// A predicate in which each part that may fail for common values contains its guards; `None` if no part
/// needs them.
fn glued_condition(predicate: &Expr, around: Vec<Expr>, schema: &DFSchema) -> Result<Option<Expr>> {
    let parts = split_conjunction_owned(predicate.clone());
    let mut guards = Vec::new();
    for guard in around {
        if fallible::of(&guard, schema)? != Fallible::Value && !has_subquery(&guard) {
            guards.push(guard);
        }
    }
    let mut risky = Vec::new();
    for part in &parts {
        let is_risky = fallible::of(part, schema)? == Fallible::Value;
        risky.push(is_risky);
        if !is_risky && !part.is_volatile() && !has_subquery(part) {
            guards.push(part.clone());
        }
    }
    if !risky.contains(&true) {
        return Ok(None);
    }
    let mut changed = false;
    let glued: Vec<Expr> = parts
        .into_iter()
        .zip(risky)
        .map(|(part, is_risky)| {
            let own = if is_risky { others(&guards, &part) } else { Vec::new() };
            match conjunction(own) {
                Some(guard) => {
                    changed = true;
                    kept_together(guard, part)
                }
                None => part,
            }
        })
        .collect();
    Ok(conjunction(glued).filter(|_| changed))
}

/// The guards with a column that a part does not have; the others are pushed down along with the part.
fn others(guards: &[Expr], part: &Expr) -> Vec<Expr> {
    let columns = columns(part);
    guards.iter().filter(|guard| !self::columns(guard).is_subset(&columns)).cloned().collect()
}

fn columns(expr: &Expr) -> HashSet<Column> {
    expr.column_refs().into_iter().cloned().collect()
}

fn has_subquery(expr: &Expr) -> bool {
    let is_subquery = |part: &Expr| {
        Ok(matches!(
            part,
            Expr::ScalarSubquery(_)
                | Expr::Exists(_)
                | Expr::InSubquery(_)
                | Expr::SetComparison(_)
                | Expr::OuterReferenceColumn(..)
        ))
    };
    // The closure never fails.
    expr.exists(is_subquery).unwrap_or(true)
}

/// `guard AND part` as a single predicate: DataFusion would simplify a CASE with fewer branches to an AND.
fn kept_together(guard: Expr, part: Expr) -> Expr {
    let nothing = || Box::new(lit(false));
    Expr::Case(Case::new(
        None,
        vec![
            (Box::new(guard.clone().is_false()), nothing()),
            (Box::new(guard.clone().is_null()), nothing()),
            (Box::new(guard), Box::new(part)),
        ],
        Some(nothing()),
    ))
}

/// Evaluates each operand of AND and OR that may fail after the others.
///
/// # Errors Errors of DataFusion's traversal; it has none of its own.
pub(crate) fn guard(plan: LogicalPlan) -> Result<LogicalPlan> {
    let mut found = false;
    plan.each_plan(|node| {
        let schema = schema_of(node);
        node.each_expression(|expr| {
            found = found || needs_guard(expr, &schema)?;
            Ok(TreeNodeRecursion::Continue)
        })?;
        Ok(if found { TreeNodeRecursion::Stop } else { TreeNodeRecursion::Continue })
    })?;
    // Most plans have no such operand and are returned unchanged.
    if !found {
        return Ok(plan);
    }
    plan.change_plans_down(guarded).data()
}

fn schema_of(node: &LogicalPlan) -> DFSchema {
    merge_schema(&node.inputs())
}

/// Whether an expression has an AND or OR with an operand that may fail.
fn needs_guard(expr: &Expr, schema: &DFSchema) -> Result<bool> {
    expr.exists(|part| match part {
        Expr::BinaryExpr(BinaryExpr { left, op: Operator::And | Operator::Or, right }) => {
            Ok(fallible::of(right, schema)? != Fallible::Never
                || fallible::of(left, schema)? != Fallible::Never)
        }
        _ => Ok(false),
    })
}

fn guarded(node: LogicalPlan) -> Result<Transformed<LogicalPlan>> {
    let schema = schema_of(&node);
    match node {
        LogicalPlan::Filter(mut filter) => {
            filter.predicate = condition(filter.predicate, &schema)?;
            Ok(Transformed::yes(LogicalPlan::Filter(filter)))
        }
        LogicalPlan::Join(mut join) => {
            join.filter = join.filter.map(|filter| condition(filter, &schema)).transpose()?;
            Ok(Transformed::yes(LogicalPlan::Join(join)))
        }
        node => {
            let names = NamePreserver::new(&node);
            node.change_expressions(|expr| {
                if !needs_guard(&expr, &schema)? {
                    return Ok(Transformed::no(expr));
                }
                let name = names.save(&expr);
                Ok(value(expr, &schema)?.update_data(|expr| name.restore(expr)))
            })
        }
    }
}

/// Guards a predicate of which only true rows count.
fn condition(predicate: Expr, schema: &DFSchema) -> Result<Expr> {
    let (safe, risky) = parted(split_conjunction_owned(predicate), schema)?;
    let mut operands: Vec<Expr> = conjunction(safe).into_iter().collect();
    for part in risky {
        operands.push(value(part, schema)?.data);
    }
    let Some(last) = operands.pop() else { return Ok(lit(true)) };
    Ok(case(operands.into_iter().map(|operand| (operand.is_not_true(), lit(false))), last))
}

/// The operands that never fail, and the others, both in order.
fn parted(operands: Vec<Expr>, schema: &DFSchema) -> Result<(Vec<Expr>, Vec<Expr>)> {
    let (mut safe, mut risky) = (Vec::new(), Vec::new());
    for operand in operands {
        match fallible::of(&operand, schema)? {
            Fallible::Never => safe.push(operand),
            Fallible::Overflow | Fallible::Value => risky.push(operand),
        }
    }
    Ok((safe, risky))
}

/// An expression whose ANDs and ORs evaluate an operand that may fail only for rows that the others do not
/// decide.
fn value(expr: Expr, schema: &DFSchema) -> Result<Transformed<Expr>> {
    expr.transform_down(|part| match &part {
        Expr::BinaryExpr(BinaryExpr { op: op @ (Operator::And | Operator::Or), .. })
            if needs_guard(&part, schema)? =>
        {
            let op = *op;
            let mut operands = Vec::new();
            split(part, op, &mut operands);
            let (safe, risky) = parted(operands, schema)?;
            let mut operands: Vec<Expr> =
                safe.into_iter().reduce(|left, right| binary(left, op, right)).into_iter().collect();
            for operand in risky {
                operands.push(value(operand, schema)?.data);
            }
            let whole = one_by_one(operands, op, schema);
            Ok(Transformed::new(whole, true, TreeNodeRecursion::Jump))
        }
        _ => Ok(Transformed::no(part)),
    })
}

/// A chain of AND or OR whose operands are evaluated in their order, each only for rows that the ones before do
/// not decide. It is a single CASE: nested ones would double with each operand.
fn one_by_one(mut operands: Vec<Expr>, op: Operator, schema: &DFSchema) -> Expr {
    let all = operands.clone().into_iter().reduce(|left, right| binary(left, op, right));
    let (Some(all), Some(last)) = (all, operands.pop()) else { return lit(true) };
    let is_nullable = operands.iter().any(|operand| operand.nullable(schema).unwrap_or(true));
    let decided = |operand: Expr| match op {
        Operator::And => (operand.is_false(), lit(false)),
        _ => (operand, lit(true)),
    };
    // A NULL operand makes an undecided chain NULL. Those before the last were evaluated for these rows already.
    case(operands.into_iter().map(decided), if is_nullable { all } else { last })
}

/// The operands of a chain of one operator.
fn split(expr: Expr, op: Operator, operands: &mut Vec<Expr>) {
    match expr {
        Expr::BinaryExpr(BinaryExpr { left, op: own, right }) if own == op => {
            split(*left, op, operands);
            split(*right, op, operands);
        }
        other => operands.push(other),
    }
}

fn binary(left: Expr, op: Operator, right: Expr) -> Expr {
    Expr::BinaryExpr(BinaryExpr::new(Box::new(left), op, Box::new(right)))
}

fn case(branches: impl Iterator<Item = (Expr, Expr)>, otherwise: Expr) -> Expr {
    let branches: Vec<_> = branches.map(|(when, then)| (Box::new(when), Box::new(then))).collect();
    if branches.is_empty() {
        return otherwise;
    }
    Expr::Case(Case::new(None, branches, Some(Box::new(otherwise))))
}
