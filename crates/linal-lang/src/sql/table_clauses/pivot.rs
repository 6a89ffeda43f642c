//! PIVOT as a statement and as a clause.

use super::factor;
use super::tokens::{Insert, after_brackets, find, is_keyword, split_at_commas};
use crate::{Code, SyntaxError};
use sqlparser::keywords::Keyword;
use sqlparser::tokenizer::{Token, TokenWithSpan};

/// The clauses of a query that follow those of a PIVOT.
const AFTER: [Keyword; 9] = [
    Keyword::ORDER,
    Keyword::LIMIT,
    Keyword::OFFSET,
    Keyword::FETCH,
    Keyword::UNION,
    Keyword::EXCEPT,
    Keyword::INTERSECT,
    Keyword::WHERE,
    Keyword::HAVING,
];

/// The end of a statement whose clauses begin at `start`.
pub(super) fn end_of_statement(tokens: &[TokenWithSpan], start: usize) -> usize {
    find(tokens, start, |_, token| is_keyword(token, &AFTER))
}

/// Rewrites `SELECT __pivot FROM t ON .. USING .. GROUP BY ..`, whose item is at `item`.
pub(super) fn statement(tokens: &mut Vec<TokenWithSpan>, item: usize) -> Result<usize, SyntaxError> {
    let insert = Insert(tokens[item].span);
    let first = item + 2;
    let end = end_of_statement(tokens, first);
    let begins = [Keyword::ON, Keyword::USING, Keyword::GROUP];
    let section = |keyword: Keyword| -> Vec<TokenWithSpan> {
        let start = find(&tokens[..end], first, |_, token| is_keyword(token, &[keyword]));
        if start == end {
            return Vec::new();
        }
        // GROUP BY has two words.
        let start = start + if keyword == Keyword::GROUP { 2 } else { 1 };
        let stop = find(&tokens[..end], start, |_, token| is_keyword(token, &begins));
        tokens.get(start..stop).unwrap_or_default().to_vec()
    };
    let source_end = find(&tokens[..end], first, |_, token| is_keyword(token, &begins));
    let source = tokens[first..source_end].to_vec();
    let parts = Parts {
        on: split_at_commas(&section(Keyword::ON)).into_iter().map(<[_]>::to_vec).collect(),
        using: section(Keyword::USING),
        group_by: section(Keyword::GROUP),
    };
    if parts.on.is_empty() && parts.using.is_empty() {
        return Err(nothing_to_pivot(&insert));
    }
    let query = parts.query(&insert, source);
    tokens.splice(item - 1..end, query);
    Ok(0)
}

/// Rewrites `t PIVOT (..)` whose word is at `at`; a name otherwise stays.
pub(super) fn clause(tokens: &mut Vec<TokenWithSpan>, at: usize) -> Result<usize, SyntaxError> {
    let open = at + 1;
    if tokens.get(open).is_none_or(|token| token.token != Token::LParen) {
        return Ok(0);
    }
    let end = after_brackets(tokens, open);
    let inner = tokens[open + 1..end.saturating_sub(1).max(open + 1)].to_vec();
    let has_for = find(&inner, 0, |_, token| is_keyword(token, &[Keyword::FOR]));
    if has_for == inner.len() {
        return Ok(0);
    }
    let insert = Insert(tokens[at].span);
    let group = find(&inner, has_for, |_, token| is_keyword(token, &[Keyword::GROUP]));
    let parts = Parts {
        using: inner[..has_for].to_vec(),
        on: conditions(&inner[has_for + 1..group]),
        group_by: inner.get(group + 2..).unwrap_or_default().to_vec(),
    };
    let start = factor::start_of_join(tokens, at);
    let source = tokens[start..at].to_vec();
    let mut query = vec![insert.token(Token::LParen)];
    query.extend(parts.query(&insert, source));
    query.push(insert.token(Token::RParen));
    // The relation is looked at again: it comes after the items, and may have clauses of its own.
    let added = query.len();
    tokens.splice(start..end, query);
    Ok((start + added).saturating_sub(at))
}

/// The conditions after FOR, which no comma separates: each ends with the list of its IN.
fn conditions(tokens: &[TokenWithSpan]) -> Vec<Vec<TokenWithSpan>> {
    let mut conditions = Vec::new();
    let mut start = 0;
    while start < tokens.len() {
        let word = find(tokens, start, |_, token| is_keyword(token, &[Keyword::IN]));
        let end = if word + 1 < tokens.len() { after_brackets(tokens, word + 1) } else { tokens.len() };
        conditions.push(tokens[start..end].to_vec());
        start = end;
    }
    conditions
}

/// The parts of a PIVOT.
struct Parts {
    on: Vec<Vec<TokenWithSpan>>,
    using: Vec<TokenWithSpan>,
    group_by: Vec<TokenWithSpan>,
}

impl Parts {
    /// `SELECT using FROM source GROUP BY group CLUSTER BY on`.
    fn query(self, insert: &Insert, source: Vec<TokenWithSpan>) -> Vec<TokenWithSpan> {
        let mut query = insert.keywords(&["SELECT"]);
        if self.on.is_empty() {
            query.extend(self.group_by.iter().cloned());
            if !self.group_by.is_empty() {
                query.push(insert.token(Token::Comma));
            }
        }
        if self.using.is_empty() {
            let star = vec![vec![insert.token(Token::Mul)]];
            query.extend(insert.call("count", star));
        } else {
            query.extend(self.using);
        }
        query.extend(insert.keywords(&["FROM"]));
        query.extend(source);
        if !self.group_by.is_empty() {
            query.extend(insert.keywords(&["GROUP", "BY"]));
            query.extend(self.group_by);
        }
        for (at, condition) in self.on.iter().enumerate() {
            query.extend(if at == 0 {
                insert.keywords(&["CLUSTER", "BY"])
            } else {
                vec![insert.token(Token::Comma)]
            });
            query.extend(named_values(insert, condition));
        }
        query
    }
}

/// `y IN (1 AS a, 2)` with its names as calls.
fn named_values(insert: &Insert, condition: &[TokenWithSpan]) -> Vec<TokenWithSpan> {
    let word = find(condition, 0, |_, token| is_keyword(token, &[Keyword::IN]));
    let is_list = condition.get(word + 1).is_some_and(|token| token.token == Token::LParen)
        && !condition
            .get(word + 2)
            .is_some_and(|token| is_keyword(token, &[Keyword::SELECT, Keyword::WITH, Keyword::VALUES]));
    if !is_list || after_brackets(condition, word + 1) != condition.len() {
        return condition.to_vec();
    }
    let mut named = condition[..word + 2].to_vec();
    let items = split_at_commas(&condition[word + 2..condition.len() - 1]);
    named.extend(insert.named_items(&items));
    named.extend(condition.last().cloned());
    named
}

fn nothing_to_pivot(insert: &Insert) -> SyntaxError {
    let span = super::super::span(insert.0).unwrap_or_default();
    SyntaxError::new(Code::UnexpectedToken, span, "PIVOT needs ON with columns, or USING with aggregates")
        .with_help("write `PIVOT t ON year USING SUM(sales) GROUP BY region`")
}
