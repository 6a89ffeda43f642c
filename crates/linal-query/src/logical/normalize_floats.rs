//! Floats and intervals as normalized keys: 0 and -0 are one key, all NaNs are one key, and a day is 24
//! hours.
//!
//! DataFusion compares bits. Comparison operators are rewritten when they are planned
//! ([`crate`]'s operators); this rule normalizes ORDER BY, GROUP BY, DISTINCT, UNION, joins by
//! column, windows, and the functions and expressions that compare internally: IN, CASE x WHEN, IS DISTINCT
//! FROM, BETWEEN, NULLIF, GREATEST, LEAST, MIN, MAX and DISTINCT aggregates.

use std::sync::Arc;

use crate::tree::{PlanTree, Tree};
use arrow::datatypes::{DataType, Field};
use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::Transformed;
use datafusion::common::{Column, DFSchema, Result, ScalarValue};
use datafusion::functions_aggregate::min_max::max_udaf;
use datafusion::logical_expr::expr::{AggregateFunction, InList, InSubquery, ScalarFunction};
use datafusion::logical_expr::expr_rewriter::NamePreserver;
use datafusion::logical_expr::utils::merge_schema;
use datafusion::logical_expr::{
    Aggregate, Distinct, Expr, ExprSchemable, LogicalPlan, LogicalPlanBuilder, Operator, Projection, Sort,
    lit, when,
};
use datafusion::optimizer::AnalyzerRule;

use super::key_sets;
use crate::udf;
use crate::udf::temporal;

/// Normalizes float keys.
#[derive(Debug)]
pub(super) struct FloatKeys;

/// The normalized key of a number.
pub(crate) fn key(expr: Expr) -> Expr {
    Expr::ScalarFunction(ScalarFunction::new_udf(udf::key(), vec![expr]))
}

/// The normalized key of a float or an interval that is not normalized yet; other expressions unchanged. The
/// key of an interval is a number, so it may only be compared.
pub(super) fn keyed(expr: Expr, schema: &DFSchema) -> Result<Expr> {
    Ok(keyed_when(expr, schema, has_key))
}

/// Whether an expression is an interval.
pub(super) fn is_interval(expr: &Expr, schema: &DFSchema) -> bool {
    expr.get_type(schema).is_ok_and(|kind| has_key(&kind) && !kind.is_floating())
}

/// Whether values of a type are compared by normalized keys.
fn has_key(data_type: &DataType) -> bool {
    data_type.is_floating() || matches!(data_type, DataType::Interval(_))
}

/// The normalized key of a float, which is a float as well.
fn keyed_float(expr: Expr, schema: &DFSchema) -> Result<Expr> {
    Ok(keyed_when(expr, schema, DataType::is_floating))
}

fn keyed_when(expr: Expr, schema: &DFSchema, has_key: fn(&DataType) -> bool) -> Expr {
    let is_key = matches!(&expr, Expr::ScalarFunction(call) if call.func.name() == "__normalized_key");
    let needs_key =
        !is_key && !is_normalized(&expr) && expr.get_type(schema).is_ok_and(|kind| has_key(&kind));
    if needs_key { key(expr) } else { expr }
}

/// Whether an expression is a literal that is its own key.
fn is_normalized(expr: &Expr) -> bool {
    match expr {
        Expr::Literal(ScalarValue::Float64(Some(x)), _) => !x.is_nan() && *x != 0.0,
        Expr::Literal(ScalarValue::Float32(Some(x)), _) => !x.is_nan() && *x != 0.0,
        _ => false,
    }
}

/// The literal of a key that a literal in its place would not have got; other expressions unchanged.
pub(crate) fn without_needless_key(expr: Expr) -> Transformed<Expr> {
    match expr {
        Expr::ScalarFunction(mut call)
            if call.func.name() == "__normalized_key" && call.args.iter().all(is_normalized) =>
        {
            match call.args.pop() {
                Some(literal) => Transformed::yes(literal),
                None => Transformed::no(Expr::ScalarFunction(call)),
            }
        }
        other => Transformed::no(other),
    }
}

