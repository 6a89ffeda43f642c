//! `LIMIT e PERCENT`, which sqlparser's grammar lacks, as `LIMIT __percent(e)`.

use super::PERCENT;
use sqlparser::keywords::Keyword;
use sqlparser::tokenizer::{Token, TokenWithSpan, Word};

/// Rewrites the percentages of limits. That of a FETCH stays.
pub(super) fn rewrite(tokens: &mut Vec<TokenWithSpan>) {
    let mut at = 0;
    while at < tokens.len() {
        if is_word(&tokens[at], Keyword::PERCENT)
            && let Some(limit) = limit_before(tokens, at)
        {
            let span = tokens[at].span;
            tokens[at].token = Token::RParen;
            let name = Word { value: PERCENT.to_owned(), quote_style: None, keyword: Keyword::NoKeyword };
            let open = [Token::Word(name), Token::LParen].map(|token| TokenWithSpan { token, span });
            tokens.splice(limit + 1..limit + 1, open);
            at += 2;
        }
        at += 1;
    }
}

/// The index of the LIMIT whose expression ends at a token.
fn limit_before(tokens: &[TokenWithSpan], end: usize) -> Option<usize> {
    let mut depth = 0usize;
    for (at, token) in tokens[..end].iter().enumerate().rev() {
        match &token.token {
            Token::RParen | Token::RBracket => depth += 1,
            Token::LParen | Token::LBracket => depth = depth.checked_sub(1)?,
            Token::Word(word) if depth == 0 && word.keyword == Keyword::LIMIT => return Some(at),
            Token::Word(word) if depth == 0 && word.keyword == Keyword::FETCH => return None,
            _ => {}
        }
    }
    None
}

fn is_word(token: &TokenWithSpan, keyword: Keyword) -> bool {
    matches!(&token.token, Token::Word(word) if word.keyword == keyword)
}
