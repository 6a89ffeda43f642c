//! Floating-point numbers as keys: 0 and -0 are one key, and so is every NaN.
//!
//! DataFusion compares the bits. Comparisons are told apart while they are planned ([`super::operators`]); this rule
//! does the same for ORDER BY, GROUP BY, DISTINCT and UNION.

use std::sync::Arc;

use datafusion::common::Result;
use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::Transformed;
use datafusion::logical_expr::expr::ScalarFunction;
use datafusion::logical_expr::{Aggregate, Distinct, Expr, ExprSchemable, LogicalPlan, Projection, Sort};
use datafusion::optimizer::AnalyzerRule;

use super::functions;

/// Wraps float keys.
#[derive(Debug)]
pub(super) struct FloatKeys;

/// A number as the key that it is.
pub(super) fn key(expr: Expr) -> Expr {
    Expr::ScalarFunction(ScalarFunction::new_udf(functions::key(), vec![expr]))
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
    match plan {
        LogicalPlan::Aggregate(aggregate) => groups(aggregate),
        LogicalPlan::Sort(sort) => order(sort),
        LogicalPlan::Distinct(Distinct::All(input)) => rows(&input),
        other => Ok(Transformed::no(other)),
    }
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
    Ok(match changed {
        true => Transformed::yes(LogicalPlan::Sort(sort)),
        false => Transformed::no(LogicalPlan::Sort(sort)),
    })
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
    let schema = input.schema();
    if !schema.fields().iter().any(|field| field.data_type().is_floating()) {
        return Ok(Transformed::no(LogicalPlan::Distinct(Distinct::All(input.clone()))));
    }
    let exprs = schema.iter().map(|(relation, field)| {
        let column = Expr::Column((relation, field).into());
        match field.data_type().is_floating() {
            true => key(column).alias_qualified(relation.cloned(), field.name()),
            false => column,
        }
    });
    let projection = Projection::try_new(exprs.collect(), input.clone())?;
    let input = Arc::new(LogicalPlan::Projection(projection));
    Ok(Transformed::yes(LogicalPlan::Distinct(Distinct::All(input))))
}
