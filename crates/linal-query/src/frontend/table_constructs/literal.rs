//! Literals of a tree.

use linal_dataset::{Error, Result};
use linal_error::Code;
use linal_lang::sql::STRUCT;
use sqlparser::ast as sql;

/// The text of a string or number.
pub(super) fn plain_text(expr: &sql::Expr) -> Option<String> {
    match expr {
        sql::Expr::Value(value) => match &value.value {
            sql::Value::SingleQuotedString(text) | sql::Value::DoubleQuotedString(text) => Some(text.clone()),
            sql::Value::Number(text, _) => Some(text.clone()),
            sql::Value::Boolean(value) => Some(value.to_string()),
            _ => None,
        },
        sql::Expr::Nested(inner) => plain_text(inner),
        sql::Expr::UnaryOp { op: sql::UnaryOperator::Minus, expr } => {
            plain_text(expr).map(|text| format!("-{text}"))
        }
        _ => None,
    }
}

/// A string.
pub(super) fn string(expr: &sql::Expr) -> Option<String> {
    match expr {
        sql::Expr::Value(value) => match &value.value {
            sql::Value::SingleQuotedString(text) | sql::Value::DoubleQuotedString(text) => Some(text.clone()),
            _ => None,
        },
        sql::Expr::Nested(inner) => string(inner),
        _ => None,
    }
}

/// The strings of a list, or one string.
pub(super) fn strings(expr: &sql::Expr) -> Option<Vec<String>> {
    match expr {
        sql::Expr::Array(list) => list.elem.iter().map(string).collect(),
        other => string(other).map(|text| vec![text]),
    }
}

/// The names and texts of `{'a': 'INT'}`.
pub(super) fn pairs(expr: &sql::Expr) -> Option<Vec<(String, String)>> {
    let sql::Expr::Function(function) = expr else { return None };
    let sql::FunctionArguments::List(list) = &function.args else { return None };
    if function.name.to_string() != STRUCT {
        return None;
    }
    let text = |arg: &sql::FunctionArg| match arg {
        sql::FunctionArg::Unnamed(sql::FunctionArgExpr::Expr(value)) => string(value),
        _ => None,
    };
    list.args.chunks(2).map(|pair| Some((text(pair.first()?)?, text(pair.get(1)?)?))).collect()
}

/// The value of an option that is true or false.
pub(super) fn boolean(name: &str, expr: &sql::Expr) -> Result<bool> {
    let text = plain_text(expr).unwrap_or_default().to_lowercase();
    match text.as_str() {
        "true" | "1" | "on" => Ok(true),
        "false" | "0" | "off" => Ok(false),
        _ => Err(wrong(name, "true or false", expr)),
    }
}

/// The error of an option with a value of another kind.
pub(super) fn wrong(name: &str, expected: &str, expr: &sql::Expr) -> Error {
    Error::new(Code::WrongArguments, format!("the option `{name}` is {expected}, not `{expr}`"))
}
