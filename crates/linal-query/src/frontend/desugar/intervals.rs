//! Interval literals with PostgreSQL's syntax.
//!
//! DataFusion reads `CAST('42' AS INTERVAL)` as months, and supports neither quarters nor ISO 8601.

use std::ops::ControlFlow;

use arrow::datatypes::IntervalMonthDayNano;
use linal_error::Code;
use linal_lang::Span;
use linal_lang::sql::WalkMut;
use linal_store::temporal::{Fields, Unit, negate, parse_interval};
use sqlparser::ast::{self as sql, Spanned, VisitMut, VisitorMut};

use linal_dataset::{Error, Result};

/// Rewrites every interval literal of a query to units that DataFusion reads in the same way.
///
/// # Errors A string that is not an interval.
pub(crate) fn write_out(query: &mut sql::Query) -> Result<()> {
    within(query)
}

/// As [`write_out`], for a value that is put into a plan.
///
/// # Errors A string that is not an interval.
pub(crate) fn write_out_value(value: &mut sql::Expr) -> Result<()> {
    within(value)
}

fn within(tree: &mut impl VisitMut) -> Result<()> {
    match tree.walk_mut(&mut Intervals) {
        ControlFlow::Break(error) => Err(error),
        ControlFlow::Continue(()) => Ok(()),
    }
}

struct Intervals;

impl VisitorMut for Intervals {
    type Break = Error;

    fn pre_visit_expr(&mut self, expr: &mut sql::Expr) -> ControlFlow<Error> {
        // DataFusion would apply the sign only to the first part of the string.
        let (literal, negative) = match expr {
            sql::Expr::Interval(literal) => (literal.clone(), false),
            sql::Expr::UnaryOp { op: sql::UnaryOperator::Minus, expr: operand } => match operand.as_ref() {
                sql::Expr::Interval(literal) => (literal.clone(), true),
                _ => return ControlFlow::Continue(()),
            },
            _ => return ControlFlow::Continue(()),
        };
        match written(&literal, negative) {
            Ok(text) => {
                let value = sql::Expr::Value(sql::Value::SingleQuotedString(text).into());
                *expr = sql::Expr::Interval(sql::Interval {
                    value: Box::new(value),
                    leading_field: None,
                    last_field: None,
                    ..literal
                });
                ControlFlow::Continue(())
            }
            Err(error) => ControlFlow::Break(error),
        }
    }
}

/// A literal as a string in months, days and nanoseconds.
fn written(literal: &sql::Interval, negated: bool) -> Result<String> {
    let unit = |field: &Option<sql::DateTimeField>| {
        field.as_ref().and_then(|field| Unit::from_word(&field.to_string()))
    };
    let fields = Fields { first: unit(&literal.leading_field), last: unit(&literal.last_field) };
    let value = constant(&literal.value)
        .and_then(|(text, negative)| {
            let interval = parse_interval(&text, fields)?;
            if negative != negated { negate(interval) } else { Some(interval) }
        })
        .ok_or_else(|| no_interval(literal))?;
    Ok(in_units(value))
}

/// An interval as a string that DataFusion parses. Errors show this string, so units that are zero are left
/// out.
pub(crate) fn in_units(interval: IntervalMonthDayNano) -> String {
    let IntervalMonthDayNano { months, days, nanoseconds } = interval;
    let units = [(i64::from(months), "months"), (i64::from(days), "days"), (nanoseconds, "nanoseconds")];
    let parts: Vec<String> = units
        .iter()
        .filter(|(count, _)| *count != 0)
        .map(|(count, unit)| format!("{count} {unit}"))
        .collect();
    if parts.is_empty() { "0 days".to_string() } else { parts.join(" ") }
}

/// The string of a literal, and whether it is negated.
fn constant(value: &sql::Expr) -> Option<(String, bool)> {
    match value {
        sql::Expr::Value(value) => match &value.value {
            sql::Value::SingleQuotedString(text) | sql::Value::Number(text, _) => Some((text.clone(), false)),
            _ => None,
        },
        sql::Expr::UnaryOp { op: sql::UnaryOperator::Minus, expr } => {
            constant(expr).map(|(text, negative)| (text, !negative))
        }
        _ => None,
    }
}

fn no_interval(literal: &sql::Interval) -> Error {
    let error = Error::new(Code::BadCast, format!("{} is no interval", literal.value))
        .with_help("an interval is written '1 year 2 months 3 days 04:05:06' or 'P1Y2M3DT4H5M6S'");
    match linal_lang::sql::span(literal.value.span()) {
        Some(Span { start, end }) => error.at(Span::new(start, end)),
        None => error,
    }
}
