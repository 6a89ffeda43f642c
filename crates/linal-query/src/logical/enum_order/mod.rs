//! Values of enum types in the order of their labels.
//!
//! A value is a text, which DataFusion would compare letter by letter. Where the order counts, it is replaced by the
//! place of the label: in ORDER BY, DISTINCT ON and windows, in comparisons ([`comparison`]), in functions that compare
//! values or sort lists ([`function`]), and in aggregates ([`aggregate`]). Equality needs no place, and a [`union`]
//! with other texts has none.
//!
//! The type is a mark of a field. Expressions whose values are of the type and that DataFusion gives no mark, such as CASE,
//! get it, and a cast to another type loses it.

mod aggregate;
mod comparison;
mod function;
mod union;

use crate::tree::{PlanTree, Tree};
use datafusion::common::tree_node::{Transformed, TreeNodeRecursion};
use datafusion::common::{DFSchema, Result};
use datafusion::logical_expr::expr::{ScalarFunction, Sort as SortExpr};
use datafusion::logical_expr::expr_rewriter::NamePreserver;
use datafusion::logical_expr::utils::merge_schema;
use datafusion::logical_expr::{Distinct, Expr, ExprSchemable, LogicalPlan};
use linal_dataset::Limit;

use super::nullable::with_current_schema;
use crate::udf::enums::{ENUM_CAST, TRY_ENUM_CAST};
use crate::udf::{EnumStep, enums};

/// Replaces values of enum types by their places where their order counts.
pub(super) fn by_place(plan: LogicalPlan) -> Result<LogicalPlan> {
    if !has_enums(&plan)? {
        return Ok(plan);
    }
    Ok(from_inside(plan, &mut false)?.data)
}

/// Whether any node has a column of an enum type.
fn has_enums(plan: &LogicalPlan) -> Result<bool> {
    let mut found = false;
    plan.each_plan(|node| {
        found |= node.schema().fields().iter().any(|field| Limit::of_field(field).is_some());
        if !found {
            node.each_expression(|expr| {
                found |= expr.exists(|part| Ok(is_cast(part)))?;
                Ok(if found { TreeNodeRecursion::Stop } else { TreeNodeRecursion::Continue })
            })?;
        }
        Ok(if found { TreeNodeRecursion::Stop } else { TreeNodeRecursion::Continue })
    })?;
    Ok(found)
}

/// Whether an expression is a cast to an enum type.
fn is_cast(expr: &Expr) -> bool {
    let Expr::ScalarFunction(call) = expr else { return false };
    let name = call.func.name();
    name.starts_with(ENUM_CAST) || name.starts_with(TRY_ENUM_CAST)
}

/// Rewrites a plan bottom-up, so that each node sees the types that its inputs have got.
fn from_inside(plan: LogicalPlan, retyped: &mut bool) -> Result<Transformed<LogicalPlan>> {
    plan.transform_up(|node| {
        let node = node.map_subqueries(|subquery| match subquery {
            LogicalPlan::Subquery(subquery) => {
                let inner = from_inside(subquery.subquery.as_ref().clone(), retyped)?;
                Ok(inner.update_data(|plan| LogicalPlan::Subquery(subquery.with_plan(plan.into()))))
            }
            other => Ok(Transformed::no(other)),
        })?;
        let node = node.transform_data(|node| rewrite(node, retyped))?;
        if *retyped { node.map_data(with_current_schema) } else { Ok(node) }
    })
}

