//! LIKE, SIMILAR TO and the regular expression operators, as expressions that DataFusion plans with the same
//! meaning.

use linal_dataset::Result;
use sqlparser::ast as sql;

use crate::frontend::resolve::call;
use crate::udf::{LIKE_PATTERN, REGEX_MATCH, REGEX_MATCH_ANY_CASE, SIMILAR_TO, with_backslash};

/// Rewrites SIMILAR TO, `~`, `~*`, `!~` or `!~*` to a call; `None` for other expressions.
pub(crate) fn as_call(expr: &sql::Expr) -> Option<sql::Expr> {
    use sql::BinaryOperator::{PGRegexIMatch, PGRegexMatch, PGRegexNotIMatch, PGRegexNotMatch};
    match expr {
        // An expression with an invalid escape is rejected as it is.
        sql::Expr::SimilarTo { .. } if check_escape(expr).is_err() => None,
        sql::Expr::SimilarTo { negated, expr, pattern, escape_char } => {
            let escape = escape_char.iter().map(|escape| sql::Expr::Value(escape.clone()));
            let args = [expr, pattern].into_iter().map(|arg| arg.as_ref().clone()).chain(escape);
            Some(negated_if(*negated, call(SIMILAR_TO, args.collect())))
        }
        sql::Expr::BinaryOp { left, op, right } => {
            let (negated, function) = match op {
                PGRegexMatch => (false, REGEX_MATCH),
                PGRegexNotMatch => (true, REGEX_MATCH),
                PGRegexIMatch => (false, REGEX_MATCH_ANY_CASE),
                PGRegexNotIMatch => (true, REGEX_MATCH_ANY_CASE),
                _ => return None,
            };
            let matches = call(function, vec![left.as_ref().clone(), right.as_ref().clone()]);
            Some(negated_if(negated, matches))
        }
        _ => None,
    }
}

fn negated_if(negated: bool, expr: sql::Expr) -> sql::Expr {
    if negated {
        let op = sql::UnaryOperator::Not;
        sql::Expr::UnaryOp { op, expr: Box::new(sql::Expr::Nested(Box::new(expr))) }
    } else {
        expr
    }
}

/// Rewrites the pattern of a LIKE to use backslashes as its escape. Errors in a literal pattern are left for
/// [`check_escape`].
pub(crate) fn without_escape(pattern: &mut sql::Expr, escape: &mut Option<sql::ValueWithSpan>) {
    let Some(character) = escape else { return };
    let constant = match (text_of(pattern), string(&character.value)) {
        (Some(text), Some(character)) => match with_backslash(text, character) {
            Ok(text) => Some(text),
            Err(_) => return,
        },
        _ => None,
    };
    *pattern = match constant {
        Some(text) => sql::Expr::value(sql::Value::SingleQuotedString(text)),
        None => call(LIKE_PATTERN, vec![pattern.clone(), sql::Expr::Value(character.clone())]),
    };
    *escape = None;
}

/// Rejects a literal pattern with an invalid escape.
///
/// # Errors `E0310` for an escape of more than one character, and for a pattern that ends with it.
pub(crate) fn check_escape(expr: &sql::Expr) -> Result<()> {
    let (sql::Expr::Like { pattern, escape_char: Some(escape), .. }
    | sql::Expr::ILike { pattern, escape_char: Some(escape), .. }
    | sql::Expr::SimilarTo { pattern, escape_char: Some(escape), .. }) = expr
    else {
        return Ok(());
    };
    match (text_of(pattern), string(&escape.value)) {
        (Some(pattern), Some(escape)) => with_backslash(pattern, escape).map(|_| ()),
        _ => Ok(()),
    }
}

fn text_of(expr: &sql::Expr) -> Option<&str> {
    match expr {
        sql::Expr::Value(value) => string(&value.value),
        _ => None,
    }
}

fn string(value: &sql::Value) -> Option<&str> {
    match value {
        sql::Value::SingleQuotedString(text) => Some(text),
        _ => None,
    }
}
