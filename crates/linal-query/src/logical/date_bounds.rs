//! Dates that are compared with a timestamp, as dates.
//!
//! `d < DATE '1994-01-01' + INTERVAL '1 year'` compares timestamps, since a date and an interval are one. Every date would be
//! converted, and statistics of the dates would say nothing of the predicate. A date is before a timestamp when it is not after the
//! day of that, or before it at midnight.

use datafusion::arrow::datatypes::{DataType, TimeUnit};
use datafusion::common::tree_node::Transformed;
use datafusion::common::{DFSchemaRef, Result, ScalarValue};
use datafusion::logical_expr::{BinaryExpr, Cast, Expr, ExprSchemable, LogicalPlan, Operator};
use datafusion::optimizer::optimizer::ApplyOrder;
use datafusion::optimizer::{OptimizerConfig, OptimizerRule};

use crate::tree::{PlanTree, Tree};

const MICROSECONDS_OF_A_DAY: i64 = 86_400_000_000;

/// Compares the dates of filters with dates.
#[derive(Debug, Default)]
pub(crate) struct DateBounds;

impl OptimizerRule for DateBounds {
    fn name(&self) -> &str {
        "date_bounds"
    }

    fn apply_order(&self) -> Option<ApplyOrder> {
        Some(ApplyOrder::TopDown)
    }

    fn supports_rewrite(&self) -> bool {
        true
    }

    fn rewrite(&self, plan: LogicalPlan, _: &dyn OptimizerConfig) -> Result<Transformed<LogicalPlan>> {
        let LogicalPlan::Filter(filter) = &plan else { return Ok(Transformed::no(plan)) };
        let schema = filter.input.schema().clone();
        if !filter.predicate.exists(|part| Ok(of_dates(part, &schema).is_some()))? {
            return Ok(Transformed::no(plan));
        }
        plan.change_expressions(|expr| {
            expr.transform_up(|part| match of_dates(&part, &schema) {
                Some(simpler) => Ok(Transformed::yes(simpler)),
                None => Ok(Transformed::no(part)),
            })
        })
    }
}

/// The comparison of a date with a timestamp as one of dates.
fn of_dates(expr: &Expr, schema: &DFSchemaRef) -> Option<Expr> {
    let Expr::BinaryExpr(BinaryExpr { left, op, right }) = expr else { return None };
    let (date, op, bound) = match (left.as_ref(), right.as_ref()) {
        (Expr::Cast(cast), Expr::Literal(bound, _)) => (date(cast, schema)?, *op, bound),
        (Expr::Literal(bound, _), Expr::Cast(cast)) => (date(cast, schema)?, op.swap()?, bound),
        _ => return None,
    };
    let ScalarValue::TimestampMicrosecond(Some(bound), None) = bound else { return None };
    let day = i32::try_from(bound.div_euclid(MICROSECONDS_OF_A_DAY)).ok()?;
    let op = match op {
        Operator::Lt | Operator::LtEq | Operator::Gt | Operator::GtEq | Operator::Eq | Operator::NotEq
            if bound.rem_euclid(MICROSECONDS_OF_A_DAY) == 0 =>
        {
            op
        }
        Operator::Lt | Operator::LtEq => Operator::LtEq,
        Operator::Gt | Operator::GtEq => Operator::Gt,
        _ => return None,
    };
    let day = Expr::Literal(ScalarValue::Date32(Some(day)), None);
    Some(Expr::BinaryExpr(BinaryExpr::new(Box::new(date.clone()), op, Box::new(day))))
}

/// The date that becomes a timestamp.
fn date<'e>(cast: &'e Cast, schema: &DFSchemaRef) -> Option<&'e Expr> {
    let to = cast.field.data_type();
    let is_date = || cast.expr.get_type(schema).is_ok_and(|data_type| data_type == DataType::Date32);
    (*to == DataType::Timestamp(TimeUnit::Microsecond, None) && is_date()).then_some(&*cast.expr)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use datafusion::arrow::datatypes::{Field, Schema};
    use datafusion::common::{DFSchema, ToDFSchema};
    use datafusion::logical_expr::{cast, col, lit};

    use super::*;

    fn schema() -> DFSchemaRef {
        let field = Field::new("d", DataType::Date32, true);
        let schema: DFSchema = Schema::new(vec![field]).to_dfschema().unwrap();
        Arc::new(schema)
    }

    fn compared(op: Operator, bound: i64, is_swapped: bool) -> Option<String> {
        let date = cast(col("d"), DataType::Timestamp(TimeUnit::Microsecond, None));
        let bound = lit(ScalarValue::TimestampMicrosecond(Some(bound), None));
        let (left, right) = if is_swapped { (bound, date) } else { (date, bound) };
        let expr = Expr::BinaryExpr(BinaryExpr::new(Box::new(left), op, Box::new(right)));
        of_dates(&expr, &schema()).map(|expr| expr.to_string())
    }

    #[test]
    fn bounds() {
        let at = |days: i64| days * MICROSECONDS_OF_A_DAY;
        for (op, bound, expected) in [
            (Operator::Lt, at(2), Some("d < Date32(\"1970-01-03\")")),
            (Operator::NotEq, at(-1), Some("d != Date32(\"1969-12-31\")")),
            (Operator::Lt, at(2) + 1, Some("d <= Date32(\"1970-01-03\")")),
            (Operator::GtEq, at(2) + 1, Some("d > Date32(\"1970-01-03\")")),
            (Operator::Gt, -1, Some("d > Date32(\"1969-12-31\")")),
            // Never true, but of NULL it is NULL.
            (Operator::Eq, 1, None),
        ] {
            assert_eq!(compared(op, bound, false).as_deref(), expected, "of {op} {bound}");
        }
        assert_eq!(compared(Operator::Lt, 1, true).unwrap(), "d > Date32(\"1970-01-01\")");
    }
}
