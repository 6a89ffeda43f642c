//! SUM and AVG of decimals by accumulators that take them as they are.
//!
//! SUM of many digits is planned over decimals of 256 bits, and AVG over floats: windows and DISTINCT compute with these. Elsewhere
//! the conversion of each value would take more time than the sum.

use std::sync::Arc;

use datafusion::arrow::datatypes::DataType;
use datafusion::common::Result;
use datafusion::common::tree_node::{Transformed, TransformedResult};
use datafusion::logical_expr::expr::AggregateFunction;
use datafusion::logical_expr::expr_rewriter::NamePreserver;
use datafusion::logical_expr::{Cast, Expr, ExprSchemable, LogicalPlan};

use crate::tree::{PlanTree, Tree};
use crate::udf::{OfSum, exact_decimal};

/// A plan whose aggregates take decimals without a conversion.
///
/// # Errors
/// Errors of DataFusion's traversal; it has none of its own.
pub(super) fn without_casts(plan: LogicalPlan) -> Result<LogicalPlan> {
    plan.change_plans_up(|node| {
        let LogicalPlan::Aggregate(aggregate) = &node else { return Ok(Transformed::no(node)) };
        let input = Arc::clone(&aggregate.input);
        let of_sum = |call: &AggregateFunction| {
            let conversion = converted(call)?;
            let argument = conversion.expr.get_type(input.schema()).ok()?;
            let of_sum = match (call.func.name(), &argument, conversion.field.data_type()) {
                ("sum", DataType::Decimal128(..), DataType::Decimal256(..)) => OfSum::Sum,
                ("avg", DataType::Decimal128(..), DataType::Float64) => OfSum::Mean,
                _ => return None,
            };
            // Not when the query itself converts to other digits.
            let before = call.func.return_type(&[conversion.field.data_type().clone()]).ok()?;
            let after = exact_decimal(of_sum).return_type(&[argument]).ok()?;
            (before == after).then_some(of_sum)
        };
        let is_one = |expr: &Expr| matches!(expr, Expr::AggregateFunction(call) if of_sum(call).is_some());
        let mut found = false;
        for expr in &aggregate.aggr_expr {
            found |= expr.exists(|part| Ok(is_one(part)))?;
        }
        if !found {
            return Ok(Transformed::no(node));
        }
        let names = NamePreserver::new(&node);
        node.change_expressions(|expr| {
            let name = names.save(&expr);
            let changed = expr.transform_up(|part| {
                let Expr::AggregateFunction(mut call) = part else { return Ok(Transformed::no(part)) };
                let Some(of_sum) = of_sum(&call) else {
                    return Ok(Transformed::no(Expr::AggregateFunction(call)));
                };
                call.func = exact_decimal(of_sum);
                if let Some(Expr::Cast(cast)) = call.params.args.pop() {
                    call.params.args.push(*cast.expr);
                }
                Ok(Transformed::yes(Expr::AggregateFunction(call)))
            })?;
            Ok(changed.update_data(|expr| name.restore(expr)))
        })
    })
    .data()
}

/// The conversion of the only argument of a call that takes each row.
fn converted(call: &AggregateFunction) -> Option<&Cast> {
    match call.params.args.as_slice() {
        [Expr::Cast(cast)] if !call.params.distinct => Some(cast),
        _ => None,
    }
}
