//! Casts that Arrow lacks, or that mean something else in the language.

use crate::tree::{PlanTree, Tree};
use arrow::datatypes::DataType;
use datafusion::common::tree_node::{Transformed, TransformedResult, TreeNodeRecursion};
use datafusion::common::{DFSchema, Result};
use datafusion::logical_expr::expr::{Cast, ScalarFunction, TryCast};
use datafusion::logical_expr::expr_rewriter::NamePreserver;
use datafusion::logical_expr::utils::merge_schema;
use datafusion::logical_expr::{Expr, ExprSchemable, LogicalPlan, cast};
use linal_dataset::is_nested_cast;

use crate::udf::{AS_TENSOR, decimal_cast, float_cast, nested_cast};

/// Replaces casts to floats, in which a number that overflows to infinity is an error, and casts between
/// Booleans and decimals.
pub(crate) fn check_casts(plan: LogicalPlan) -> Result<LogicalPlan> {
    let mut found = false;
    plan.each_plan(|node| {
        node.each_expression(|expr| {
            found |= expr.exists(|part| Ok(target(part).is_some()))?;
            Ok(if found { TreeNodeRecursion::Stop } else { TreeNodeRecursion::Continue })
        })
    })?;
    if !found {
        return Ok(plan);
    }
    plan.change_plans_up(|node| {
        let schema = merge_schema(&node.inputs());
        let names = NamePreserver::new(&node);
        node.change_expressions(|expr| {
            let name = names.save(&expr);
            Ok(expr.transform_up(|part| checked(part, &schema))?.update_data(|expr| name.restore(expr)))
        })
    })
    .data()
}

/// The target type of a cast that may need a check, and whether it is a TRY_CAST.
fn target(expr: &Expr) -> Option<(&DataType, bool)> {
    let (field, or_null) = match expr {
        Expr::Cast(cast) => (&cast.field, false),
        Expr::TryCast(cast) => (&cast.field, true),
        _ => return None,
    };
    let to = field.data_type();
    let is_looked_at = to.is_nested()
        || to.is_binary()
        || to.is_string()
        || matches!(to, DataType::FixedSizeBinary(_))
        || matches!(to, DataType::Float32 | DataType::Float64 | DataType::Boolean | DataType::Decimal128(..));
    is_looked_at.then_some((to, or_null))
}

/// Whether the target of a cast is a dtype of tensors and not a SQL type.
fn is_of_tensors(expr: &Expr) -> bool {
    match expr {
        Expr::Cast(cast) => cast.field.name() == AS_TENSOR,
        Expr::TryCast(cast) => cast.field.name() == AS_TENSOR,
        _ => false,
    }
}

fn checked(expr: Expr, schema: &DFSchema) -> Result<Transformed<Expr>> {
    let Some((to, or_null)) = target(&expr).map(|(to, or_null)| (to.clone(), or_null)) else {
        return Ok(Transformed::no(expr));
    };
    let (Expr::Cast(Cast { expr: operand, .. }) | Expr::TryCast(TryCast { expr: operand, .. })) = &expr
    else {
        return Ok(Transformed::no(expr));
    };
    let from = operand.get_type(schema)?;
    let is_tensor = matches!((&from, &to), (DataType::FixedSizeList(..), other) if !other.is_string());
    if is_nested_cast(&from, &to) && !is_tensor {
        let target = match &expr {
            Expr::Cast(cast) => cast.field.clone(),
            Expr::TryCast(cast) => cast.field.clone(),
            _ => return Ok(Transformed::no(expr)),
        };
        let call = ScalarFunction::new_udf(nested_cast(target, or_null), vec![operand.as_ref().clone()]);
        return Ok(Transformed::yes(Expr::ScalarFunction(call)));
    }
    let operand = || operand.as_ref().clone();
    let is_narrower = from == DataType::Float64 && to == DataType::Float32 && !is_of_tensors(&expr);
    let becomes_infinite = to.is_floating() && (from.is_string() || is_narrower);
    Ok(if from.is_floating() && to.is_decimal() {
        let call = ScalarFunction::new_udf(decimal_cast(to, or_null), vec![operand()]);
        Transformed::yes(Expr::ScalarFunction(call))
    } else if becomes_infinite {
        let call = ScalarFunction::new_udf(float_cast(to, or_null), vec![operand()]);
        Transformed::yes(Expr::ScalarFunction(call))
    } else if from == DataType::Boolean && to.is_decimal() {
        Transformed::yes(cast(cast(operand(), DataType::Int64), to))
    } else if from.is_decimal() && to == DataType::Boolean {
        Transformed::yes(cast(cast(operand(), DataType::Float64), to))
    } else {
        Transformed::no(expr)
    })
}
