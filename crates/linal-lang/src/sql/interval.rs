//! `INTERVAL '5' MONTH`, `INTERVAL '1-2' YEAR TO MONTH`, `INTERVAL 3 DAYS`, `INTERVAL (n) DAY`.
//!
//! sqlparser knows only some of the units, and would take any other for an alias.

use sqlparser::ast::{BinaryOperator, DateTimeField, Expr, Ident, Interval, Value};
use sqlparser::parser::{Parser, ParserError};
use sqlparser::tokenizer::Token;

/// Units of intervals, each with its singular.
const UNITS: &[&str] = &[
    "nanosecond",
    "nanoseconds",
    "microsecond",
    "microseconds",
    "millisecond",
    "milliseconds",
    "second",
    "seconds",
    "minute",
    "minutes",
    "hour",
    "hours",
    "day",
    "days",
    "week",
    "weeks",
    "month",
    "months",
    "quarter",
    "quarters",
    "year",
    "years",
    "decade",
    "decades",
    "century",
    "centuries",
    "millennium",
    "millennia",
    "millenniums",
];

/// Whether a word is a unit of intervals.
pub(super) fn is_unit(word: &str) -> bool {
    UNITS.iter().any(|unit| unit.eq_ignore_ascii_case(word))
}

/// Parses an interval; the next token is `INTERVAL`.
pub(super) fn parse(parser: &mut Parser) -> Result<Expr, ParserError> {
    parser.advance_token();
    let value = parser.parse_prefix()?;
    let first = unit(parser);
    let last = match first {
        Some(_) if is_word(parser, 0, "to") && next_unit(parser, 1).is_some() => {
            parser.advance_token();
            unit(parser)
        }
        _ => None,
    };
    if is_constant(&value) {
        return Ok(interval(value, first, last));
    }
    // An expression is a count of units.
    let Some(unit) = first else {
        return parser.expected_ref("a unit of time", parser.peek_token_ref());
    };
    let one = Value::SingleQuotedString("1".to_owned());
    let one = interval(Expr::Value(one.into()), Some(unit), None);
    let value = match value {
        nested @ Expr::Nested(_) => nested,
        other => Expr::Nested(Box::new(other)),
    };
    Ok(Expr::Nested(Box::new(Expr::BinaryOp {
        left: Box::new(value),
        op: BinaryOperator::Multiply,
        right: Box::new(one),
    })))
}

fn interval(value: Expr, first: Option<Ident>, last: Option<Ident>) -> Expr {
    Expr::Interval(Interval {
        value: Box::new(value),
        leading_field: first.map(DateTimeField::Custom),
        leading_precision: None,
        last_field: last.map(DateTimeField::Custom),
        fractional_seconds_precision: None,
    })
}

/// Whether a value is a number or a string, possibly after a minus sign.
fn is_constant(value: &Expr) -> bool {
    match value {
        Expr::Value(value) => matches!(value.value, Value::Number(..) | Value::SingleQuotedString(_)),
        Expr::UnaryOp { expr, .. } => is_constant(expr),
        _ => false,
    }
}

fn next_unit(parser: &Parser, at: usize) -> Option<Ident> {
    let token = parser.peek_nth_token_ref(at);
    match &token.token {
        Token::Word(word) if word.quote_style.is_none() && is_unit(&word.value) => {
            Some(word.clone().into_ident(token.span))
        }
        _ => None,
    }
}

fn unit(parser: &mut Parser) -> Option<Ident> {
    let unit = next_unit(parser, 0)?;
    parser.advance_token();
    Some(unit)
}

fn is_word(parser: &Parser, at: usize, wanted: &str) -> bool {
    matches!(&parser.peek_nth_token_ref(at).token, Token::Word(word) if word.value.eq_ignore_ascii_case(wanted))
}
