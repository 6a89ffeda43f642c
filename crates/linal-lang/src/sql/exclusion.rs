//! `EXCLUDE TIES` of a frame, which sqlparser's grammar lacks.
//!
//! It becomes a call among the partition keys of the window, `PARTITION BY a, __exclude('TIES')`, where it is
//! unambiguous.

use super::EXCLUDE;
use sqlparser::keywords::Keyword;
use sqlparser::tokenizer::{Token, TokenWithSpan};

/// The exclusions of the SQL standard.
const EXCLUSIONS: [&[&str]; 4] = [&["NO", "OTHERS"], &["CURRENT", "ROW"], &["GROUP"], &["TIES"]];

/// Moves each EXCLUDE of a frame into the partition keys.
pub(super) fn rewrite(tokens: &mut Vec<TokenWithSpan>) {
    let mut at = 0;
    while at < tokens.len() {
        if let Some(words) = exclusion_at(tokens, at)
            && let Some(point) = InsertionPoint::before(tokens, at)
        {
            let call = point.call(words, &tokens[at]);
            let added = call.len();
            tokens.drain(at..=at + words.len());
            tokens.splice(point.at..point.at, call);
            at += added;
        } else {
            at += 1;
        }
    }
}

/// The words after an EXCLUDE that ends a window.
fn exclusion_at(tokens: &[TokenWithSpan], at: usize) -> Option<&'static [&'static str]> {
    if !is_word(tokens.get(at)?, "EXCLUDE") {
        return None;
    }
    EXCLUSIONS.into_iter().find(|words| {
        let ends = tokens.get(at + 1 + words.len()).is_some_and(|token| token.token == Token::RParen);
        ends && words.iter().zip(&tokens[at + 1..]).all(|(word, token)| is_word(token, word))
    })
}

/// Where the call is inserted.
struct InsertionPoint {
    at: usize,
    /// Whether partition keys precede it.
    has_keys: bool,
}

impl InsertionPoint {
    /// The insertion point in the window that is open at a token; `None` when it has no frame.
    fn before(tokens: &[TokenWithSpan], end: usize) -> Option<InsertionPoint> {
        let mut depth = 0usize;
        let mut frame = None;
        let mut point = None;
        for (at, token) in tokens[..end].iter().enumerate().rev() {
            match &token.token {
                Token::RParen | Token::RBracket => depth += 1,
                Token::LParen | Token::LBracket if depth == 0 => break,
                Token::LParen | Token::LBracket => depth -= 1,
                Token::Word(word) if depth == 0 => match word.keyword {
                    Keyword::ROWS | Keyword::RANGE | Keyword::GROUPS => frame = frame.or(Some(at)),
                    Keyword::ORDER => point = Some(at),
                    Keyword::PARTITION => {
                        return Some(InsertionPoint { at: point.or(frame)?, has_keys: true });
                    }
                    _ => {}
                },
                _ => {}
            }
        }
        let frame = frame?;
        Some(InsertionPoint { at: point.unwrap_or(frame), has_keys: false })
    }

    /// The tokens of the call; their span is that of the EXCLUDE, for errors.
    fn call(&self, words: &[&str], exclude: &TokenWithSpan) -> Vec<TokenWithSpan> {
        let before = if self.has_keys {
            vec![Token::Comma]
        } else {
            vec![Token::make_word("PARTITION", None), Token::make_word("BY", None)]
        };
        let name = sqlparser::tokenizer::Word {
            value: EXCLUDE.to_owned(),
            quote_style: None,
            keyword: Keyword::NoKeyword,
        };
        let call =
            [Token::Word(name), Token::LParen, Token::SingleQuotedString(words.join(" ")), Token::RParen];
        let tokens = before.into_iter().chain(call);
        tokens.map(|token| TokenWithSpan { token, span: exclude.span }).collect()
    }
}

fn is_word(token: &TokenWithSpan, word: &str) -> bool {
    matches!(&token.token, Token::Word(found) if found.quote_style.is_none() && found.value.eq_ignore_ascii_case(word))
}
