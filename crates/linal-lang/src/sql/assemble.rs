//! Clauses in the order of the language put into the order of SQL: `FROM t FILTER e SELECT a` is
//! `SELECT a FROM t WHERE e`. Tokens keep their places, so that errors point to where they were written.

use super::convert::{Converted, word};
use super::run::is;
use super::span;
use crate::{Code, Span, SyntaxError};
use sqlparser::keywords::Keyword;
use sqlparser::tokenizer::{Token, TokenWithSpan};

/// The clauses in the order of SQL.
const ORDER: [Keyword; 11] = [
    Keyword::SELECT,
    Keyword::FROM,
    Keyword::WHERE,
    Keyword::GROUP,
    Keyword::HAVING,
    Keyword::QUALIFY,
    Keyword::WINDOW,
    Keyword::ORDER,
    Keyword::LIMIT,
    Keyword::OFFSET,
    Keyword::FETCH,
];

/// The clauses of a query, each with the keyword that begins it.
pub(crate) struct Clauses {
    parts: Vec<(Keyword, Vec<TokenWithSpan>)>,
    paths: Vec<Span>,
}

impl Clauses {
    /// Splits tokens before the keywords that stand outside brackets.
    ///
    /// # Errors
    ///
    /// A clause that is there twice.
    pub(crate) fn split(converted: Converted) -> Result<Self, SyntaxError> {
        let mut clauses = Self { parts: Vec::new(), paths: converted.paths };
        let mut depth = 0usize;
        for token in converted.tokens {
            let begins = depth == 0 && !clauses.is_distinct_from();
            match token.token {
                Token::LParen | Token::LBracket => depth += 1,
                Token::RParen | Token::RBracket => depth = depth.saturating_sub(1),
                _ => {}
            }
            match ORDER.into_iter().find(|keyword| begins && is(&token, &[*keyword])) {
                Some(keyword) => clauses.begin(keyword, token)?,
                None => match clauses.parts.last_mut() {
                    Some((_, tokens)) => tokens.push(token),
                    None => clauses.parts.push((Keyword::NoKeyword, vec![token])),
                },
            }
        }
        Ok(clauses)
    }

    fn begin(&mut self, keyword: Keyword, token: TokenWithSpan) -> Result<(), SyntaxError> {
        if self.has(keyword) {
            let message = format!("expected the end of the statement, found a second {keyword:?}");
            let span = span(token.span).unwrap_or_default();
            return Err(SyntaxError::new(Code::UnexpectedToken, span, message));
        }
        self.parts.push((keyword, vec![token]));
        Ok(())
    }

    /// `a IS DISTINCT FROM b` goes on behind its FROM.
    fn is_distinct_from(&self) -> bool {
        self.parts
            .last()
            .and_then(|(_, tokens)| tokens.last())
            .is_some_and(|token| is(token, &[Keyword::DISTINCT]))
    }

    pub(crate) fn has(&self, keyword: Keyword) -> bool {
        self.parts.iter().any(|(known, _)| *known == keyword)
    }

    /// The first token of a clause that a pipeline's step cannot have.
    pub(crate) fn other_than(&self, allowed: &[Keyword]) -> Option<Span> {
        let other = self.parts.iter().find(|(keyword, _)| !allowed.contains(keyword))?;
        other.1.first().and_then(|token| span(token.span))
    }

    /// The tokens in SQL's order; `SELECT *` comes first when there is no SELECT.
    pub(crate) fn ordered(mut self, at: usize) -> Converted {
        let mut out = Converted { tokens: Vec::new(), paths: self.paths };
        if !self.parts.iter().any(|(keyword, _)| *keyword == Keyword::SELECT) {
            out.push(word("SELECT"), Span::at(at));
            out.push(Token::Mul, Span::at(at));
        }
        let place = |keyword: &Keyword| ORDER.iter().position(|known| known == keyword);
        self.parts.sort_by_key(|(keyword, _)| place(keyword));
        out.tokens.extend(self.parts.into_iter().flat_map(|(_, tokens)| tokens));
        out
    }
}
