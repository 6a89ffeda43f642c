//! Runs sqlparser over our tokens, on a stack that suffices.

use super::convert::{Converted, too_deep};
use super::dialect::LinalDialect;
use super::{exclusion, items, message, paths, sql_span};
use crate::{Span, SyntaxError};
use sqlparser::ast as sql;
use sqlparser::keywords::Keyword;
use sqlparser::parser::{Parser, ParserError};
use sqlparser::tokenizer::{Token, TokenWithSpan};

/// Recursion limit of sqlparser's rules. A parenthesis takes one level, a subquery three.
const MAX_RULES: usize = 300;
/// Stack for one level; without optimisation its frames are large.
const LEVEL: usize = if cfg!(debug_assertions) { 96 * 1024 } else { 24 * 1024 };

/// A converted text, and what error messages need of it.
#[derive(Clone, Copy)]
pub(crate) struct Input<'a> {
    /// The text.
    pub source: &'a str,
    /// The converted tokens.
    pub converted: &'a Converted,
    /// Offset of its end.
    pub end: usize,
    /// Whether it is a parenthesised query parsed on its own.
    pub inner: bool,
}

/// Parses a query; also returns the texts of its projection.
pub(crate) fn query(input: Input<'_>) -> Result<(Box<sql::Query>, Vec<Box<str>>), SyntaxError> {
    let mut query = run(input, |parser| parser.parse_query())?;
    let items = items::of_query(input, &query);
    if !input.converted.paths.is_empty() {
        deep(input, || paths::restore(input, &mut query));
    }
    Ok((query, items))
}

/// Parses a single `SELECT`.
pub(crate) fn select(input: Input<'_>) -> Result<(Box<sql::Select>, Vec<Box<str>>), SyntaxError> {
    let select = run(input, |parser| parser.parse_select())?;
    let items = items::of_select(input, &select);
    Ok((Box::new(select), items))
}

/// Parses a scalar expression.
pub(crate) fn expression(input: Input<'_>) -> Result<Box<sql::Expr>, SyntaxError> {
    run(input, |parser| parser.parse_expr()).map(Box::new)
}

/// Parses the keys after `ORDER BY`.
pub(crate) fn order_by(input: Input<'_>) -> Result<Vec<sql::OrderByExpr>, SyntaxError> {
    run(input, |parser| parser.parse_comma_separated(Parser::parse_order_by_expr))
}

type Rule<T> = fn(&mut Parser) -> Result<T, ParserError>;

fn run<T>(input: Input<'_>, rule: Rule<T>) -> Result<T, SyntaxError> {
    deep(input, || parse(input, rule).map_err(|error| message::better(input, error)))
}

/// Runs `action`, which recurses over the text or its tree, on a stack that suffices.
fn deep<T>(input: Input<'_>, action: impl FnOnce() -> T) -> T {
    let stack = LEVEL * MAX_RULES.min(input.converted.tokens.len() + 4);
    stacker::maybe_grow(stack, stack.max(1 << 20) + (1 << 18), action)
}

/// Parses all tokens.
pub(super) fn parse<T>(input: Input<'_>, rule: Rule<T>) -> Result<T, SyntaxError> {
    attempt(input, input.converted.tokens.clone(), input.end, rule)
}

/// Parses some tokens, all of which must be consumed.
pub(super) fn attempt<T>(
    input: Input<'_>,
    mut tokens: Vec<TokenWithSpan>,
    end: usize,
    rule: Rule<T>,
) -> Result<T, SyntaxError> {
    let dialect = LinalDialect::default();
    exclusion::rewrite(&mut tokens);
    // An error at the end needs the span of the end.
    tokens.push(TokenWithSpan { token: Token::EOF, span: sql_span(Span::at(end)) });
    let mut parser = Parser::new(&dialect).with_recursion_limit(MAX_RULES).with_tokens_with_locations(tokens);
    let result = rule(&mut parser).and_then(|tree| match &parser.peek_token_ref().token {
        Token::EOF => Ok(tree),
        _ => parser.expected_ref(message::END, parser.peek_token_ref()),
    });
    result.map_err(|error| match error {
        ParserError::RecursionLimitExceeded => too_deep(Span::at(end)),
        ParserError::ParserError(text) | ParserError::TokenizerError(text) => {
            dialect.recall(&text).unwrap_or_else(|| message::translate(input, &text, end))
        }
    })
}

/// Whether a token is a keyword.
pub(super) fn is(token: &TokenWithSpan, keywords: &[Keyword]) -> bool {
    matches!(&token.token, Token::Word(word) if keywords.contains(&word.keyword))
}
