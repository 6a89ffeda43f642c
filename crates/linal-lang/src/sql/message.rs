//! sqlparser's messages as ours.

use super::run::{self, Input, is};
use super::{offset, span, words};
use crate::lexer::Lexer;
use crate::place::Place;
use crate::token::{Symbol, Token, TokenKind};
use crate::{Code, Span, SyntaxError, keywords};
use linal_error::suggest;
use sqlparser::keywords::Keyword;
use sqlparser::tokenizer as sql;

/// What is expected behind everything.
pub(super) const END: &str = "the end of the statement";

/// Words that begin clauses, for those who misspell them.
const CLAUSES: &[&str] = &[
    "AND",
    "BETWEEN",
    "BY",
    "DISTINCT",
    "EXCEPT",
    "FILTER",
    "FROM",
    "GROUP",
    "HAVING",
    "INNER",
    "INTERSECT",
    "INTO",
    "JOIN",
    "LEFT",
    "LIMIT",
    "OFFSET",
    "ORDER",
    "OUTER",
    "RIGHT",
    "SELECT",
    "UNION",
    "USING",
    "VALUES",
    "WHERE",
];

/// Our words for what sqlparser expects.
const WORDINGS: &[(&str, &str)] = &[
    ("identifier", "a name"),
    ("an identifier after AS", "a name after AS"),
    ("an identifier or a '*' after '.'", "a name or `*` after `.`"),
    ("SELECT, VALUES, or a subquery in the query body", "a query"),
    ("joined table", "a join"),
    ("IN or BETWEEN after NOT", "`IN`, `LIKE` or `BETWEEN`"),
    (
        "[NOT] NULL | TRUE | FALSE | DISTINCT | [form] NORMALIZED FROM after IS",
        "`NULL`, `TRUE`, `FALSE` or `DISTINCT FROM`",
    ),
    ("a data type name", "a type"),
    ("a concrete value", "a value"),
    ("(", "`(`"),
    (")", "`)`"),
    ("]", "`]`"),
];

/// The error that sqlparser means.
pub(super) fn translate(input: Input<'_>, text: &str, end: usize) -> SyntaxError {
    let (sentence, place) = match text.rsplit_once(" at Line: 1, Column: ") {
        Some((sentence, column)) => {
            (sentence, column.parse::<usize>().ok().and_then(|column| column.checked_sub(1)))
        }
        None => (text, None),
    };
    let expected = sentence.strip_prefix("Expected: ").and_then(|rest| rest.split_once(", found: "));
    let place = place.unwrap_or(end);
    let Some((expected, _)) = expected else {
        let sentence = sentence.trim_end_matches('.');
        return SyntaxError::new(Code::UnexpectedToken, Span::at(place), lower_first(sentence));
    };
    let expected = match input.inner && expected == END {
        true => "`)`".to_owned(),
        false => wording(input, expected, place),
    };
    unexpected(input, &expected, place)
}

fn wording(input: Input<'_>, expected: &str, place: usize) -> String {
    let previous = before(input, place).text(input.source);
    if expected == "identifier" && ["FROM", "JOIN"].iter().any(|word| word.eq_ignore_ascii_case(previous)) {
        return "a table".to_owned();
    }
    if let Some((_, ours)) = WORDINGS.iter().find(|(theirs, _)| *theirs == expected) {
        return (*ours).to_owned();
    }
    match expected
        .bytes()
        .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_punctuation() || byte == b'_')
    {
        true => format!("`{expected}`"),
        false => expected.to_owned(),
    }
}

fn lower_first(sentence: &str) -> String {
    let mut letters = sentence.chars();
    letters.next().map_or_else(String::new, |first| first.to_lowercase().chain(letters).collect())
}

fn unexpected(input: Input<'_>, expected: &str, at: usize) -> SyntaxError {
    let token = token_at(input.source, at, input.end);
    let before = before(input, at);
    let place = Place { source: input.source, token, previous: before, next: Span::default() };
    let kind = match expected == END {
        true => Code::TrailingText,
        false => Code::UnexpectedToken,
    };
    let error = place.unexpected_as(kind, expected);
    match error.help.is_none().then(|| hint(input.source, token, before)).flatten() {
        Some(help) => error.with_help(help),
        None => error,
    }
}

/// Our token at a place; the end when nothing stands there.
fn token_at(source: &str, at: usize, end: usize) -> Token {
    let nothing = Token { kind: TokenKind::End, span: Span::at(end), blank_before: true };
    match at >= end {
        true => nothing,
        false => Lexer::new(source, Span::new(at, source.len())).next_token().unwrap_or(nothing),
    }
}

/// The span of the last token that ends before a place.
fn before(input: Input<'_>, at: usize) -> Span {
    let spans = input.converted.tokens.iter().filter_map(|token| span(token.span));
    spans
        .filter(|span| span.end <= at && !span.is_empty())
        .max_by_key(|span| span.end)
        .unwrap_or(Span::at(at))
}

/// What may have been meant.
fn hint(source: &str, found: Token, before: Span) -> Option<String> {
    let previous = before.text(source);
    let text = found.span.text(source);
    if found.is(Symbol::Eq) && previous.ends_with('=') {
        return Some("write `=` or `==` without a blank".to_owned());
    }
    if let Some(word) =
        ["GROUP", "ORDER", "PARTITION"].into_iter().find(|word| word.eq_ignore_ascii_case(previous))
    {
        return Some(format!("write `{word} BY`"));
    }
    let mut misspelt = [text, previous].into_iter().filter(|word| word.len() > 2 && is_unknown_word(word));
    if let Some(help) = misspelt.find_map(|word| suggest::did_you_mean(word, CLAUSES.iter().copied())) {
        return Some(help);
    }
    let begins =
        found.is_name() && is_unknown_word(text) || found.is_number() || found.kind == TokenKind::Str;
    let ended = previous.ends_with(|c: char| c.is_alphanumeric() || "_)]'\"`".contains(c));
    let complete = ended && !words::is_open(previous);
    (begins && complete).then(|| "a comma, an operator or `;` may be missing before it".to_owned())
}

/// Whether a word may be a misspelt one: a keyword is none.
fn is_unknown_word(word: &str) -> bool {
    let letters = word.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    letters && !word.is_empty() && words::rule(word).is_none() && !keywords::opens_statement(word)
}

/// The error of the innermost subquery that is wrong by itself. sqlparser tries other readings of a parenthesis
/// when the one as a query fails, and reports the failure of the last.
pub(super) fn better(input: Input<'_>, error: SyntaxError) -> SyntaxError {
    if error.is(Code::NestingTooDeep) {
        return error;
    }
    let tokens = &input.converted.tokens;
    let mut open = Vec::new();
    for (at, token) in tokens.iter().enumerate() {
        match token.token {
            sql::Token::LParen => open.push(at),
            sql::Token::RParen => {
                if let Some(start) = open.pop()
                    && let Some(inner) = wrong_query(input, start + 1, at)
                {
                    return inner;
                }
            }
            _ => {}
        }
    }
    error
}

fn wrong_query(input: Input<'_>, start: usize, end: usize) -> Option<SyntaxError> {
    let inner = input.converted.tokens.get(start..end)?;
    if !inner.first().is_some_and(|token| is(token, &[Keyword::SELECT, Keyword::WITH])) {
        return None;
    }
    let close = offset(input.converted.tokens.get(end)?.span.start)?;
    let input = Input { inner: true, ..input };
    run::attempt(input, inner.to_vec(), close, |parser| parser.parse_query()).err()
}
