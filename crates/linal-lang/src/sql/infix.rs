//! Operators that sqlparser reads in another way than the language does.

use super::dialect::{LinalDialect, POWER};
use super::span;
use crate::{SyntaxError, SyntaxErrorKind};
use sqlparser::ast::{BinaryOperator, Expr, Spanned};
use sqlparser::keywords::Keyword;
use sqlparser::parser::{Parser, ParserError};
use sqlparser::tokenizer::Token;

type Parsed = Result<Expr, ParserError>;

/// `a ^ b`, which groups to the right: its right side may be a power again.
pub(super) fn power(parser: &mut Parser, left: &Expr) -> Parsed {
    parser.advance_token();
    let right = parser.parse_subexpr(POWER - 1)?;
    Ok(binary(left.clone(), BinaryOperator::BitwiseXor, right))
}

/// `a DIV b`.
pub(super) fn division(parser: &mut Parser, left: &Expr, precedence: u8) -> Parsed {
    parser.advance_token();
    let right = parser.parse_subexpr(precedence)?;
    Ok(binary(left.clone(), BinaryOperator::MyIntegerDivide, right))
}

/// A row of AND or of OR, as a tree that is as flat as can be: generated conditions have thousands of terms.
pub(super) fn logic(parser: &mut Parser, first: &Expr, precedence: u8) -> Parsed {
    let (keyword, op) = match parser.peek_keyword(Keyword::AND) {
        true => (Keyword::AND, BinaryOperator::And),
        false => (Keyword::OR, BinaryOperator::Or),
    };
    let mut terms = vec![first.clone()];
    while parser.parse_keyword(keyword) {
        terms.push(parser.parse_subexpr(precedence)?);
    }
    Ok(join(terms, &op).unwrap_or_else(|| first.clone()))
}

/// The row of ANDs that has these terms.
pub(crate) fn all_of(terms: Vec<Expr>) -> Option<Expr> {
    join(terms, &BinaryOperator::And)
}

/// Neighbours are joined round by round until one is left.
fn join(mut terms: Vec<Expr>, op: &BinaryOperator) -> Option<Expr> {
    while terms.len() > 1 {
        let mut joined = Vec::with_capacity(terms.len().div_ceil(2));
        let mut rest = terms.into_iter();
        while let Some(left) = rest.next() {
            joined.push(match rest.next() {
                Some(right) => binary(left, op.clone(), right),
                None => left,
            });
        }
        terms = joined;
    }
    terms.pop()
}

fn binary(left: Expr, op: BinaryOperator, right: Expr) -> Expr {
    Expr::BinaryOp { left: Box::new(left), op, right: Box::new(right) }
}

pub(super) fn is_comparison(token: &Token) -> bool {
    matches!(token, Token::Eq | Token::Neq | Token::Lt | Token::LtEq | Token::Gt | Token::GtEq)
}

fn compares(op: &BinaryOperator) -> bool {
    use BinaryOperator::{Eq, Gt, GtEq, Lt, LtEq, NotEq};
    matches!(op, Eq | NotEq | Lt | LtEq | Gt | GtEq)
}

/// `a < b < c` would compare a truth value with `c`, which nobody means.
pub(super) fn refuse_chain(dialect: &LinalDialect, parser: &Parser, left: &Expr) -> Option<Parsed> {
    let Expr::BinaryOp { left: first, op, right: middle } = left else {
        return None;
    };
    if !compares(op) {
        return None;
    }
    let sign = parser.peek_token_ref();
    let last = parser.peek_nth_token_ref(1);
    let help = format!("write `{first} {op} {middle} AND {middle} {} {}`", sign.token, last.token);
    let place = span(sign.span).unwrap_or_else(|| span(left.span()).unwrap_or_default());
    let error = SyntaxError::new(SyntaxErrorKind::ChainedComparison, place, "comparisons cannot be chained");
    Some(Err(dialect.fault(error.with_help(help))))
}