impl AnalyzerRule for FloatKeys {
    fn analyze(&self, plan: LogicalPlan, _: &ConfigOptions) -> Result<LogicalPlan> {
        Ok(plan.change_plans_up(rewrite)?.data)
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

/// Normalizes in expressions that compare floats internally.
fn expressions(plan: LogicalPlan) -> Result<Transformed<LogicalPlan>> {
    let schema = merge_schema(&plan.inputs());
    let names = NamePreserver::new(&plan);
    plan.change_expressions(|expr| {
        let name = names.save(&expr);
        Ok(expr.transform_up(|part| comparison(part, &schema))?.update_data(|expr| name.restore(expr)))
    })
}

fn comparison(expr: Expr, schema: &DFSchema) -> Result<Transformed<Expr>> {
    let one = |expr: &mut Expr| -> Result<()> {
        *expr = keyed(std::mem::take(expr), schema)?;
        Ok(())
    };
    let float = |expr: &mut Expr| -> Result<()> {
        *expr = keyed_float(std::mem::take(expr), schema)?;
        Ok(())
    };
    if let Some(expr) = of_intervals(&expr, schema)? {
        return Ok(Transformed::yes(expr));
    }
    let mut expr = expr;
    match &mut expr {
        Expr::InList(list) => {
            one(&mut list.expr)?;
            list.list.iter_mut().try_for_each(one)?;
            // DataFusion evaluates list elements over no rows to find out which are constant, and takes a
            // CASE that returns nothing there for a constant.
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
            call.args.iter_mut().try_for_each(float)?;
        }
        Expr::AggregateFunction(call) if call.params.distinct && call.func.name() == "count" => {
            call.params.args.iter_mut().try_for_each(one)?;
        }
        Expr::AggregateFunction(call)
            if call.params.distinct || matches!(call.func.name(), "min" | "max") =>
        {
            call.params.args.iter_mut().try_for_each(float)?;
        }
        Expr::WindowFunction(call) => {
            call.params.partition_by.iter_mut().try_for_each(one)?;
            call.params.order_by.iter_mut().try_for_each(|by| one(&mut by.expr))?;
            if call.params.distinct && call.fun.name() == "count" {
                call.params.args.iter_mut().try_for_each(one)?;
            } else if call.params.distinct || matches!(call.fun.name(), "min" | "max") {
                call.params.args.iter_mut().try_for_each(float)?;
            }
        }
        Expr::InSubquery(_) => return in_subquery(std::mem::take(&mut expr), schema),
        _ => return Ok(Transformed::no(expr)),
    }
    Ok(Transformed::yes(expr))
}

/// Functions that compare intervals and return one of them.
fn of_intervals(expr: &Expr, schema: &DFSchema) -> Result<Option<Expr>> {
    let Expr::ScalarFunction(call) = expr else { return Ok(None) };
    if !matches!(call.func.name(), "greatest" | "least" | "nullif")
        || !call.args.iter().any(|arg| is_interval(arg, schema))
    {
        return Ok(None);
    }
    let replaced = |udf| Expr::ScalarFunction(ScalarFunction::new_udf(udf, call.args.clone()));
    Ok(match (call.func.name(), call.args.as_slice()) {
        ("greatest", _) => Some(replaced(temporal::greatest())),
        ("least", _) => Some(replaced(temporal::least())),
        ("nullif", [value, other]) => {
            let is_equal = keyed(value.clone(), schema)?.eq(keyed(other.clone(), schema)?);
            Some(when(is_equal, lit(ScalarValue::IntervalMonthDayNano(None))).otherwise(value.clone())?)
        }
        _ => None,
    })
}

/// `x IN (a, b)` as `x = a OR x = b`.
fn one_by_one(expr: Expr) -> Transformed<Expr> {
    let Expr::InList(InList { expr, list, negated }) = expr else { return Transformed::no(expr) };
    let is_any = list.into_iter().map(|item| (*expr).clone().eq(item)).reduce(Expr::or);
    let is_any = is_any.unwrap_or_else(|| lit(false));
    Transformed::yes(if negated { Expr::Not(Box::new(is_any)) } else { is_any })
}

/// The rows of the subquery are normalized as well.
fn in_subquery(expr: Expr, schema: &DFSchema) -> Result<Transformed<Expr>> {
    let Expr::InSubquery(InSubquery { expr: member, subquery, negated }) = expr else {
        return Ok(Transformed::no(expr));
    };
    let member = Box::new(keyed(*member, schema)?);
    let rows = keys_of(&subquery.subquery)?.map_or_else(|| subquery.subquery.clone(), Arc::new);
    let subquery = subquery.with_plan(rows);
    Ok(Transformed::yes(Expr::InSubquery(InSubquery { expr: member, subquery, negated })))
}

/// A computed NaN may have its sign bit set, and would sort before all numbers.
fn order(mut sort: Sort) -> Result<Transformed<LogicalPlan>> {
    let schema = sort.input.schema().clone();
    let mut changed = false;
    for by in &mut sort.expr {
        if by.expr.get_type(&schema).is_ok_and(|kind| has_key(&kind)) {
            by.expr = key(by.expr.clone());
            changed = true;
        }
        if by.expr.get_type(&schema).is_ok_and(|kind| is_nested(&kind)) {
            let call = ScalarFunction::new_udf(udf::order_key(), vec![by.expr.clone()]);
            by.expr = Expr::ScalarFunction(call);
            changed = true;
        }
    }
    if sort.expr.iter().all(|by| is_column(&by.expr)) {
        return Ok(if changed {
            Transformed::yes(LogicalPlan::Sort(sort))
        } else {
            Transformed::no(LogicalPlan::Sort(sort))
        });
    }
    by_columns(sort).map(Transformed::yes)
}

/// Whether values of a type are ordered by their bytes. Tensors are not ordered.
fn is_nested(data_type: &DataType) -> bool {
    matches!(data_type, DataType::Struct(_) | DataType::Map(..) | DataType::List(_))
}

/// Whether an expression is a column or its normalized key.
fn is_column(expr: &Expr) -> bool {
    match expr {
        Expr::Column(_) => true,
        Expr::ScalarFunction(call) if call.func.name() == "__normalized_key" => {
            call.args.iter().all(is_column)
        }
        _ => false,
    }
}

/// Computes sort keys below the ORDER BY. DataFusion does not recognize that sorted partitions are merged by
/// the same order when the order is an expression over normalized keys.
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
    if let [Expr::GroupingSet(_)] = aggregate.group_expr.as_slice() {
        return key_sets::by_keys(aggregate);
    }
    if aggregate.group_expr.iter().any(|expr| is_interval(expr, &schema)) {
        return interval_groups(aggregate).map(Transformed::yes);
    }
    let is_float = |expr: &Expr| expr.get_type(&schema).is_ok_and(|kind| kind.is_floating());
    if !aggregate.group_expr.iter().any(is_float) {
        return Ok(Transformed::no(LogicalPlan::Aggregate(aggregate)));
    }
    let wrapped = |expr: Expr| {
        if is_float(&expr) {
            let (relation, name) = expr.qualified_name();
            key(expr).alias_qualified(relation, name)
        } else {
            expr
        }
    };
    let group = aggregate.group_expr.into_iter().map(wrapped).collect();
    Aggregate::try_new(aggregate.input, group, aggregate.aggr_expr)
        .map(|aggregate| Transformed::yes(LogicalPlan::Aggregate(aggregate)))
}

/// The interval that represents a group of equal ones.
pub(super) fn shown_interval(expr: Expr) -> Expr {
    let function = temporal::for_intervals(max_udaf(), temporal::IntervalFold::Max);
    Expr::AggregateFunction(AggregateFunction::new_udf(function, vec![expr], false, None, Vec::new(), None))
}

/// Groups by normalized interval keys. Each group displays its interval with the most months, then days.
fn interval_groups(aggregate: Aggregate) -> Result<LogicalPlan> {
    let input = aggregate.input.schema().clone();
    let mut groups = Vec::with_capacity(aggregate.group_expr.len());
    let mut aggregates = aggregate.aggr_expr;
    let mut shown = Vec::new();
    let mut representatives = Vec::new();
    for (at, expr) in aggregate.group_expr.into_iter().enumerate() {
        let (relation, name) = expr.qualified_name();
        if is_interval(&expr, &input) {
            let value = format!("__interval{at}");
            let plain = expr.clone().unalias();
            representatives.push(shown_interval(plain.clone()).alias(&value));
            groups.push(key(plain).alias(format!("__normalized_key{at}")));
            shown.push(Expr::Column(Column::new_unqualified(value)).alias_qualified(relation, name));
        } else {
            shown.push(Expr::Column(Column::new(relation.clone(), name.clone())));
            let is_float = expr.get_type(&input).is_ok_and(|kind| kind.is_floating());
            groups.push(if is_float { key(expr).alias_qualified(relation, name) } else { expr });
        }
    }
    for expr in &aggregates {
        let (relation, name) = expr.qualified_name();
        shown.push(Expr::Column(Column::new(relation, name)));
    }
    aggregates.extend(representatives);
    let grouped = Aggregate::try_new(aggregate.input, groups, aggregates)?;
    let grouped = Arc::new(LogicalPlan::Aggregate(grouped));
    Projection::try_new(shown, grouped).map(LogicalPlan::Projection)
}

fn rows(input: &Arc<LogicalPlan>) -> Result<Transformed<LogicalPlan>> {
    let is_interval = |field: &Arc<Field>| has_key(field.data_type()) && !field.data_type().is_floating();
    if input.schema().fields().iter().any(is_interval) {
        let columns = input.schema().columns().into_iter().map(Expr::Column).collect();
        let distinct = Aggregate::try_new(input.clone(), columns, Vec::new())?;
        return interval_groups(distinct).map(Transformed::yes);
    }
    Ok(match keys_of(input)? {
        Some(keys) => Transformed::yes(LogicalPlan::Distinct(Distinct::All(Arc::new(keys)))),
        None => Transformed::no(LogicalPlan::Distinct(Distinct::All(input.clone()))),
    })
}

/// The rows of a plan with normalized floats; `None` if it has no floats.
pub(crate) fn keys_of(plan: &Arc<LogicalPlan>) -> Result<Option<LogicalPlan>> {
    let schema = plan.schema();
    if !schema.fields().iter().any(|field| has_key(field.data_type())) {
        return Ok(None);
    }
    let exprs = schema.iter().map(|(relation, field)| {
        let column = Expr::Column((relation, field).into());
        if has_key(field.data_type()) {
            key(column).alias_qualified(relation.cloned(), field.name())
        } else {
            column
        }
    });
    Projection::try_new(exprs.collect(), plan.clone())
        .map(|projection| Some(LogicalPlan::Projection(projection)))
}
