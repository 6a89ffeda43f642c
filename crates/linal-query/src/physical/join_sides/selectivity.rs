//! Estimates of the part of the rows that a predicate leaves.

use std::any::Any;
use std::sync::Arc;

use datafusion::logical_expr::Operator;
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::expressions::{BinaryExpr, Column, InListExpr, Literal};
use datafusion::physical_plan::filter::FilterExec;
use datafusion::physical_plan::projection::ProjectionExec;

use super::estimate::{source, statistics};
use crate::scan;

/// DataFusion's estimate for predicates that nothing is known of.
const UNKNOWN: f64 = 0.2;

/// The part of the rows of an input that a predicate leaves, from 0 to 1.
pub(super) fn of(predicate: &Arc<dyn PhysicalExpr>, input: &Arc<dyn ExecutionPlan>) -> f64 {
    let expr: &dyn Any = predicate.as_ref();
    if let Some(binary) = expr.downcast_ref::<BinaryExpr>() {
        match binary.op() {
            Operator::And if binary.left() == binary.right() => return of(binary.left(), input),
            Operator::And => return of(binary.left(), input) * of(binary.right(), input),
            Operator::Or => {
                return 1.0 - (1.0 - of(binary.left(), input)) * (1.0 - of(binary.right(), input));
            }
            Operator::Eq => {
                if let Some(part) = of_one_value(binary, input) {
                    return part;
                }
            }
            _ => (),
        }
    }
    if let Some(list) = expr.downcast_ref::<InListExpr>()
        && let Some(values) = values_of(list.expr(), input)
    {
        let part = (list.list().len() as f64 / values).min(1.0);
        return if list.negated() { 1.0 - part } else { part };
    }
    // An expression that several predicates share is a column of a projection below them.
    if let Some(column) = expr.downcast_ref::<Column>() {
        let below: &dyn Any = input.as_ref();
        return match below.downcast_ref::<ProjectionExec>() {
            Some(projection) => of(&projection.expr()[column.index()].expr, projection.input()),
            None => UNKNOWN,
        };
    }
    by_ranges(predicate, input).unwrap_or(UNKNOWN)
}

/// The part of rows in which a column is equal to a literal.
fn of_one_value(equality: &BinaryExpr, input: &Arc<dyn ExecutionPlan>) -> Option<f64> {
    let is_literal = |expr: &Arc<dyn PhysicalExpr>| {
        let expr: &dyn Any = expr.as_ref();
        expr.is::<Literal>()
    };
    let column = match (is_literal(equality.left()), is_literal(equality.right())) {
        (false, true) => equality.left(),
        (true, false) => equality.right(),
        _ => return None,
    };
    Some(1.0 / values_of(column, input)?)
}

/// The number of different values of a column in its table; at least 1.
fn values_of(expr: &Arc<dyn PhysicalExpr>, input: &Arc<dyn ExecutionPlan>) -> Option<f64> {
    let expr: &dyn Any = expr.as_ref();
    let (scan, column) = source(input, expr.downcast_ref::<Column>()?.index())?;
    Some(scan::distinct_values(&scan, column)?.max(1.0))
}

/// What DataFusion finds by the ranges of columns.
fn by_ranges(predicate: &Arc<dyn PhysicalExpr>, input: &Arc<dyn ExecutionPlan>) -> Option<f64> {
    let filter = FilterExec::try_new(predicate.clone(), input.clone()).ok()?;
    let all = *statistics(input.as_ref())?.num_rows.get_value()? as f64;
    let left = *statistics(&filter)?.num_rows.get_value()? as f64;
    (all > 0.0).then(|| (left / all).min(1.0))
}
