//! `FROM t SELECT a` and `FROM t WHERE b`: the SELECT moves before the FROM, or `SELECT *` is inserted.

use super::convert::keyword;
use sqlparser::keywords::Keyword;
use sqlparser::tokenizer::{Token, TokenWithSpan};

/// Clauses that end a FROM.
const CLAUSES: [Keyword; 13] = [
    Keyword::SELECT,
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

/// Clauses that end a SELECT with all of its clauses.
const SELECT_ENDS: [Keyword; 7] = [
    Keyword::ORDER,
    Keyword::LIMIT,
    Keyword::OFFSET,
    Keyword::FETCH,
    Keyword::UNION,
    Keyword::EXCEPT,
    Keyword::INTERSECT,
];

/// Gives each query that begins with its FROM the order of SQL.
pub(super) fn rewrite(tokens: &mut Vec<TokenWithSpan>) {
    let mut at = 0;
    let mut levels = vec![Level::default()];
    while at < tokens.len() {
        let is_first =
            is_from(&tokens[at]) && levels.last().is_some_and(|level| level.begins_with_from(at, tokens));
        if is_first {
            select_before(tokens, at);
        }
        advance(&mut levels, &tokens[at], at);
        at += 1;
    }
}

/// What an open bracket has seen of its current SELECT.
#[derive(Default)]
struct Level {
    /// The index of the first token of the SELECT.
    start: usize,
    has_select: bool,
    has_with: bool,
}

impl Level {
    /// Whether the FROM at an index begins its query.
    fn begins_with_from(&self, at: usize, tokens: &[TokenWithSpan]) -> bool {
        let only_quantifiers = || {
            tokens[self.start..at]
                .iter()
                .all(|token| is_word(token, &[Keyword::ALL, Keyword::DISTINCT, Keyword::BY, Keyword::NAME]))
        };
        !self.has_select && (self.has_with || only_quantifiers())
    }
}

fn advance(levels: &mut Vec<Level>, token: &TokenWithSpan, at: usize) {
    match &token.token {
        Token::LParen | Token::LBracket => levels.push(Level { start: at + 1, ..Level::default() }),
        Token::RParen | Token::RBracket if levels.len() > 1 => {
            levels.pop();
        }
        _ => {}
    }
    let Some(level) = levels.last_mut() else { return };
    if is_word(token, &[Keyword::SELECT, Keyword::VALUES]) {
        level.has_select = true;
    } else if is_word(token, &[Keyword::WITH]) && level.start == at {
        level.has_with = true;
    } else if is_word(token, &[Keyword::UNION, Keyword::EXCEPT, Keyword::INTERSECT]) {
        *level = Level { start: at + 1, ..Level::default() };
    }
}

/// Moves the SELECT of the query whose FROM is at an index before it, or inserts one.
fn select_before(tokens: &mut Vec<TokenWithSpan>, from: usize) {
    let end = next_of(tokens, from + 1, &SELECT_ENDS);
    let select = next_of(tokens, from + 1, &[Keyword::SELECT]);
    if select < end {
        let after = next_of(tokens, select + 1, &CLAUSES);
        tokens[from..after].rotate_left(select - from);
        return;
    }
    let span = tokens[from].span;
    let everything = [keyword("SELECT"), Token::Mul].map(|token| TokenWithSpan { token, span });
    tokens.splice(from..from, everything);
}

/// The index of the next of these keywords outside brackets, or of the end of the query.
fn next_of(tokens: &[TokenWithSpan], start: usize, keywords: &[Keyword]) -> usize {
    let mut depth = 0usize;
    for (at, token) in tokens.iter().enumerate().skip(start) {
        match &token.token {
            Token::LParen | Token::LBracket => depth += 1,
            Token::RParen | Token::RBracket if depth == 0 => return at,
            Token::RParen | Token::RBracket => depth -= 1,
            Token::Word(word) if depth == 0 && keywords.contains(&word.keyword) => {
                let is_by = |next: &TokenWithSpan| is_word(next, &[Keyword::BY]);
                // `WITHIN GROUP (..)` is no clause.
                if word.keyword != Keyword::GROUP || tokens.get(at + 1).is_some_and(is_by) {
                    return at;
                }
            }
            Token::EOF => return at,
            _ => {}
        }
    }
    tokens.len()
}

fn is_from(token: &TokenWithSpan) -> bool {
    is_word(token, &[Keyword::FROM])
}

fn is_word(token: &TokenWithSpan, keywords: &[Keyword]) -> bool {
    matches!(&token.token, Token::Word(word) if keywords.contains(&word.keyword))
}
