//! The relation before a clause, and samples of it.

use super::tokens::{Insert, find, find_before, is_keyword, opening_of};
use sqlparser::keywords::Keyword;
use sqlparser::tokenizer::{Token, TokenWithSpan};

/// Keywords between which and a clause its relation stands.
const BEFORE_RELATION: [Keyword; 4] =
    [Keyword::FROM, Keyword::JOIN, Keyword::STRAIGHT_JOIN, Keyword::LATERAL];

/// The first token of the relation that ends before `end`.
pub(super) fn start(tokens: &[TokenWithSpan], end: usize) -> usize {
    let before =
        find_before(tokens, end, |token| token.token == Token::Comma || is_keyword(token, &BEFORE_RELATION));
    match before {
        Some(before) => before + 1,
        None => enclosing(tokens, end),
    }
}

/// The first token of a relation that may be a join with its condition, as before PIVOT.
pub(super) fn start_of_join(tokens: &[TokenWithSpan], end: usize) -> usize {
    let start = start(tokens, end);
    let has_condition =
        find(tokens, start, |_, token| is_keyword(token, &[Keyword::ON, Keyword::USING])) < end;
    if !has_condition {
        return start;
    }
    let before =
        find_before(tokens, end, |token| token.token == Token::Comma || is_keyword(token, &[Keyword::FROM]));
    before.map_or_else(|| enclosing(tokens, end), |before| before + 1)
}

/// The first token in the brackets around `end`.
fn enclosing(tokens: &[TokenWithSpan], end: usize) -> usize {
    let mut start = end;
    while start > 0 {
        let token = &tokens[start - 1].token;
        match token {
            Token::LParen | Token::LBracket | Token::LBrace => return start,
            Token::RParen | Token::RBracket | Token::RBrace => {
                start = opening_of(tokens, start - 1).unwrap_or(0);
            }
            _ => start -= 1,
        }
    }
    0
}

/// The name by which columns of a relation are qualified.
fn qualifier(relation: &[TokenWithSpan]) -> Option<TokenWithSpan> {
    let last = relation.len().checked_sub(1)?;
    match &relation[last].token {
        Token::Word(_) => Some(relation[last].clone()),
        Token::RParen => {
            let open = opening_of(relation, last)?;
            // `t AS u(a, b)` and `f(x)`; a subquery has no name.
            let name = relation.get(open.checked_sub(1)?)?;
            matches!(name.token, Token::Word(_)).then(|| name.clone())
        }
        _ => None,
    }
}

/// Moves the TABLESAMPLE at a position around its relation.
pub(super) fn sampled(tokens: &mut Vec<TokenWithSpan>, at: usize) -> usize {
    let insert = Insert(tokens[at].span);
    let start = start(tokens, at);
    let relation = tokens[start..at].to_vec();
    let end = (at + 5).min(tokens.len());
    let mut new = vec![insert.token(Token::LParen)];
    new.extend(insert.keywords(&["SELECT"]));
    new.push(insert.token(Token::Mul));
    new.extend(insert.keywords(&["FROM"]));
    let added = new.len();
    let alias = qualifier(&relation);
    new.extend(relation);
    new.extend(sort_by(&insert, &tokens[at + 1..end]));
    new.push(insert.token(Token::RParen));
    let has_alias = tokens.get(end).is_some_and(|next| match &next.token {
        Token::Word(word) => word.keyword == Keyword::AS || word.keyword == Keyword::NoKeyword,
        _ => false,
    });
    if let Some(alias) = alias.filter(|_| !has_alias) {
        new.extend(insert.keywords(&["AS"]));
        new.push(alias);
    }
    tokens.splice(start..end, new);
    // The relation ends where the sample was, that many tokens later.
    added
}

/// Moves a USING SAMPLE before the clauses that follow WHERE and GROUP BY.
pub(super) fn sampled_from(tokens: &mut Vec<TokenWithSpan>, at: usize) -> usize {
    let insert = Insert(tokens[at].span);
    let end = (at + 5).min(tokens.len());
    let clause = sort_by(&insert, &tokens[at + 1..end]);
    tokens.drain(at..end);
    let select = find_before(tokens, at, |token| is_keyword(token, &[Keyword::SELECT]));
    let is_later =
        |token: &TokenWithSpan| is_keyword(token, &[Keyword::HAVING, Keyword::QUALIFY, Keyword::WINDOW]);
    let point =
        select.map_or(at, |select| find(tokens, select, |found, token| found >= at || is_later(token)));
    tokens.splice(point..point, clause);
    0
}

fn sort_by(insert: &Insert, spec: &[TokenWithSpan]) -> Vec<TokenWithSpan> {
    let arguments = spec.iter().map(|token| vec![token.clone()]).collect();
    let mut clause = insert.keywords(&["SORT", "BY"]);
    clause.extend(insert.call(super::SAMPLE, arguments));
    clause
}
