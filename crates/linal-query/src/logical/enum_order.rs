//! Values of enum types in the order of their labels.
//!
//! A value is a text, which DataFusion would compare letter by letter. Where the order counts, it is replaced by the place
//! of the label: in ORDER BY of queries, windows and aggregates, in `<`, `<=`, `>`, `>=` and BETWEEN, and in MIN and MAX.
//! Equality needs no place. The other operand of a comparison is taken as a value of the type, so that a text that is no
//! label is an error.

use crate::tree::{PlanTree, Tree};
use datafusion::common::tree_node::Transformed;
use datafusion::common::{DFSchema, Result};
use datafusion::functions_aggregate::first_last::first_value_udaf;
use datafusion::logical_expr::expr::{AggregateFunction, ScalarFunction, Sort as SortExpr, WindowFunction};
use datafusion::logical_expr::expr_rewriter::NamePreserver;
use datafusion::logical_expr::utils::merge_schema;
use datafusion::logical_expr::{Expr, ExprSchemable, LogicalPlan, Operator};
use linal_dataset::{Error, Limit};

use crate::error::external;
use crate::udf::enums;

/// Replaces values of enum types by their places where their order counts.
pub(super) fn by_place(plan: LogicalPlan) -> Result<LogicalPlan> {
    if !has_enums(&plan)? {
        return Ok(plan);
    }
    Ok(plan.change_plans_up(rewrite)?.data)
}

/// Whether any node has a column of an enum type.
fn has_enums(plan: &LogicalPlan) -> Result<bool> {
    let mut found = false;
    plan.each_plan(|node| {
        found |= node.schema().fields().iter().any(|field| Limit::of_field(field).is_some());
        found |= node.expressions().iter().any(|expr| {
            expr.exists(|part| {
                Ok(matches!(part, Expr::ScalarFunction(call) if call.func.name().contains("enum_cast ")))
            })
            .unwrap_or(false)
        });
        Ok(if found {
            datafusion::common::tree_node::TreeNodeRecursion::Stop
        } else {
            datafusion::common::tree_node::TreeNodeRecursion::Continue
        })
    })?;
    Ok(found)
}

fn rewrite(plan: LogicalPlan) -> Result<Transformed<LogicalPlan>> {
    let schema = merge_schema(&plan.inputs());
    let names = NamePreserver::new(&plan);
    plan.change_expressions(|expr| {
        let name = names.save(&expr);
        Ok(expr.transform_up(|part| compared(part, &schema))?.update_data(|expr| name.restore(expr)))
    })?
    .transform_data(|plan| match plan {
        LogicalPlan::Sort(mut sort) => {
            let schema = sort.input.schema().clone();
            let changed =
                sort.expr.iter_mut().map(|key| ordered(key, &schema)).fold(false, |all, one| all | one);
            let sort = LogicalPlan::Sort(sort);
            Ok(if changed { Transformed::yes(sort) } else { Transformed::no(sort) })
        }
        other => Ok(Transformed::no(other)),
    })
}

/// The type of an expression, if it is an enum.
fn enum_of(expr: &Expr, schema: &DFSchema) -> Option<Limit> {
    let (_, field) = expr.to_field(schema).ok()?;
    Limit::of_field(&field)
}

fn is_code(expr: &Expr) -> bool {
    matches!(expr, Expr::ScalarFunction(call) if call.func.name().starts_with("__enum_code"))
}

fn code(expr: Expr, limit: &Limit) -> Expr {
    Expr::ScalarFunction(ScalarFunction::new_udf(enums::code_of(limit), vec![expr]))
}

/// Orders by the place of a label; returns whether it is one.
fn ordered(key: &mut SortExpr, schema: &DFSchema) -> bool {
    let Some(limit) = enum_of(&key.expr, schema) else { return false };
    key.expr = code(std::mem::take(&mut key.expr), &limit);
    true
}

fn compared(expr: Expr, schema: &DFSchema) -> Result<Transformed<Expr>> {
    match expr {
        Expr::BinaryExpr(mut compare)
            if matches!(compare.op, Operator::Lt | Operator::LtEq | Operator::Gt | Operator::GtEq) =>
        {
            let limit = enum_of(&compare.left, schema).or_else(|| enum_of(&compare.right, schema));
            let Some(limit) = limit.filter(|_| !is_code(&compare.left)) else {
                return Ok(Transformed::no(Expr::BinaryExpr(compare)));
            };
            for side in [&mut compare.left, &mut compare.right] {
                **side = code(std::mem::take(&mut **side), &limit);
            }
            Ok(Transformed::yes(Expr::BinaryExpr(compare)))
        }
        Expr::Between(mut between) => {
            let limit = [&between.expr, &between.low, &between.high]
                .into_iter()
                .find_map(|part| enum_of(part, schema));
            let Some(limit) = limit.filter(|_| !is_code(&between.expr)) else {
                return Ok(Transformed::no(Expr::Between(between)));
            };
            for part in [&mut between.expr, &mut between.low, &mut between.high] {
                **part = code(std::mem::take(&mut **part), &limit);
            }
            Ok(Transformed::yes(Expr::Between(between)))
        }
        Expr::AggregateFunction(mut call) => {
            let mut changed = false;
            for key in &mut call.params.order_by {
                changed |= ordered(key, schema);
            }
            let call = extreme(call, schema);
            Ok(if changed || call.1 { Transformed::yes(call.0) } else { Transformed::no(call.0) })
        }
        Expr::WindowFunction(mut call) => {
            let window: &mut WindowFunction = &mut call;
            let is_extreme = ["min", "max"].iter().any(|name| window.fun.name().eq_ignore_ascii_case(name));
            if is_extreme && window.params.args.first().is_some_and(|value| enum_of(value, schema).is_some())
            {
                let error = Error::not_yet("MIN and MAX of an enum type as a window function");
                return Err(external(error.with_help("ENUM_CODE(x) gives the place of a value")));
            }
            let mut changed = false;
            for key in &mut window.params.order_by {
                changed |= ordered(key, schema);
            }
            let expr = Expr::WindowFunction(call);
            Ok(if changed { Transformed::yes(expr) } else { Transformed::no(expr) })
        }
        other => Ok(Transformed::no(other)),
    }
}

/// `MIN(x)` is the first label by its place. As an aggregate it stays one, which a call around it would not.
fn extreme(mut call: AggregateFunction, schema: &DFSchema) -> (Expr, bool) {
    let is_max = call.func.name().eq_ignore_ascii_case("max");
    let is_extreme = is_max || call.func.name().eq_ignore_ascii_case("min");
    let limit = call.params.args.first().filter(|_| is_extreme).and_then(|value| enum_of(value, schema));
    let (Some(limit), Some(value)) = (limit, call.params.args.first().cloned()) else {
        return (Expr::AggregateFunction(call), false);
    };
    call.func = first_value_udaf();
    call.params.distinct = false;
    // Rows without a value come last.
    call.params.order_by = vec![SortExpr::new(code(value, &limit), !is_max, false)];
    (Expr::AggregateFunction(call), true)
}
