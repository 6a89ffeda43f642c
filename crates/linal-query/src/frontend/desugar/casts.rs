//! Casts to types whose limits or nesting DataFusion does not support.

use linal_bind::binder::dtype_of;
use linal_dataset::{Limit, resolve_type_text};
use linal_tensor::DType;
use sqlparser::ast as sql;

use super::ragged_lists;
use crate::frontend::resolve::call;
use crate::planner::type_planner::parts;
use crate::udf::{AS_JSON, AS_LIST, LIMITED_CAST, TRY_AS_JSON, TRY_LIMITED_CAST};

/// Rewrites a cast to a type with a limit, such as SMALLINT and VARCHAR(3), to a call; `None` for other
/// expressions. `SMALLINT '7'` is such a cast, too.
pub(crate) fn limited(expr: &sql::Expr) -> Option<sql::Expr> {
    let (kind, operand, data_type) = match expr {
        sql::Expr::Cast { kind, expr, data_type, format: None, .. } => {
            (kind.clone(), expr.as_ref().clone(), data_type)
        }
        sql::Expr::TypedString(typed) => {
            (sql::CastKind::Cast, sql::Expr::Value(typed.value.clone()), &typed.data_type)
        }
        _ => return None,
    };
    let (element, brackets) = element_of(data_type);
    if matches!(element, sql::DataType::Array(_) | sql::DataType::Struct(..)) {
        return None;
    }
    let text = element.to_string();
    let limit = resolve_type_text(&text).ok()?.limit?;
    if limit == Limit::Json && brackets.is_empty() {
        return Some(call(if is_try(&kind) { TRY_AS_JSON } else { AS_JSON }, vec![operand]));
    }
    let prefix = if is_try(&kind) { TRY_LIMITED_CAST } else { LIMITED_CAST };
    let stored = cast(kind, operand, with_element(data_type, &storage(&limit)));
    Some(call(&format!("{prefix}{text}{brackets}"), vec![stored]))
}

/// The innermost element type of a list type, and the brackets of its nesting.
fn element_of(mut data_type: &sql::DataType) -> (&sql::DataType, String) {
    let mut brackets = String::new();
    loop {
        data_type = match data_type {
            sql::DataType::Array(sql::ArrayElemTypeDef::SquareBracket(inner, Some(size))) => {
                brackets.insert_str(0, &format!("[{size}]"));
                inner
            }
            sql::DataType::Array(
                sql::ArrayElemTypeDef::SquareBracket(inner, None)
                | sql::ArrayElemTypeDef::AngleBracket(inner)
                | sql::ArrayElemTypeDef::Parenthesis(inner),
            ) => {
                brackets.insert_str(0, "[]");
                inner
            }
            element => return (element, brackets),
        }
    }
}

/// A list type with another innermost element type.
fn with_element(data_type: &sql::DataType, element: &sql::DataType) -> sql::DataType {
    use sql::ArrayElemTypeDef::{AngleBracket, Parenthesis, SquareBracket};
    let inner = |inner: &sql::DataType| Box::new(with_element(inner, element));
    match data_type {
        sql::DataType::Array(SquareBracket(list, size)) => {
            sql::DataType::Array(SquareBracket(inner(list), *size))
        }
        sql::DataType::Array(AngleBracket(list)) => sql::DataType::Array(AngleBracket(inner(list))),
        sql::DataType::Array(Parenthesis(list)) => sql::DataType::Array(Parenthesis(inner(list))),
        _ => element.clone(),
    }
}

/// The storage type of values with a limit.
fn storage(limit: &Limit) -> sql::DataType {
    match limit {
        Limit::Integers { high, .. } if i64::try_from(*high).is_ok() => sql::DataType::BigInt(None),
        Limit::Integers { high, .. } => {
            let digits = if u64::try_from(*high).is_ok() { 20 } else { 38 };
            sql::DataType::Decimal(sql::ExactNumberInfo::PrecisionAndScale(digits, 0))
        }
        Limit::Characters { .. } | Limit::Labels { .. } | Limit::Json => sql::DataType::Text,
        Limit::Elements(limit, _) => storage(limit),
    }
}

/// Converts the operand of a cast to nested lists: a matrix is a list of lists by its shape, which DataFusion
/// does not know.
pub(crate) fn of_lists(expr: &mut sql::Expr) {
    let sql::Expr::Cast { expr: operand, data_type: sql::DataType::Array(_), .. } = expr else { return };
    if !is_call(operand, AS_LIST) {
        **operand = call(AS_LIST, vec![std::mem::replace(operand, sql::Expr::value(sql::Value::Null))]);
    }
}

/// Keeps the integers of a list literal exact that is cast to i64: a list of numbers has the default dtype,
/// and f64 rounds integers from 2^53 on.
pub(crate) fn exact_integers(expr: &mut sql::Expr) {
    let sql::Expr::Cast { expr: operand, data_type, .. } = expr else { return };
    if matches!(operand.as_ref(), sql::Expr::Array(_)) && names_i64(&data_type.to_string()) {
        ragged(operand);
        as_integers(operand);
    }
}

/// Writes a list of rows of numbers whose lengths differ as a cast, which keeps integers.
pub(crate) fn ragged(expr: &mut sql::Expr) {
    if let Some(cast) = ragged_lists::as_cast(expr) {
        *expr = cast;
    }
}

/// Keeps the integers of a list of integers: functions of lists give what they give for such a list.
pub(crate) fn whole_numbers(expr: &mut sql::Expr) {
    ragged(expr);
    if matches!(expr, sql::Expr::Array(_)) && are_integers(expr) {
        as_integers(expr);
    }
}

/// Whether a list has integers only.
fn are_integers(expr: &sql::Expr) -> bool {
    match expr {
        sql::Expr::Array(list) => !list.elem.is_empty() && list.elem.iter().all(are_integers),
        other => is_integer(other),
    }
}

fn names_i64(text: &str) -> bool {
    let (word, args) = parts(text.trim_end_matches("[]"));
    dtype_of(word) == Some(DType::I64) || args.iter().any(|arg| dtype_of(arg) == Some(DType::I64))
}

/// Gives each integer literal of a list the type Int. A CAST would be folded to a literal, which adopts the
/// default dtype.
fn as_integers(expr: &mut sql::Expr) {
    match expr {
        sql::Expr::Array(list) => list.elem.iter_mut().for_each(as_integers),
        other if is_integer(other) => {
            let literal = std::mem::replace(other, sql::Expr::value(sql::Value::Null));
            let int = sql::Expr::value(sql::Value::SingleQuotedString("Int64".to_string()));
            *other = call("arrow_cast", vec![literal, int]);
        }
        _ => {}
    }
}

fn is_integer(expr: &sql::Expr) -> bool {
    match expr {
        sql::Expr::Value(value) => {
            matches!(&value.value, sql::Value::Number(text, _) if text.parse::<i64>().is_ok())
        }
        sql::Expr::UnaryOp { op: sql::UnaryOperator::Minus, expr } => is_integer(expr),
        _ => false,
    }
}

fn is_call(expr: &sql::Expr, name: &str) -> bool {
    matches!(expr, sql::Expr::Function(function) if function.name.to_string().trim_matches('`') == name)
}

fn is_try(kind: &sql::CastKind) -> bool {
    matches!(kind, sql::CastKind::TryCast | sql::CastKind::SafeCast)
}

pub(super) fn cast(kind: sql::CastKind, operand: sql::Expr, data_type: sql::DataType) -> sql::Expr {
    sql::Expr::Cast { kind, expr: Box::new(operand), data_type, array: false, format: None }
}
