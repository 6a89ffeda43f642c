//! A condition on the name of a column, as in `COLUMNS(c -> c LIKE 'a%')`. It is evaluated while the query is planned.

use linal_dataset::{Error, Result};
use linal_error::Code;
use sqlparser::ast as sql;

use crate::udf::{glob_pattern, similar_pattern, with_backslash};

/// A condition and the name that stands for the column's.
pub(super) struct NameCondition<'a> {
    pub name: &'a str,
    pub condition: &'a sql::Expr,
}

/// A value of such a condition.
#[derive(Clone, Debug, PartialEq, PartialOrd)]
enum Value {
    Bool(bool),
    Int(i64),
    Text(String),
}

impl NameCondition<'_> {
    /// The qualifier of the name in the condition.
    pub fn qualifier(&self) -> Option<&[sql::Ident]> {
        match leftmost(self.condition) {
            sql::Expr::CompoundIdentifier(parts) => {
                let (last, table) = parts.split_last()?;
                (last.value == self.name).then_some(table)
            }
            _ => None,
        }
    }

    /// Whether the condition begins with the name.
    pub fn names_column(&self) -> bool {
        matches!(leftmost(self.condition), sql::Expr::Identifier(name) if name.value == self.name)
    }

    /// Whether it holds for a column.
    ///
    /// # Errors
    ///
    /// `E0310` for a condition that is more than comparisons, patterns and simple functions of the name.
    pub fn holds(&self, column: &str) -> Result<bool> {
        match self.value(self.condition, column)? {
            Value::Bool(holds) => Ok(holds),
            _ => Err(unsupported(self.condition)),
        }
    }

    fn value(&self, expr: &sql::Expr, column: &str) -> Result<Value> {
        let text = |expr: &sql::Expr| match self.value(expr, column)? {
            Value::Text(text) => Ok(text),
            _ => Err(unsupported(expr)),
        };
        let truth = |expr: &sql::Expr| match self.value(expr, column)? {
            Value::Bool(truth) => Ok(truth),
            _ => Err(unsupported(expr)),
        };
        Ok(match expr {
            sql::Expr::Nested(inner) => self.value(inner, column)?,
            sql::Expr::Identifier(name) if name.value.eq_ignore_ascii_case(self.name) => {
                Value::Text(column.to_string())
            }
            sql::Expr::CompoundIdentifier(parts)
                if parts.last().is_some_and(|last| last.value == self.name) =>
            {
                Value::Text(column.to_string())
            }
            sql::Expr::Value(value) => literal(&value.value).ok_or_else(|| unsupported(expr))?,
            sql::Expr::UnaryOp { op: sql::UnaryOperator::Not, expr: inner } => Value::Bool(!truth(inner)?),
            sql::Expr::Like { negated, expr: operand, pattern, escape_char, .. } => {
                let pattern = like(&text(pattern)?, escape_char.as_ref())?;
                Value::Bool(matches(&text(operand)?, &pattern)? != *negated)
            }
            sql::Expr::ILike { negated, expr: operand, pattern, escape_char, .. } => {
                let pattern = like(&text(pattern)?, escape_char.as_ref())?;
                Value::Bool(matches(&text(operand)?, &format!("(?i){pattern}"))? != *negated)
            }
            sql::Expr::SimilarTo { negated, expr: operand, pattern, .. } => {
                let pattern = similar_pattern(&text(pattern)?)?;
                Value::Bool(matches(&text(operand)?, &pattern)? != *negated)
            }
            sql::Expr::InList { expr: operand, list, negated } => {
                let value = self.value(operand, column)?;
                let mut found = false;
                for item in list {
                    found |= self.value(item, column)? == value;
                }
                Value::Bool(found != *negated)
            }
            sql::Expr::BinaryOp { left, op, right } => {
                use sql::BinaryOperator as Op;
                match op {
                    Op::And => Value::Bool(truth(left)? && truth(right)?),
                    Op::Or => Value::Bool(truth(left)? || truth(right)?),
                    Op::PGRegexMatch => Value::Bool(matches(&text(left)?, &text(right)?)?),
                    Op::PGRegexNotMatch => Value::Bool(!matches(&text(left)?, &text(right)?)?),
                    Op::Custom(name) if name == linal_lang::sql::GLOB => {
                        Value::Bool(matches(&text(left)?, &glob_pattern(&text(right)?))?)
                    }
                    _ => {
                        let (left, right) = (self.value(left, column)?, self.value(right, column)?);
                        Value::Bool(match op {
                            Op::Eq => left == right,
                            Op::NotEq => left != right,
                            Op::Lt => left < right,
                            Op::LtEq => left <= right,
                            Op::Gt => left > right,
                            Op::GtEq => left >= right,
                            _ => return Err(unsupported(expr)),
                        })
                    }
                }
            }
            sql::Expr::Function(function) => {
                self.call(function, column).ok_or_else(|| unsupported(expr))??
            }
            _ => return Err(unsupported(expr)),
        })
    }

    /// A function of the name; `None` for one that is not known here.
    fn call(&self, function: &sql::Function, column: &str) -> Option<Result<Value>> {
        let sql::FunctionArguments::List(list) = &function.args else { return None };
        let mut texts = Vec::new();
        for arg in &list.args {
            let sql::FunctionArg::Unnamed(sql::FunctionArgExpr::Expr(arg)) = arg else { return None };
            match self.value(arg, column) {
                Ok(Value::Text(text)) => texts.push(text),
                Ok(_) => return None,
                Err(error) => return Some(Err(error)),
            }
        }
        let name = function.name.to_string().to_lowercase();
        Some(Ok(match (name.as_str(), texts.as_slice()) {
            ("lower" | "lcase", [text]) => Value::Text(text.to_lowercase()),
            ("upper" | "ucase", [text]) => Value::Text(text.to_uppercase()),
            ("length" | "len", [text]) => Value::Int(text.chars().count().try_into().unwrap_or(i64::MAX)),
            ("starts_with" | "prefix", [text, part]) => Value::Bool(text.starts_with(part.as_str())),
            ("ends_with" | "suffix", [text, part]) => Value::Bool(text.ends_with(part.as_str())),
            ("contains", [text, part]) => Value::Bool(text.contains(part.as_str())),
            ("regexp_matches", [text, pattern]) => match matches(text, pattern) {
                Ok(found) => Value::Bool(found),
                Err(error) => return Some(Err(error)),
            },
            _ => return None,
        }))
    }
}

