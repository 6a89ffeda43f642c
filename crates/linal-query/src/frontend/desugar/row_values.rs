//! Comparisons of row values such as `(a, b)` and `ROW(a, b)`, as comparisons of their values.
//!
//! DataFusion compares rows as structs, in which NULL is an ordinary value. In the SQL standard, the
//! comparison of a row with a NULL is unknown where the other values do not decide. The values are compared
//! in pairs from the left.

use linal_dataset::{Error, Result, count};
use linal_error::Code;
use sqlparser::ast as sql;
use sqlparser::ast::BinaryOperator as Op;

use crate::frontend::ast_builder;

/// Rewrites a comparison of row values to a predicate; `None` for other expressions, and for rows of
/// different lengths.
pub(crate) fn compared(expr: &sql::Expr) -> Option<sql::Expr> {
    match expr {
        sql::Expr::BinaryOp { left, op, right } => compare(&items(left)?, op, &items(right)?),
        sql::Expr::IsNull(row) => {
            all(items(row)?.iter().map(|item| sql::Expr::IsNull(nested(item))).collect())
        }
        sql::Expr::IsNotNull(row) => {
            all(items(row)?.iter().map(|item| sql::Expr::IsNotNull(nested(item))).collect())
        }
        sql::Expr::IsDistinctFrom(left, right) => distinct(left, right).map(negated),
        sql::Expr::IsNotDistinctFrom(left, right) => distinct(left, right),
        sql::Expr::InList { expr, list, negated: not } => {
            let row = items(expr)?;
            let equal = list.iter().map(|member| compare(&row, &Op::Eq, &items(member)?));
            let found = any(equal.collect::<Option<Vec<_>>>()?)?;
            Some(if *not { negated(found) } else { found })
        }
        sql::Expr::Between { expr, negated: not, low, high } => {
            let row = items(expr)?;
            let within =
                all(vec![compare(&row, &Op::GtEq, &items(low)?)?, compare(&row, &Op::LtEq, &items(high)?)?])?;
            Some(if *not { negated(within) } else { within })
        }
        _ => None,
    }
}

/// Rejects comparisons of row values of different lengths.
///
/// # Errors `E0706` with both lengths.
pub(crate) fn check_lengths(expr: &sql::Expr) -> Result<()> {
    let pairs: Vec<(&sql::Expr, &sql::Expr)> = match expr {
        sql::Expr::BinaryOp { left, op, right } if is_comparison(op) => vec![(left, right)],
        sql::Expr::IsDistinctFrom(left, right) | sql::Expr::IsNotDistinctFrom(left, right) => {
            vec![(left, right)]
        }
        sql::Expr::InList { expr, list, .. } => list.iter().map(|member| (expr.as_ref(), member)).collect(),
        sql::Expr::Between { expr, low, high, .. } => vec![(expr, low), (expr, high)],
        _ => return Ok(()),
    };
    for (left, right) in pairs {
        if let (Some(left), Some(right)) = (items(left), items(right))
            && left.len() != right.len()
        {
            let message = format!(
                "a row of {} is compared with a row of {}",
                count(left.len(), "value"),
                count(right.len(), "value")
            );
            return Err(Error::new(Code::BadQuery, message));
        }
    }
    Ok(())
}

/// The values of a row; `None` for other expressions.
fn items(expr: &sql::Expr) -> Option<Vec<&sql::Expr>> {
    match expr {
        sql::Expr::Tuple(items) => Some(items.iter().collect()),
        sql::Expr::Nested(inner) => items(inner),
        sql::Expr::Function(function) if function.name.to_string().eq_ignore_ascii_case("row") => {
            let sql::FunctionArguments::List(list) = &function.args else { return None };
            let value = |arg| match arg {
                &sql::FunctionArg::Unnamed(sql::FunctionArgExpr::Expr(ref value)) => Some(value),
                _ => None,
            };
            list.args.iter().map(value).collect()
        }
        _ => None,
    }
}

fn is_comparison(op: &Op) -> bool {
    matches!(op, Op::Eq | Op::NotEq | Op::Lt | Op::LtEq | Op::Gt | Op::GtEq)
}

fn compare(left: &[&sql::Expr], op: &Op, right: &[&sql::Expr]) -> Option<sql::Expr> {
    if left.len() != right.len() {
        return None;
    }
    let pair = |op: &Op| {
        let pairs = left.iter().zip(right);
        let op = op.clone();
        pairs.map(move |(left, right)| ast_builder::binary((*left).clone(), op.clone(), (*right).clone()))
    };
    match op {
        Op::Eq => all(pair(op).collect()),
        Op::NotEq => any(pair(op).collect()),
        Op::Lt | Op::LtEq | Op::Gt | Op::GtEq => {
            let strict = if matches!(op, Op::Lt | Op::LtEq) { Op::Lt } else { Op::Gt };
            let equal: Vec<_> = pair(&Op::Eq).collect();
            let strict: Vec<_> = pair(&strict).collect();
            ordered(equal, strict, pair(op).next_back()?)
        }
        _ => None,
    }
}

/// `a < x OR (a = x AND (b < y OR (b = y AND c <= z)))`.
fn ordered(equal: Vec<sql::Expr>, strict: Vec<sql::Expr>, last: sql::Expr) -> Option<sql::Expr> {
    let before = equal.into_iter().zip(strict).rev().skip(1);
    Some(before.fold(last, |rest, (equal, strict)| {
        ast_builder::binary(strict, Op::Or, ast_builder::binary(equal, Op::And, rest))
    }))
}

fn distinct(left: &sql::Expr, right: &sql::Expr) -> Option<sql::Expr> {
    let (left, right) = (items(left)?, items(right)?);
    if left.len() != right.len() {
        return None;
    }
    let same =
        |(left, right): (&&sql::Expr, &&sql::Expr)| sql::Expr::IsNotDistinctFrom(nested(left), nested(right));
    all(left.iter().zip(&right).map(same).collect())
}

fn all(conditions: Vec<sql::Expr>) -> Option<sql::Expr> {
    conditions.into_iter().reduce(|left, right| ast_builder::binary(left, Op::And, right))
}

fn any(conditions: Vec<sql::Expr>) -> Option<sql::Expr> {
    conditions.into_iter().reduce(|left, right| ast_builder::binary(left, Op::Or, right))
}

fn negated(condition: sql::Expr) -> sql::Expr {
    sql::Expr::UnaryOp { op: sql::UnaryOperator::Not, expr: nested(&condition) }
}

fn nested(expr: &sql::Expr) -> Box<sql::Expr> {
    Box::new(sql::Expr::Nested(Box::new(expr.clone())))
}
