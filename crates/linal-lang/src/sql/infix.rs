//! Infix operators that sqlparser parses differently.

use super::dialect::{LinalDialect, POWER};
use super::span;
use crate::{Code, SyntaxError};
use sqlparser::ast::{BinaryOperator, Expr, Spanned, UnaryOperator};
use sqlparser::keywords::Keyword;
use sqlparser::parser::{Parser, ParserError};
use sqlparser::tokenizer::Token;

type Parsed = Result<Expr, ParserError>;

/// `a ^ b` is right-associative: its right operand may be a power.
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

/// `a IS [NOT] DISTINCT FROM b`, where `b` ends before an operator that binds no tighter than IS.
pub(super) fn is_distinct_from(parser: &mut Parser, left: &Expr, precedence: u8) -> Option<Parsed> {
    let negated = next_are(parser, &[Keyword::IS, Keyword::NOT, Keyword::DISTINCT, Keyword::FROM]);
    if !negated && !next_are(parser, &[Keyword::IS, Keyword::DISTINCT, Keyword::FROM]) {
        return None;
    }
    (0..if negated { 4 } else { 3 }).for_each(|_| parser.advance_token());
    let left = Box::new(left.clone());
    Some(parser.parse_subexpr(precedence).map(|right| {
        if negated {
            Expr::IsNotDistinctFrom(left, Box::new(right))
        } else {
            Expr::IsDistinctFrom(left, Box::new(right))
        }
    }))
}

fn next_are(parser: &Parser, keywords: &[Keyword]) -> bool {
    keywords.iter().enumerate().all(|(at, keyword)| {
        matches!(&parser.peek_nth_token_ref(at).token, Token::Word(word) if word.keyword == *keyword)
    })
}

/// `a [NOT] IN ((SELECT ...), b)`: a list whose first item is a subquery. sqlparser takes the subquery for
/// the whole.
pub(super) fn in_list(parser: &mut Parser, left: &Expr, precedence: u8) -> Option<Parsed> {
    let negated = next_are(parser, &[Keyword::NOT, Keyword::IN]);
    if !negated && !next_are(parser, &[Keyword::IN]) {
        return None;
    }
    let open = if negated { 2 } else { 1 };
    if parser.peek_nth_token_ref(open).token != Token::LParen {
        (0..open).for_each(|_| parser.advance_token());
        return Some(parser.parse_subexpr(precedence).map(|right| is_in(left, right, negated)));
    }
    let has_two = [0, 1].into_iter().all(|at| parser.peek_nth_token_ref(open + at).token == Token::LParen);
    if !has_two || parser.peek_nth_token_ref(after_closing_bracket(parser, open + 1)?).token != Token::Comma {
        return None;
    }
    (0..=open).for_each(|_| parser.advance_token());
    let list = parser.parse_comma_separated(Parser::parse_expr);
    Some(list.and_then(|list| {
        parser.expect_token(&Token::RParen)?;
        Ok(Expr::InList { expr: Box::new(left.clone()), list, negated })
    }))
}

/// `a IN b`: b is a list, or the name of a table.
fn is_in(left: &Expr, right: Expr, negated: bool) -> Expr {
    let found = Expr::AnyOp {
        left: Box::new(left.clone()),
        compare_op: BinaryOperator::Eq,
        right: Box::new(right),
        is_some: false,
    };
    if negated {
        Expr::UnaryOp { op: UnaryOperator::Not, expr: Box::new(Expr::Nested(Box::new(found))) }
    } else {
        found
    }
}

/// The index of the token after the bracket that closes the one at `open`.
fn after_closing_bracket(parser: &Parser, open: usize) -> Option<usize> {
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

/// A chain of AND or of OR, as a balanced tree: generated conditions have thousands of terms.
pub(super) fn and_or_chain(parser: &mut Parser, first: &Expr, precedence: u8) -> Parsed {
    let (keyword, op) = if parser.peek_keyword(Keyword::AND) {
        (Keyword::AND, BinaryOperator::And)
    } else {
        (Keyword::OR, BinaryOperator::Or)
    };
    let mut terms = vec![first.clone()];
    while parser.parse_keyword(keyword) {
        terms.push(parser.parse_subexpr(precedence)?);
    }
    Ok(balanced_tree(terms, &op).unwrap_or_else(|| first.clone()))
}

/// The conjunction of the terms.
pub(crate) fn conjunction(terms: Vec<Expr>) -> Option<Expr> {
    balanced_tree(terms, &BinaryOperator::And)
}

/// Adjacent terms are combined in rounds until one is left.
fn balanced_tree(mut terms: Vec<Expr>, op: &BinaryOperator) -> Option<Expr> {
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

/// `a < b < c` would compare a Boolean with `c`, which is never meant.
pub(super) fn check_chained_comparison(
    dialect: &LinalDialect,
    parser: &Parser,
    left: &Expr,
) -> Option<Parsed> {
    let Expr::BinaryOp { left: first, op, right: middle } = left else {
        return None;
    };
    if !compares(op) {
        return None;
    }
    let sign = parser.peek_token_ref();
    let last = parser.peek_nth_token_ref(1);
    let help = format!("write `{first} {op} {middle} AND {middle} {} {}`", sign.token, last.token);
    let location = span(sign.span).unwrap_or_else(|| span(left.span()).unwrap_or_default());
    let error = SyntaxError::new(Code::ChainedComparison, location, "comparisons cannot be chained");
    Some(Err(dialect.store_error(error.with_help(help))))
}
