//! UNPIVOT as a statement and as a clause.

use super::tokens::{Insert, after_brackets, find, is_keyword, is_word, split_at_commas, word};
use super::{factor, pivot};
use crate::{Code, SyntaxError};
use sqlparser::keywords::Keyword;
use sqlparser::tokenizer::{Token, TokenWithSpan};

/// Rewrites `SELECT __unpivot FROM t [INCLUDE NULLS] ON .. INTO NAME n VALUE v`, whose item is at `item`.
pub(super) fn statement(tokens: &mut Vec<TokenWithSpan>, item: usize) -> Result<usize, SyntaxError> {
    let insert = Insert(tokens[item].span);
    let first = item + 2;
    let end = pivot::end_of_statement(tokens, first);
    let on = find(&tokens[..end], first, |_, token| is_keyword(token, &[Keyword::ON]));
    if on == end {
        return Err(error(&insert, "UNPIVOT needs ON with the columns that become rows"));
    }
    let into = find(&tokens[..end], on, |_, token| is_word(Some(token), "INTO"));
    let (name, values) = names(&insert, &tokens[into..end])?;
    let source = &tokens[first..on];
    let option = |word: &str| {
        let [.., option, nulls] = source else { return false };
        is_word(Some(option), word) && is_word(Some(nulls), "NULLS")
    };
    let keeps_nulls = option("INCLUDE");
    let has_option = keeps_nulls || option("EXCLUDE");
    let parts = Parts {
        source: source[..source.len() - if has_option { 2 } else { 0 }].to_vec(),
        columns: tokens[on + 1..into].to_vec(),
        name,
        values,
        keeps_nulls,
    };
    let query = parts.query(&insert);
    tokens.splice(item - 1..end, query);
    Ok(0)
}

/// `INTO NAME n VALUE v, w`; `name` and `value` by default.
fn names(insert: &Insert, tokens: &[TokenWithSpan]) -> Result<(String, Vec<String>), SyntaxError> {
    if tokens.is_empty() {
        return Ok(("name".to_owned(), vec!["value".to_owned()]));
    }
    let name = tokens.get(2).and_then(name_of);
    let values: Option<Vec<String>> = split_at_commas(tokens.get(4..).unwrap_or_default())
        .into_iter()
        .map(|part| match part {
            [one] => name_of(one),
            _ => None,
        })
        .collect();
    let is_complete = is_word(tokens.get(1), "NAME") && is_word(tokens.get(3), "VALUE");
    match (name, values) {
        (Some(name), Some(values)) if is_complete && !values.is_empty() => Ok((name, values)),
        _ => Err(error(insert, "after INTO, UNPIVOT names its columns: INTO NAME n VALUE v")),
    }
}

fn name_of(token: &TokenWithSpan) -> Option<String> {
    match &token.token {
        Token::Word(word) => Some(word.value.clone()),
        _ => None,
    }
}

/// Rewrites `t UNPIVOT [INCLUDE NULLS] (..)` whose word is at `at`; a name otherwise stays.
pub(super) fn clause(tokens: &mut Vec<TokenWithSpan>, at: usize) -> Result<usize, SyntaxError> {
    let has_option = is_word(tokens.get(at + 2), "NULLS")
        && (is_word(tokens.get(at + 1), "INCLUDE") || is_word(tokens.get(at + 1), "EXCLUDE"));
    let open = at + if has_option { 3 } else { 1 };
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
    let wrong = || error(&insert, "the clause is written UNPIVOT (value FOR name IN (a, b))");
    let list = inner.get(has_for + 3).filter(|token| token.token == Token::LParen);
    let is_in = inner.get(has_for + 2).is_some_and(|token| is_keyword(token, &[Keyword::IN]));
    let name = inner.get(has_for + 1).and_then(name_of);
    let (Some(name), Some(_), true) = (name, list, is_in) else { return Err(wrong()) };
    let start = factor::start_of_join(tokens, at);
    let parts = Parts {
        source: tokens[start..at].to_vec(),
        columns: inner.get(has_for + 4..inner.len() - 1).unwrap_or_default().to_vec(),
        name,
        values: values(&inner[..has_for]).ok_or_else(wrong)?,
        keeps_nulls: is_word(tokens.get(at + 1), "INCLUDE"),
    };
    let mut query = vec![insert.token(Token::LParen)];
    query.extend(parts.query(&insert));
    query.push(insert.token(Token::RParen));
    let added = query.len();
    tokens.splice(start..end, query);
    Ok((start + added).saturating_sub(at))
}

/// `v` or `(v, w)`.
fn values(tokens: &[TokenWithSpan]) -> Option<Vec<String>> {
    match tokens {
        [one] => Some(vec![name_of(one)?]),
        [open, inner @ .., _] if open.token == Token::LParen => {
            split_at_commas(inner).into_iter().map(|part| part.first().and_then(name_of)).collect()
        }
        _ => None,
    }
}

/// The parts of an UNPIVOT.
struct Parts {
    source: Vec<TokenWithSpan>,
    columns: Vec<TokenWithSpan>,
    name: String,
    values: Vec<String>,
    keeps_nulls: bool,
}

impl Parts {
    /// `SELECT * FROM source DISTRIBUTE BY __unpivot(..), columns`.
    fn query(self, insert: &Insert) -> Vec<TokenWithSpan> {
        let mut query = insert.keywords(&["SELECT"]);
        query.push(insert.token(Token::Mul));
        query.extend(insert.keywords(&["FROM"]));
        query.extend(self.source);
        query.extend(insert.keywords(&["DISTRIBUTE", "BY"]));
        let keeps = if self.keeps_nulls { "TRUE" } else { "FALSE" };
        let mut arguments = vec![vec![insert.text(&self.name)], insert.keywords(&[keeps])];
        arguments.extend(self.values.iter().map(|value| vec![insert.text(value)]));
        query.extend(insert.call(super::UNPIVOT, arguments));
        for column in split_at_commas(&self.columns) {
            query.push(insert.token(Token::Comma));
            match star(insert, column) {
                Some(call) => query.extend(call),
                None => query.extend(insert.named_items(&[column])),
            }
        }
        query
    }
}

/// `*`, `* EXCLUDE (a, b)` and `COLUMNS(* EXCLUDE a)` as `COLUMNS(NULL, 'a', 'b')`.
fn star(insert: &Insert, column: &[TokenWithSpan]) -> Option<Vec<TokenWithSpan>> {
    let inner = match column {
        [name, open, inner @ .., _] if is_word(Some(name), "COLUMNS") && open.token == Token::LParen => inner,
        other => other,
    };
    let [star, options @ ..] = inner else { return None };
    if star.token != Token::Mul {
        return None;
    }
    let mut arguments = vec![insert.keywords(&["NULL"])];
    let excluded = match options {
        [exclude, names @ ..] if is_word(Some(exclude), "EXCLUDE") => names,
        _ => &[],
    };
    let names = excluded.iter().filter(|token| word(token).is_some() || name_of(token).is_some());
    arguments.extend(names.filter_map(name_of).map(|name| vec![insert.text(&name)]));
    Some(insert.call("columns", arguments))
}

fn error(insert: &Insert, message: &str) -> SyntaxError {
    let span = super::super::span(insert.0).unwrap_or_default();
    SyntaxError::new(Code::UnexpectedToken, span, message)
        .with_help("write `UNPIVOT t ON a, b INTO NAME n VALUE v`")
}
