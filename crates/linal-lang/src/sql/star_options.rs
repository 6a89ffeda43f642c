//! `* LIKE 'x%'`, which is `COLUMNS(name LIKE 'x%')`, and `*COLUMNS(..)`, which gives the columns as arguments.

use super::{COLUMN_NAME, UNPACKED_COLUMNS};
use sqlparser::keywords::Keyword;
use sqlparser::tokenizer::{Token, TokenWithSpan, Word};

/// Rewrites both to calls.
pub(super) fn rewrite(tokens: &mut Vec<TokenWithSpan>) {
    let mut at = 0;
    while at < tokens.len() {
        if tokens[at].token == Token::Mul {
            if let Some(pattern) = pattern_end(tokens, at) {
                at = of_pattern(tokens, at, pattern);
            } else if is_unpacked(tokens, at) {
                let span = tokens[at].span;
                tokens.splice(at..at + 2, [TokenWithSpan { token: name(UNPACKED_COLUMNS), span }]);
            }
        }
        at += 1;
    }
}

/// The index after the pattern behind a `*`; `None` when there is none.
fn pattern_end(tokens: &[TokenWithSpan], star: usize) -> Option<usize> {
    let mut at = star + 1;
    if is_word(tokens.get(at)?, Keyword::NOT) {
        at += 1;
    }
    match &tokens.get(at)?.token {
        Token::Word(word) if matches!(word.keyword, Keyword::LIKE | Keyword::ILIKE) => at += 1,
        Token::Word(word) if word.keyword == Keyword::SIMILAR => at += 2,
        Token::CustomBinaryOperator(operator) if operator == super::GLOB => at += 1,
        _ => return None,
    }
    tokens.get(at)?;
    let has_escape = tokens.get(at + 1).is_some_and(|token| is_word(token, Keyword::ESCAPE));
    Some((if has_escape { at + 3 } else { at + 1 }).min(tokens.len()))
}

/// Writes `[t.]* LIKE p` as `COLUMNS([t.]name LIKE p)`; returns the index of its last token.
fn of_pattern(tokens: &mut Vec<TokenWithSpan>, star: usize, end: usize) -> usize {
    let span = tokens[star].span;
    let token = |token: Token| TokenWithSpan { token, span };
    let mut start = star;
    while start >= 2 && tokens[start - 1].token == Token::Period {
        start -= 2;
    }
    tokens.insert(end, token(Token::RParen));
    tokens[star] = token(name(COLUMN_NAME));
    tokens.splice(start..start, [token(name("COLUMNS")), token(Token::LParen)]);
    end + 2
}

/// Whether `*COLUMNS(` is an argument.
fn is_unpacked(tokens: &[TokenWithSpan], star: usize) -> bool {
    let is_columns = |token: &TokenWithSpan| matches!(&token.token, Token::Word(word) if word.quote_style.is_none() && word.value.eq_ignore_ascii_case("columns"));
    let opens = star > 0 && matches!(tokens[star - 1].token, Token::LParen | Token::Comma);
    opens
        && tokens.get(star + 1).is_some_and(is_columns)
        && tokens.get(star + 2).is_some_and(|token| token.token == Token::LParen)
}

fn name(value: &str) -> Token {
    Token::Word(Word { value: value.to_owned(), quote_style: None, keyword: Keyword::NoKeyword })
}

fn is_word(token: &TokenWithSpan, keyword: Keyword) -> bool {
    matches!(&token.token, Token::Word(word) if word.keyword == keyword)
}
