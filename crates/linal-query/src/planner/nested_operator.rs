//! Operators of JSON, lists and UUIDs: `j -> 'a'`, `j ->> 'a'`, `l || m`, `u = '..'`.

use std::sync::Arc;

use arrow::datatypes::{DataType, Field};
use datafusion::functions_nested::expr_fn::array_concat;
use datafusion::logical_expr::expr::ScalarFunction;
use datafusion::logical_expr::planner::RawBinaryExpr;
use datafusion::logical_expr::{BinaryExpr, Expr, Operator, ScalarUDF};
use linal_lang::sql::{JSON_ARROW, JSON_LONG_ARROW};
use linal_store::UUID_BYTES;
use sqlparser::ast::BinaryOperator;

use crate::udf;

/// The expression of an operator over such values; `None` for all others.
pub(super) fn planned(raw: &RawBinaryExpr, left: &Field, right: &Field) -> Option<Expr> {
    let operands = || vec![raw.left.clone(), raw.right.clone()];
    match &raw.op {
        BinaryOperator::Custom(word) if word == JSON_ARROW => {
            Some(call(udf::json_extract(false)?, operands()))
        }
        BinaryOperator::Custom(word) if word == JSON_LONG_ARROW => {
            Some(call(udf::json_extract(true)?, operands()))
        }
        BinaryOperator::StringConcat if is_list(left) || is_list(right) => {
            let list = |expr: &Expr| call(udf::as_list(), vec![expr.clone()]);
            Some(array_concat(vec![list(&raw.left), list(&raw.right)]))
        }
        op => comparison(op, raw, left.data_type(), right.data_type()),
    }
}

fn is_list(field: &Field) -> bool {
    matches!(field.data_type(), DataType::List(_) | DataType::LargeList(_) | DataType::FixedSizeList(..))
}

/// A UUID or binary data compared with a text: the text is one, too.
fn comparison(op: &BinaryOperator, raw: &RawBinaryExpr, left: &DataType, right: &DataType) -> Option<Expr> {
    let op = match op {
        BinaryOperator::Eq => Operator::Eq,
        BinaryOperator::NotEq => Operator::NotEq,
        BinaryOperator::Lt => Operator::Lt,
        BinaryOperator::LtEq => Operator::LtEq,
        BinaryOperator::Gt => Operator::Gt,
        BinaryOperator::GtEq => Operator::GtEq,
        _ => return None,
    };
    let is_own = |kind: &DataType| matches!(kind, DataType::FixedSizeBinary(UUID_BYTES) | DataType::Binary);
    let (own_left, own_right) = (is_own(left) && right.is_string(), is_own(right) && left.is_string());
    if !own_left && !own_right {
        return None;
    }
    let as_type = |expr: &Expr, kind: &DataType| {
        call(udf::nested_cast(Arc::new(Field::new("", kind.clone(), true)), false), vec![expr.clone()])
    };
    let left_side = if own_right { as_type(&raw.left, right) } else { raw.left.clone() };
    let right_side = if own_left { as_type(&raw.right, left) } else { raw.right.clone() };
    Some(Expr::BinaryExpr(BinaryExpr::new(Box::new(left_side), op, Box::new(right_side))))
}

fn call(function: Arc<ScalarUDF>, args: Vec<Expr>) -> Expr {
    Expr::ScalarFunction(ScalarFunction::new_udf(function, args))
}