/// The operand that a condition begins with.
fn leftmost(expr: &sql::Expr) -> &sql::Expr {
    match expr {
        sql::Expr::Nested(inner) => leftmost(inner),
        sql::Expr::Like { expr, .. } | sql::Expr::ILike { expr, .. } | sql::Expr::SimilarTo { expr, .. } => {
            leftmost(expr)
        }
        sql::Expr::BinaryOp { left, .. } => leftmost(left),
        sql::Expr::UnaryOp { expr, .. } => leftmost(expr),
        other => other,
    }
}

fn literal(value: &sql::Value) -> Option<Value> {
    match value {
        sql::Value::SingleQuotedString(text) => Some(Value::Text(text.clone())),
        sql::Value::Number(number, _) => number.parse().ok().map(Value::Int),
        sql::Value::Boolean(truth) => Some(Value::Bool(*truth)),
        _ => None,
    }
}

/// A LIKE pattern as a regular expression.
fn like(pattern: &str, escape: Option<&sql::ValueWithSpan>) -> Result<String> {
    let pattern = match escape.map(|escape| &escape.value) {
        Some(sql::Value::SingleQuotedString(escape)) => with_backslash(pattern, escape)?,
        _ => pattern.to_string(),
    };
    let mut regular = String::from(r"(?s)\A");
    let mut chars = pattern.chars();
    while let Some(next) = chars.next() {
        match next {
            '%' => regular.push_str(".*"),
            '_' => regular.push('.'),
            other => {
                let literal = if other == '\\' { chars.next().unwrap_or(other) } else { other };
                regular.push_str(&regex::escape(literal.encode_utf8(&mut [0; 4])));
            }
        }
    }
    regular.push_str(r"\z");
    Ok(regular)
}

fn matches(text: &str, pattern: &str) -> Result<bool> {
    let compiled = regex::Regex::new(pattern)
        .map_err(|_| Error::new(Code::WrongArguments, format!("'{pattern}' is no regular expression")))?;
    Ok(compiled.is_match(text))
}

fn unsupported(expr: &sql::Expr) -> Error {
    let message = format!("`{expr}` is no condition on the name of a column");
    Error::new(Code::WrongArguments, message).with_help(
        "COLUMNS takes comparisons, patterns, LOWER, UPPER, LENGTH, CONTAINS, STARTS_WITH and ENDS_WITH",
    )
}
