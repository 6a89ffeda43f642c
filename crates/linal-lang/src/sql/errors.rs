//! Translates sqlparser's error messages.

use super::parse::{self, Input, is_keyword};
use super::{keywords as sql_keywords, offset, span};
use crate::lexer::Lexer;
use crate::token::{Symbol, Token, TokenKind};
use crate::unexpected_token::UnexpectedToken;
use crate::{Code, Span, SyntaxError, keywords};
use linal_error::suggest;
use sqlparser::keywords::Keyword;
use sqlparser::tokenizer as sql;

/// What is expected after a complete statement.
pub(super) const END: &str = "the end of the statement";

/// What sqlparser says is expected, and what we say.
const EXPECTED: &[(&str, &str)] = &[
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

/// The error for a message of sqlparser.
pub(super) fn translate(input: Input<'_>, text: &str, end: usize) -> SyntaxError {
    let (sentence, position) = match text.rsplit_once(" at Line: 1, Column: ") {
        Some((sentence, column)) => {
            (sentence, column.parse::<usize>().ok().and_then(|column| column.checked_sub(1)))
        }
        None => (text, None),
    };
    let expected = sentence.strip_prefix("Expected: ").and_then(|rest| rest.split_once(", found: "));
    let position = position.unwrap_or(end);
    let Some((expected, _)) = expected else {
        let sentence = sentence.trim_end_matches('.');
        return SyntaxError::new(Code::UnexpectedToken, Span::at(position), lower_first(sentence));
    };
    let expected = if input.parenthesised && expected == END {
        "`)`".to_owned()
    } else {
        translate_expected(input, expected, position)
    };
    unexpected(input, &expected, position)
}

fn translate_expected(input: Input<'_>, expected: &str, position: usize) -> String {
    let previous = before(input, position).text(input.source);
    if expected == "identifier" && ["FROM", "JOIN"].iter().any(|word| word.eq_ignore_ascii_case(previous)) {
        return "a table".to_owned();
    }
    if let Some((_, ours)) = EXPECTED.iter().find(|(theirs, _)| *theirs == expected) {
        return (*ours).to_owned();
    }
    if expected.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_punctuation() || byte == b'_') {
        format!("`{expected}`")
    } else {
        expected.to_owned()
    }
}

fn lower_first(sentence: &str) -> String {
    let mut letters = sentence.chars();
    letters.next().map_or_else(String::new, |first| first.to_lowercase().chain(letters).collect())
}

fn unexpected(input: Input<'_>, expected: &str, at: usize) -> SyntaxError {
    let token = token_at(input.source, at, input.end);
    let before = before(input, at);
    let found = UnexpectedToken { source: input.source, token, previous: before, next: Span::default() };
    let kind = if expected == END { Code::TrailingText } else { Code::UnexpectedToken };
    let error = found.error_as(kind, expected);
    match error.help.is_none().then(|| hint(input.source, token, before)).flatten() {
        Some(help) => error.with_help(help),
        None => error,
    }
}

/// Our token at an offset; the end token when there is none.
fn token_at(source: &str, at: usize, end: usize) -> Token {
    let nothing = Token { kind: TokenKind::End, span: Span::at(end), blank_before: true };
    if at >= end {
        nothing
    } else {
        Lexer::new(source, Span::new(at, source.len())).next_token().unwrap_or(nothing)
    }
}

/// The span of the last token that ends before an offset.
fn before(input: Input<'_>, at: usize) -> Span {
    let spans = input.converted.tokens.iter().filter_map(|token| span(token.span));
    spans
        .filter(|span| span.end <= at && !span.is_empty())
        .max_by_key(|span| span.end)
        .unwrap_or(Span::at(at))
}

/// A suggestion.
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
    if let Some(help) = misspelt.find_map(|word| suggest::did_you_mean(word, keywords::suggested())) {
        return Some(help);
    }
    let begins =
        found.is_name() && is_unknown_word(text) || found.is_number() || found.kind == TokenKind::Str;
    let ended = previous.ends_with(|c: char| c.is_alphanumeric() || "_)]'\"`".contains(c));
    let complete = ended && !sql_keywords::needs_operand(previous);
    (begins && complete).then(|| "a comma, an operator or `;` may be missing before it".to_owned())
}

/// Whether a word may be misspelt: a keyword is not.
fn is_unknown_word(word: &str) -> bool {
    let letters = word.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    letters && !word.is_empty() && sql_keywords::rule(word).is_none() && !keywords::opens_statement(word)
}

/// The error of the innermost subquery that fails on its own. When a parenthesis fails as a query, sqlparser
/// tries it as something else and reports the failure of the last attempt.
pub(super) fn improve(input: Input<'_>, error: SyntaxError) -> SyntaxError {
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
                    && let Some(inner) = subquery_error(input, start + 1, at)
                {
                    return inner;
                }
            }
            _ => {}
        }
    }
    error
}

fn subquery_error(input: Input<'_>, start: usize, end: usize) -> Option<SyntaxError> {
    let inner = input.converted.tokens.get(start..end)?;
    if !inner.first().is_some_and(|token| is_keyword(token, &[Keyword::SELECT, Keyword::WITH])) {
        return None;
    }
    let close = offset(input.converted.tokens.get(end)?.span.start)?;
    let input = Input { parenthesised: true, ..input };
    parse::parse_tokens(input, inner.to_vec(), close, |parser| parser.parse_query()).err()
}