fn rewrite(plan: LogicalPlan, retyped: &mut bool) -> Result<Transformed<LogicalPlan>> {
    let schema = merge_schema(&plan.inputs());
    let names = NamePreserver::new(&plan);
    plan.change_expressions(|expr| {
        let name = names.save(&expr);
        let expr = expr.transform_up(|part| ordered_part(part, &schema, retyped))?;
        Ok(expr.update_data(|expr| name.restore(expr)))
    })?
    .transform_data(|plan| match plan {
        LogicalPlan::Sort(mut sort) => {
            let schema = sort.input.schema().clone();
            let changed = all_ordered(&mut sort.expr, &schema);
            let sort = LogicalPlan::Sort(sort);
            Ok(if changed { Transformed::yes(sort) } else { Transformed::no(sort) })
        }
        LogicalPlan::Distinct(Distinct::On(mut distinct)) => {
            let schema = distinct.input.schema().clone();
            let mut changed = false;
            let keys = distinct.sort_expr.as_deref_mut().unwrap_or_default();
            for (at, key) in keys.iter_mut().enumerate() {
                // The first keys are those of ON.
                if let Some(on) = distinct.on_expr.get_mut(at)
                    && let Some(limit) = enum_of(on, &schema)
                {
                    *on = place(std::mem::take(on), &limit);
                }
                changed |= ordered(key, &schema);
            }
            let distinct = LogicalPlan::Distinct(Distinct::On(distinct));
            Ok(if changed { Transformed::yes(distinct) } else { Transformed::no(distinct) })
        }
        LogicalPlan::Union(union) => {
            let changed = union::without_mixed_marks(union)?;
            *retyped |= changed.transformed;
            Ok(changed)
        }
        other => Ok(Transformed::no(other)),
    })
}

fn ordered_part(expr: Expr, schema: &DFSchema, retyped: &mut bool) -> Result<Transformed<Expr>> {
    match expr {
        Expr::BinaryExpr(_) | Expr::Between(_) | Expr::SetComparison(_) => comparison::by_place(expr, schema),
        Expr::AggregateFunction(call) => aggregate::by_place(call, schema, retyped),
        Expr::WindowFunction(call) => aggregate::window_by_place(*call, schema, retyped),
        Expr::Case(_)
        | Expr::Cast(_)
        | Expr::TryCast(_)
        | Expr::ScalarFunction(_)
        | Expr::HigherOrderFunction(_) => {
            let changed = function::by_place(expr, schema)?;
            *retyped |= changed.transformed;
            Ok(changed)
        }
        other => Ok(Transformed::no(other)),
    }
}

/// The type of an expression, if it is an enum.
fn enum_of(expr: &Expr, schema: &DFSchema) -> Option<Limit> {
    let (_, field) = expr.to_field(schema).ok()?;
    Limit::of_field(&field)
}

/// The type of the elements of a list, if it is an enum.
fn enum_of_elements(expr: &Expr, schema: &DFSchema) -> Option<Limit> {
    let (_, field) = expr.to_field(schema).ok()?;
    Limit::of_elements(&field)
}

/// The enum type that all these values have, of which some may be NULL.
fn common<'e>(values: impl Iterator<Item = &'e Expr>, schema: &DFSchema) -> Option<Limit> {
    let mut found: Option<Limit> = None;
    for value in values.filter(|value| !is_null(value)) {
        let limit = enum_of(value, schema)?;
        if found.get_or_insert_with(|| limit.clone()) != &limit {
            return None;
        }
    }
    found
}

fn is_null(expr: &Expr) -> bool {
    match expr {
        Expr::Alias(alias) => is_null(&alias.expr),
        Expr::Cast(cast) => is_null(&cast.expr),
        Expr::Literal(value, _) => value.is_null(),
        _ => false,
    }
}

/// The place of a label. A text that is none is an error.
fn place(expr: Expr, limit: &Limit) -> Expr {
    Expr::ScalarFunction(ScalarFunction::new_udf(enums::code_of(limit), vec![expr]))
}

fn step(step: EnumStep, expr: Expr) -> Expr {
    Expr::ScalarFunction(ScalarFunction::new_udf(step.function(), vec![expr]))
}

/// Orders by the place of a label; returns whether it is one.
fn ordered(key: &mut SortExpr, schema: &DFSchema) -> bool {
    if let Some(limit) = enum_of(&key.expr, schema) {
        key.expr = place(std::mem::take(&mut key.expr), &limit);
    } else if let Some(limit) = enum_of_elements(&key.expr, schema) {
        key.expr = step(EnumStep::Places(limit), std::mem::take(&mut key.expr));
    } else {
        return false;
    }
    true
}

fn all_ordered(keys: &mut [SortExpr], schema: &DFSchema) -> bool {
    keys.iter_mut().map(|key| ordered(key, schema)).fold(false, |all, one| all | one)
}
