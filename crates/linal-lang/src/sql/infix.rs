//! Operators that sqlparser reads in another way than the language does.

use super::dialect::{LinalDialect, POWER};
use super::span;
use crate::{Code, SyntaxError};
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

/// `a IS [NOT] DISTINCT FROM b`: what stands behind `b` and binds no tighter than IS is not a part of it.
pub(super) fn distinct(parser: &mut Parser, left: &Expr, precedence: u8) -> Option<Parsed> {
    let negated = match is_next(parser, &[Keyword::IS, Keyword::DISTINCT, Keyword::FROM]) {
        true => false,
        false if is_next(parser, &[Keyword::IS, Keyword::NOT, Keyword::DISTINCT, Keyword::FROM]) => true,
        false => return None,
    };
    (0..if negated { 4 } else { 3 }).for_each(|_| parser.advance_token());
    let left = Box::new(left.clone());
    Some(parser.parse_subexpr(precedence).map(|right| match negated {
        true => Expr::IsNotDistinctFrom(left, Box::new(right)),
        false => Expr::IsDistinctFrom(left, Box::new(right)),
    }))
}

fn is_next(parser: &Parser, keywords: &[Keyword]) -> bool {
    keywords.iter().enumerate().all(|(at, keyword)| {
        matches!(&parser.peek_nth_token_ref(at).token, Token::Word(word) if word.keyword == *keyword)
    })
}

/// `a [NOT] IN ((SELECT ...), b)`: a list whose first item is a subquery, which sqlparser takes for the whole.
pub(super) fn members(parser: &mut Parser, left: &Expr) -> Option<Parsed> {
    let negated = is_next(parser, &[Keyword::NOT, Keyword::IN]);
    if !negated && !is_next(parser, &[Keyword::IN]) {
        return None;
    }
    let open = if negated { 2 } else { 1 };
    let has_two = [0, 1].into_iter().all(|at| parser.peek_nth_token_ref(open + at).token == Token::LParen);
    if !has_two || parser.peek_nth_token_ref(behind_bracket(parser, open + 1)?).token != Token::Comma {
        return None;
    }
    (0..=open).for_each(|_| parser.advance_token());
    let list = parser.parse_comma_separated(Parser::parse_expr);
    Some(list.and_then(|list| {
        parser.expect_token(&Token::RParen)?;
        Ok(Expr::InList { expr: Box::new(left.clone()), list, negated })
    }))
}

/// The place behind the bracket that closes the one at a place.
fn behind_bracket(parser: &Parser, open: usize) -> Option<usize> {
    let mut depth = 0;
    for at in open.. {
        match parser.peek_nth_token_ref(at).token {
            Token::LParen => depth += 1,
            Token::RParen => depth -= 1,
            Token::EOF => return None,
            _ => {}
        }
        if depth == 0 {
            return Some(at + 1);
        }
    }
    None
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
    let error = SyntaxError::new(Code::ChainedComparison, place, "comparisons cannot be chained");
    Some(Err(dialect.fault(error.with_help(help))))
}
