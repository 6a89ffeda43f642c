//! Floating-point numbers as keys: 0 and -0 are one key, and so is every NaN.
//!
//! DataFusion compares the bits. Comparisons are told apart while they are planned ([`crate::relational`]'s
//! operators); this rule does the same for ORDER BY, GROUP BY, DISTINCT, UNION, joins by column, windows, and for the
//! functions and forms that compare inside: IN, CASE x WHEN, IS DISTINCT FROM, BETWEEN, NULLIF, GREATEST, LEAST, MIN,
//! MAX and DISTINCT aggregates.

use std::sync::Arc;

use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::common::{Column, DFSchema, Result, ScalarValue};
use datafusion::logical_expr::expr::{InList, InSubquery, ScalarFunction};
use datafusion::logical_expr::expr_rewriter::NamePreserver;
use datafusion::logical_expr::utils::merge_schema;
use datafusion::logical_expr::{
    Aggregate, Distinct, Expr, ExprSchemable, LogicalPlan, LogicalPlanBuilder, Operator, Projection, Sort,
    lit,
};
use datafusion::optimizer::AnalyzerRule;

use super::super::functions;

/// Wraps float keys.
#[derive(Debug)]
pub(super) struct FloatKeys;

/// A number as the key that it is.
pub(in crate::relational) fn key(expr: Expr) -> Expr {
    Expr::ScalarFunction(ScalarFunction::new_udf(functions::key(), vec![expr]))
}

/// An expression as a key, when it is a float of a schema and none already.
pub(super) fn keyed(expr: Expr, schema: &DFSchema) -> Result<Expr> {
    let is_key = matches!(&expr, Expr::ScalarFunction(call) if call.func.name() == "__key");
    let is_plain = match &expr {
        Expr::Literal(ScalarValue::Float64(Some(x)), _) => !x.is_nan() && *x != 0.0,
        Expr::Literal(ScalarValue::Float32(Some(x)), _) => !x.is_nan() && *x != 0.0,
        _ => false,
    };
    Ok(match !is_key && !is_plain && expr.get_type(schema).is_ok_and(|kind| kind.is_floating()) {
        true => key(expr),
        false => expr,
    })
}

impl AnalyzerRule for FloatKeys {
    fn analyze(&self, plan: LogicalPlan, _: &ConfigOptions) -> Result<LogicalPlan> {
        Ok(plan.transform_up_with_subqueries(rewrite)?.data)
    }

    fn name(&self) -> &str {
        "float_keys"
    }
}

fn rewrite(plan: LogicalPlan) -> Result<Transformed<LogicalPlan>> {
    expressions(plan)?.transform_data(|plan| match plan {
        LogicalPlan::Aggregate(aggregate) => groups(aggregate),
        LogicalPlan::Sort(sort) => order(sort),
        LogicalPlan::Distinct(Distinct::All(input)) => rows(&input),
        LogicalPlan::Join(mut join) => {
            for (left, right) in &mut join.on {
                *left = keyed(std::mem::take(left), join.left.schema())?;
                *right = keyed(std::mem::take(right), join.right.schema())?;
            }
            Ok(Transformed::yes(LogicalPlan::Join(join)))
        }
        other => Ok(Transformed::no(other)),
    })
}

/// Expressions that compare floats inside.
fn expressions(plan: LogicalPlan) -> Result<Transformed<LogicalPlan>> {
    let schema = merge_schema(&plan.inputs());
    let names = NamePreserver::new(&plan);
    plan.map_expressions(|expr| {
        let name = names.save(&expr);
        Ok(expr.transform_up(|part| comparison(part, &schema))?.update_data(|expr| name.restore(expr)))
    })
}

fn comparison(expr: Expr, schema: &DFSchema) -> Result<Transformed<Expr>> {
    let one = |expr: &mut Expr| -> Result<()> {
        *expr = keyed(std::mem::take(expr), schema)?;
        Ok(())
    };
    let mut expr = expr;
    match &mut expr {
        Expr::InList(list) => {
            one(&mut list.expr)?;
            list.list.iter_mut().try_for_each(one)?;
            // DataFusion tries items over no rows to find out which are constant, and takes a CASE that gives nothing there for
            // one.
            if list.list.iter().any(|item| item.any_column_refs() || item.contains_outer()) {
                return Ok(one_by_one(std::mem::take(&mut expr)));
            }
        }
        Expr::Between(between) => {
            [&mut between.expr, &mut between.low, &mut between.high].into_iter().try_for_each(|e| one(e))?;
        }
        Expr::BinaryExpr(compare)
            if matches!(compare.op, Operator::IsDistinctFrom | Operator::IsNotDistinctFrom) =>
        {
            one(&mut compare.left)?;
            one(&mut compare.right)?;
        }
        Expr::Case(case) => {
            if let Some(base) = &mut case.expr {
                one(base)?;
                case.when_then_expr.iter_mut().try_for_each(|(when, _)| one(when))?;
            }
        }
        Expr::ScalarFunction(call) if matches!(call.func.name(), "nullif" | "greatest" | "least") => {
            call.args.iter_mut().try_for_each(one)?;
        }
        Expr::AggregateFunction(call)
            if call.params.distinct || matches!(call.func.name(), "min" | "max") =>
        {
            call.params.args.iter_mut().try_for_each(one)?;
        }
        Expr::WindowFunction(call) => {
            call.params.partition_by.iter_mut().try_for_each(one)?;
            call.params.order_by.iter_mut().try_for_each(|by| one(&mut by.expr))?;
            if matches!(call.fun.name(), "min" | "max") {
                call.params.args.iter_mut().try_for_each(one)?;
            }
        }
        Expr::InSubquery(_) => return in_subquery(std::mem::take(&mut expr), schema),
        _ => return Ok(Transformed::no(expr)),
    }
    Ok(Transformed::yes(expr))
}

