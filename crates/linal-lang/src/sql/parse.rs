//! Runs sqlparser over our tokens, on a stack that suffices.

use super::convert::{Converted, too_deep};
use super::dialect::LinalDialect;
use super::{
    errors, exclusion, from_first, paths, percentage, projection_text, sql_span, star_options, table_clauses,
};
use crate::{Span, SyntaxError};
use sqlparser::ast as sql;
use sqlparser::keywords::Keyword;
use sqlparser::parser::{Parser, ParserError};
use sqlparser::tokenizer::{Token, TokenWithSpan};

/// Recursion limit of sqlparser's rules. A parenthesis takes one level, a subquery three.
const RECURSION_LIMIT: usize = 300;
/// Stack for one level; without optimisation its frames are large.
const STACK_PER_LEVEL: usize = if cfg!(debug_assertions) { 96 * 1024 } else { 24 * 1024 };

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
    pub parenthesised: bool,
}

/// Parses a query; also returns the texts of its projection.
pub(crate) fn query(input: Input<'_>) -> Result<(Box<sql::Query>, Vec<Box<str>>), SyntaxError> {
    let mut query = parse(input, |parser| parser.parse_query())?;
    let items = projection_text::query_items(input, &query);
    if !input.converted.paths.is_empty() {
        with_stack(input, || paths::restore(input, &mut query));
    }
    Ok((query, items))
}

/// Parses a single `SELECT`.
pub(crate) fn select(input: Input<'_>) -> Result<(Box<sql::Select>, Vec<Box<str>>), SyntaxError> {
    let select = parse(input, |parser| parser.parse_select())?;
    let items = projection_text::select_items(input, &select);
    Ok((Box::new(select), items))
}

/// Parses a scalar expression.
pub(crate) fn expression(input: Input<'_>) -> Result<Box<sql::Expr>, SyntaxError> {
    parse(input, |parser| parser.parse_expr()).map(Box::new)
}

/// Parses the keys after `ORDER BY`.
pub(crate) fn order_by(input: Input<'_>) -> Result<Vec<sql::OrderByExpr>, SyntaxError> {
    parse(input, |parser| parser.parse_comma_separated(Parser::parse_order_by_expr))
}

type Rule<T> = fn(&mut Parser) -> Result<T, ParserError>;

fn parse<T>(input: Input<'_>, rule: Rule<T>) -> Result<T, SyntaxError> {
    with_stack(input, || parse_all(input, rule).map_err(|error| errors::improve(input, error)))
}

/// Runs `action`, which recurses over the text or its tree, on a stack that suffices.
fn with_stack<T>(input: Input<'_>, action: impl FnOnce() -> T) -> T {
    let stack = STACK_PER_LEVEL * RECURSION_LIMIT.min(input.converted.tokens.len() + 4);
    stacker::maybe_grow(stack, stack.max(1 << 20) + (1 << 18), action)
}

/// Parses all tokens.
pub(super) fn parse_all<T>(input: Input<'_>, rule: Rule<T>) -> Result<T, SyntaxError> {
    parse_tokens(input, input.converted.tokens.clone(), input.end, rule)
}

/// Parses some tokens, all of which must be consumed.
pub(super) fn parse_tokens<T>(
    input: Input<'_>,
    mut tokens: Vec<TokenWithSpan>,
    end: usize,
    rule: Rule<T>,
) -> Result<T, SyntaxError> {
    let dialect = LinalDialect::default();
    exclusion::rewrite(&mut tokens);
    star_options::rewrite(&mut tokens);
    percentage::rewrite(&mut tokens);
    table_clauses::rewrite(&mut tokens)?;
    from_first::rewrite(&mut tokens);
    // An error at the end needs the span of the end.
    tokens.push(TokenWithSpan { token: Token::EOF, span: sql_span(Span::at(end)) });
    let mut parser =
        Parser::new(&dialect).with_recursion_limit(RECURSION_LIMIT).with_tokens_with_locations(tokens);
    let result = rule(&mut parser).and_then(|tree| match &parser.peek_token_ref().token {
        Token::EOF => Ok(tree),
        _ => parser.expected_ref(errors::END, parser.peek_token_ref()),
    });
    result.map_err(|error| match error {
        ParserError::RecursionLimitExceeded => too_deep(Span::at(end)),
        ParserError::ParserError(text) | ParserError::TokenizerError(text) => {
            dialect.stored_error(&text).unwrap_or_else(|| errors::translate(input, &text, end))
        }
    })
}

/// Whether a token is a keyword.
pub(super) fn is_keyword(token: &TokenWithSpan, keywords: &[Keyword]) -> bool {
    matches!(&token.token, Token::Word(word) if keywords.contains(&word.keyword))
}
