//! Tokens by their depth in brackets.

use super::super::convert::keyword;
use sqlparser::keywords::Keyword;
use sqlparser::tokenizer::{Span, Token, TokenWithSpan, Word};

/// A word that is not quoted.
pub(super) fn word(token: &TokenWithSpan) -> Option<&str> {
    match &token.token {
        Token::Word(word) if word.quote_style.is_none() => Some(&word.value),
        _ => None,
    }
}

/// Whether a token is this word.
pub(super) fn is_word(token: Option<&TokenWithSpan>, expected: &str) -> bool {
    token.and_then(word).is_some_and(|found| found.eq_ignore_ascii_case(expected))
}

/// Whether a token is one of these keywords.
pub(super) fn is_keyword(token: &TokenWithSpan, keywords: &[Keyword]) -> bool {
    matches!(&token.token, Token::Word(word) if keywords.contains(&word.keyword))
}

/// Whether the token at a position is the item of `SELECT item FROM`.
pub(super) fn is_item(tokens: &[TokenWithSpan], at: usize) -> bool {
    let before = at.checked_sub(1).and_then(|before| tokens.get(before));
    before.is_some_and(|token| is_keyword(token, &[Keyword::SELECT]))
        && tokens.get(at + 1).is_some_and(|token| is_keyword(token, &[Keyword::FROM]))
}

fn opens(token: &Token) -> bool {
    matches!(token, Token::LParen | Token::LBracket | Token::LBrace)
}

fn closes(token: &Token) -> bool {
    matches!(token, Token::RParen | Token::RBracket | Token::RBrace)
}

/// The first token from `start` on, outside of brackets, for which `found` holds; the end of the brackets around
/// `start`, or of the text, otherwise.
pub(super) fn find(
    tokens: &[TokenWithSpan],
    start: usize,
    found: impl Fn(usize, &TokenWithSpan) -> bool,
) -> usize {
    let mut depth = 0usize;
    for (at, token) in tokens.iter().enumerate().skip(start) {
        if depth == 0 && (closes(&token.token) || found(at, token)) {
            return at;
        }
        if opens(&token.token) {
            depth += 1;
        } else if closes(&token.token) {
            depth -= 1;
        }
    }
    tokens.len()
}

/// The last token before `end`, outside of brackets, for which `found` holds.
pub(super) fn find_before(
    tokens: &[TokenWithSpan],
    end: usize,
    found: impl Fn(&TokenWithSpan) -> bool,
) -> Option<usize> {
    let mut depth = 0usize;
    for (at, token) in tokens[..end].iter().enumerate().rev() {
        if closes(&token.token) {
            depth += 1;
        } else if opens(&token.token) {
            depth = depth.checked_sub(1)?;
        } else if depth == 0 && found(token) {
            return Some(at);
        }
    }
    None
}

/// The position after the bracket that the token at `open` opens.
pub(super) fn after_brackets(tokens: &[TokenWithSpan], open: usize) -> usize {
    (find(tokens, open + 1, |_, _| false) + 1).min(tokens.len())
}

/// The opening bracket of the one that closes at `close`.
pub(super) fn opening_of(tokens: &[TokenWithSpan], close: usize) -> Option<usize> {
    let mut depth = 0usize;
    for (at, token) in tokens[..=close].iter().enumerate().rev() {
        if closes(&token.token) {
            depth += 1;
        } else if opens(&token.token) {
            depth -= 1;
            if depth == 0 {
                return Some(at);
            }
        }
    }
    None
}

/// The parts between the commas outside of brackets.
pub(super) fn split_at_commas(tokens: &[TokenWithSpan]) -> Vec<&[TokenWithSpan]> {
    let mut parts = Vec::new();
    let mut start = 0;
    while start < tokens.len() {
        let end = find(tokens, start, |_, token| token.token == Token::Comma);
        if end > start {
            parts.push(&tokens[start..end]);
        }
        start = end + 1;
    }
    parts
}

/// Tokens that are inserted at a place.
pub(super) struct Insert(pub Span);

impl Insert {
    pub(super) fn token(&self, token: Token) -> TokenWithSpan {
        TokenWithSpan { token, span: self.0 }
    }

    pub(super) fn keywords(&self, words: &[&str]) -> Vec<TokenWithSpan> {
        words.iter().map(|word| self.token(keyword(word))).collect()
    }

    pub(super) fn name(&self, name: &str) -> TokenWithSpan {
        self.token(Token::Word(Word {
            value: name.to_owned(),
            quote_style: None,
            keyword: Keyword::NoKeyword,
        }))
    }

    pub(super) fn text(&self, text: &str) -> TokenWithSpan {
        self.token(Token::SingleQuotedString(text.to_owned()))
    }

    /// The call `name(arguments)`.
    pub(super) fn call(&self, name: &str, arguments: Vec<Vec<TokenWithSpan>>) -> Vec<TokenWithSpan> {
        let mut call = vec![self.name(name), self.token(Token::LParen)];
        for (at, argument) in arguments.into_iter().enumerate() {
            if at > 0 {
                call.push(self.token(Token::Comma));
            }
            call.extend(argument);
        }
        call.push(self.token(Token::RParen));
        call
    }

    /// Items of a list, each of which may have an alias.
    pub(super) fn named_items(&self, items: &[&[TokenWithSpan]]) -> Vec<TokenWithSpan> {
        let mut list = Vec::new();
        for (at, item) in items.iter().enumerate() {
            if at > 0 {
                list.push(self.token(Token::Comma));
            }
            list.extend(self.named(item));
        }
        list
    }

    /// `e AS name` as `__named('name', e)`.
    fn named(&self, item: &[TokenWithSpan]) -> Vec<TokenWithSpan> {
        let alias = match item {
            [rest @ .., sign, name] if is_keyword(sign, &[Keyword::AS]) => match &name.token {
                Token::Word(word) => Some((rest, word.value.clone())),
                Token::SingleQuotedString(text) => Some((rest, text.clone())),
                _ => None,
            },
            _ => None,
        };
        match alias {
            Some((rest, name)) => self.call(super::NAMED, vec![vec![self.text(&name)], rest.to_vec()]),
            None => item.to_vec(),
        }
    }
}