/// `x IN (a, b)` as `x = a OR x = b`.
fn one_by_one(expr: Expr) -> Transformed<Expr> {
    let Expr::InList(InList { expr, list, negated }) = expr else { return Transformed::no(expr) };
    let is_any = list.into_iter().map(|item| (*expr).clone().eq(item)).reduce(Expr::or);
    let is_any = is_any.unwrap_or_else(|| lit(false));
    Transformed::yes(if negated { Expr::Not(Box::new(is_any)) } else { is_any })
}

/// The rows of the subquery are keys as well.
fn in_subquery(expr: Expr, schema: &DFSchema) -> Result<Transformed<Expr>> {
    let Expr::InSubquery(InSubquery { expr: member, subquery, negated }) = expr else {
        return Ok(Transformed::no(expr));
    };
    let member = Box::new(keyed(*member, schema)?);
    let rows = keys_of(&subquery.subquery)?.map_or_else(|| subquery.subquery.clone(), Arc::new);
    let subquery = subquery.with_plan(rows);
    Ok(Transformed::yes(Expr::InSubquery(InSubquery { expr: member, subquery, negated })))
}

/// A NaN that a computation gave may have its sign bit set, and would come before all numbers.
fn order(mut sort: Sort) -> Result<Transformed<LogicalPlan>> {
    let schema = sort.input.schema().clone();
    let mut changed = false;
    for by in &mut sort.expr {
        if by.expr.get_type(&schema).is_ok_and(|kind| kind.is_floating()) {
            by.expr = key(by.expr.clone());
            changed = true;
        }
    }
    if sort.expr.iter().all(|by| is_column(&by.expr)) {
        return Ok(match changed {
            true => Transformed::yes(LogicalPlan::Sort(sort)),
            false => Transformed::no(LogicalPlan::Sort(sort)),
        });
    }
    by_columns(sort).map(Transformed::yes)
}

/// A column, or the key of one.
fn is_column(expr: &Expr) -> bool {
    match expr {
        Expr::Column(_) => true,
        Expr::ScalarFunction(call) if call.func.name() == "__key" => call.args.iter().all(is_column),
        _ => false,
    }
}

/// Computes what rows are ordered by below the ORDER BY. DataFusion does not see that sorted partitions are merged by
/// the same order when that is an expression over keys.
fn by_columns(mut sort: Sort) -> Result<LogicalPlan> {
    let kept: Vec<Expr> = sort.input.schema().columns().into_iter().map(Expr::Column).collect();
    let mut computed = kept.clone();
    for (at, by) in sort.expr.iter_mut().enumerate() {
        if !is_column(&by.expr) {
            let name = format!("__order{at}");
            computed.push(std::mem::take(&mut by.expr).alias(&name));
            by.expr = Expr::Column(Column::new_unqualified(name));
        }
    }
    sort.input = LogicalPlanBuilder::from(sort.input.clone()).project(computed)?.build()?.into();
    LogicalPlanBuilder::from(LogicalPlan::Sort(sort)).project(kept)?.build()
}

fn groups(aggregate: Aggregate) -> Result<Transformed<LogicalPlan>> {
    let schema = aggregate.input.schema().clone();
    // Grouping sets stand in an expression of their own and keep their bits.
    let is_float = |expr: &Expr| {
        !matches!(expr, Expr::GroupingSet(_)) && expr.get_type(&schema).is_ok_and(|kind| kind.is_floating())
    };
    if !aggregate.group_expr.iter().any(is_float) {
        return Ok(Transformed::no(LogicalPlan::Aggregate(aggregate)));
    }
    let wrapped = |expr: Expr| match is_float(&expr) {
        true => {
            let (relation, name) = expr.qualified_name();
            key(expr).alias_qualified(relation, name)
        }
        false => expr,
    };
    let group = aggregate.group_expr.into_iter().map(wrapped).collect();
    Aggregate::try_new(aggregate.input, group, aggregate.aggr_expr)
        .map(|aggregate| Transformed::yes(LogicalPlan::Aggregate(aggregate)))
}

fn rows(input: &Arc<LogicalPlan>) -> Result<Transformed<LogicalPlan>> {
    Ok(match keys_of(input)? {
        Some(keys) => Transformed::yes(LogicalPlan::Distinct(Distinct::All(Arc::new(keys)))),
        None => Transformed::no(LogicalPlan::Distinct(Distinct::All(input.clone()))),
    })
}

/// The rows of a plan with its floats as keys; `None` when it has no floats.
pub(in crate::relational) fn keys_of(plan: &Arc<LogicalPlan>) -> Result<Option<LogicalPlan>> {
    let schema = plan.schema();
    if !schema.fields().iter().any(|field| field.data_type().is_floating()) {
        return Ok(None);
    }
    let exprs = schema.iter().map(|(relation, field)| {
        let column = Expr::Column((relation, field).into());
        match field.data_type().is_floating() {
            true => key(column).alias_qualified(relation.cloned(), field.name()),
            false => column,
        }
    });
    Projection::try_new(exprs.collect(), plan.clone())
        .map(|projection| Some(LogicalPlan::Projection(projection)))
}
