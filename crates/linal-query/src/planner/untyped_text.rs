//! Comparisons of numbers and Booleans with text literals: the text is a literal of the other side's type, as in
//! PostgreSQL and DuckDB. `'1.5'` beside an Int is the number 1.5.

use arrow::datatypes::DataType;
use datafusion::common::ScalarValue;
use datafusion::logical_expr::planner::RawBinaryExpr;
use datafusion::logical_expr::{Expr, lit};
use linal_dataset::{Error, Result};
use linal_error::Code;

/// The comparison with literals of the right type.
///
/// # Errors
///
/// `E0601` for a text that is no number, or no truth value.
pub(super) fn compared(raw: RawBinaryExpr, left: &DataType, right: &DataType) -> Result<RawBinaryExpr> {
    Ok(RawBinaryExpr {
        left: literal_of(&raw.left, right)?.unwrap_or(raw.left),
        right: literal_of(&raw.right, left)?.unwrap_or(raw.right),
        op: raw.op,
    })
}

/// The literal of a type that a text literal stands for; `None` for other expressions and types.
fn literal_of(expr: &Expr, other: &DataType) -> Result<Option<Expr>> {
    let text = match expr {
        Expr::Literal(
            ScalarValue::Utf8(Some(text))
            | ScalarValue::Utf8View(Some(text))
            | ScalarValue::LargeUtf8(Some(text)),
            None,
        ) => text.trim(),
        _ => return Ok(None),
    };
    let wrong = |what: &str| {
        let message = format!("'{}' is compared with {what}, and is none", linal_dataset::abridged(text));
        Error::new(Code::TypeMismatch, message)
    };
    if other.is_numeric() {
        let number = match text.parse::<i64>() {
            Ok(integer) => lit(integer),
            Err(_) => lit(text.parse::<f64>().map_err(|_| wrong("a number"))?),
        };
        return Ok(Some(number));
    }
    if *other != DataType::Boolean {
        return Ok(None);
    }
    match text.to_ascii_lowercase().as_str() {
        "true" | "t" | "yes" | "1" => Ok(Some(lit(true))),
        "false" | "f" | "no" | "0" => Ok(Some(lit(false))),
        _ => Err(wrong("a truth value")),
    }
}
