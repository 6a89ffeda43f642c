//! The source text of the items of a projection, which is the default name of their columns.

use super::parse::{Input, is_keyword};
use super::span;
use sqlparser::ast::{Query, Select, SelectItem, SetExpr};
use sqlparser::keywords::Keyword;
use sqlparser::tokenizer::{Token, TokenWithSpan};

/// Keywords that end the projection.
const END_KEYWORDS: &[Keyword] = &[
    Keyword::FROM,
    Keyword::WHERE,
    Keyword::GROUP,
    Keyword::HAVING,
    Keyword::QUALIFY,
    Keyword::WINDOW,
    Keyword::ORDER,
    Keyword::LIMIT,
    Keyword::OFFSET,
    Keyword::FETCH,
    Keyword::UNION,
    Keyword::EXCEPT,
    Keyword::INTERSECT,
];

/// The texts of the items of the first SELECT of a query.
pub(super) fn query_items(input: Input<'_>, query: &Query) -> Vec<Box<str>> {
    let mut body = query.body.as_ref();
    loop {
        body = match body {
            SetExpr::Select(select) => return select_items(input, select),
            SetExpr::Query(inner) => inner.body.as_ref(),
            SetExpr::SetOperation { left, .. } => left.as_ref(),
            _ => return Vec::new(),
        }
    }
}

/// The texts of the items of a SELECT.
pub(super) fn select_items(input: Input<'_>, select: &Select) -> Vec<Box<str>> {
    let tokens = &input.converted.tokens;
    let begin = select.select_token.0.span.start;
    // Inserted and moved tokens are not in source order, so the SELECT is found by its span.
    let Some(first) =
        tokens.iter().position(|token| token.span.start == begin && is_keyword(token, &[Keyword::SELECT]))
    else {
        return Vec::new();
    };
    let items = split(after_quantifier(&tokens[first + 1..]));
    let text =
        |(item, tokens): (&SelectItem, &[TokenWithSpan])| text(input.source, without_alias(item, tokens));
    select.projection.iter().zip(items).map(text).collect()
}

/// Skips ALL, DISTINCT and DISTINCT ON (...).
fn after_quantifier(tokens: &[TokenWithSpan]) -> &[TokenWithSpan] {
    match tokens {
        [all, rest @ ..] if is_keyword(all, &[Keyword::ALL]) => rest,
        [distinct, on, rest @ ..]
            if is_keyword(distinct, &[Keyword::DISTINCT]) && is_keyword(on, &[Keyword::ON]) =>
        {
            let mut depth = 0usize;
            let close = rest.iter().position(|token| {
                depth = depth_after(depth, &token.token);
                depth == 0
            });
            close.and_then(|at| rest.get(at + 1..)).unwrap_or(&[])
        }
        [distinct, rest @ ..] if is_keyword(distinct, &[Keyword::DISTINCT]) => rest,
        _ => tokens,
    }
}

fn depth_after(depth: usize, token: &Token) -> usize {
    match token {
        Token::LParen | Token::LBracket => depth + 1,
        Token::RParen | Token::RBracket => depth.saturating_sub(1),
        _ => depth,
    }
}

/// Splits at the commas outside brackets, up to the end of the projection.
fn split(tokens: &[TokenWithSpan]) -> Vec<&[TokenWithSpan]> {
    let mut items = Vec::new();
    let mut start = 0;
    let mut depth = 0;
    for (at, token) in tokens.iter().enumerate() {
        let closes = matches!(token.token, Token::RParen | Token::RBracket);
        if depth == 0 && (closes || is_keyword(token, END_KEYWORDS) && !is_distinct_from(&tokens[..at])) {
            items.push(&tokens[start..at]);
            return items;
        }
        if depth == 0 && token.token == Token::Comma {
            items.push(&tokens[start..at]);
            start = at + 1;
        }
        depth = depth_after(depth, &token.token);
    }
    items.push(&tokens[start..]);
    items
}

/// `a IS DISTINCT FROM b` continues after its FROM.
fn is_distinct_from(before: &[TokenWithSpan]) -> bool {
    match before {
        [.., is_or_not, distinct] => {
            is_keyword(distinct, &[Keyword::DISTINCT]) && is_keyword(is_or_not, &[Keyword::IS, Keyword::NOT])
        }
        _ => false,
    }
}

fn without_alias<'a>(item: &SelectItem, tokens: &'a [TokenWithSpan]) -> &'a [TokenWithSpan] {
    match (item, tokens) {
        (SelectItem::ExprWithAlias { .. }, [rest @ .., sign, _]) if is_keyword(sign, &[Keyword::AS]) => rest,
        (SelectItem::ExprWithAlias { .. }, [rest @ .., _]) => rest,
        _ => tokens,
    }
}

fn text(source: &str, tokens: &[TokenWithSpan]) -> Box<str> {
    let our_span = |token: Option<&TokenWithSpan>| token.and_then(|token| span(token.span));
    match (our_span(tokens.first()), our_span(tokens.last())) {
        (Some(first), Some(last)) => first.to(last).text(source).into(),
        _ => "".into(),
    }
}
