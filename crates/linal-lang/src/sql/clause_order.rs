//! Sorts clauses in the order of the language into the order of SQL: `FROM t FILTER e SELECT a` is `SELECT a
//! FROM t WHERE e`. Tokens keep their spans, so that errors point to the source text.

use super::convert::{Converted, keyword};
use super::parse::is_keyword;
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

/// The clauses of a query, each with its opening keyword.
pub(crate) struct Clauses {
    parts: Vec<(Keyword, Vec<TokenWithSpan>)>,
    paths: Vec<Span>,
}

impl Clauses {
    /// Splits tokens at the clause keywords outside brackets.
    ///
    /// # Errors
    ///
    /// A repeated clause.
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
            match ORDER.into_iter().find(|keyword| begins && is_keyword(&token, &[*keyword])) {
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

    /// `a IS DISTINCT FROM b` continues after its FROM.
    fn is_distinct_from(&self) -> bool {
        self.parts
            .last()
            .and_then(|(_, tokens)| tokens.last())
            .is_some_and(|token| is_keyword(token, &[Keyword::DISTINCT]))
    }

    pub(crate) fn has(&self, keyword: Keyword) -> bool {
        self.parts.iter().any(|(known, _)| *known == keyword)
    }

    /// The first token of a clause that is not allowed, such as a FROM in the step of a pipeline.
    pub(crate) fn first_not_in(&self, allowed: &[Keyword]) -> Option<Span> {
        let other = self.parts.iter().find(|(keyword, _)| !allowed.contains(keyword))?;
        other.1.first().and_then(|token| span(token.span))
    }

    /// The tokens in the order of SQL; `SELECT *` is inserted when there is no SELECT.
    pub(crate) fn ordered(mut self, at: usize) -> Converted {
        let mut out = Converted { tokens: Vec::new(), paths: self.paths };
        if !self.parts.iter().any(|(keyword, _)| *keyword == Keyword::SELECT) {
            out.push(keyword("SELECT"), Span::at(at));
            out.push(Token::Mul, Span::at(at));
        }
        let rank = |keyword: &Keyword| ORDER.iter().position(|known| known == keyword);
        self.parts.sort_by_key(|(keyword, _)| rank(keyword));
        out.tokens.extend(self.parts.into_iter().flat_map(|(_, tokens)| tokens));
        out
    }
}
