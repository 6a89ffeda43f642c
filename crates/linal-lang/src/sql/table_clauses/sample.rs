//! The size of a sample: `10%`, `5 ROWS`, `reservoir(10 PERCENT) REPEATABLE (42)`, `10% (bernoulli, 42)`.

use super::super::convert::{Converter, keyword};
use super::super::state::PrevToken;
use crate::token::{Symbol, Token, TokenKind};
use crate::{Code, Span, SyntaxError};
use sqlparser::keywords::Keyword;
use sqlparser::tokenizer as sql;

/// The methods, the default of a number of rows first.
const METHODS: [&str; 3] = ["reservoir", "bernoulli", "system"];

/// A size as it is read.
#[derive(Default)]
struct Spec {
    method: Option<(&'static str, Span)>,
    number: String,
    is_percent: Option<bool>,
    seed: Option<String>,
}

impl Converter<'_> {
    /// Converts `TABLESAMPLE size` after a table; returns whether the word opens one.
    pub(super) fn table_sample(&mut self, token: Token) -> Result<bool, SyntaxError> {
        if self.state.expects || !self.sample_follows() {
            return Ok(false);
        }
        self.sample(super::TABLE_SAMPLE, token)
    }

    /// Converts `SAMPLE size` after USING; returns whether the word opens one.
    pub(super) fn using_sample(&mut self, token: Token) -> Result<bool, SyntaxError> {
        if self.state.last != PrevToken::Keyword("USING") || !self.sample_follows() {
            return Ok(false);
        }
        self.out.tokens.pop();
        self.sample(super::USING_SAMPLE, token)
    }

    /// Whether a number or a method follows.
    fn sample_follows(&self) -> bool {
        let mut lexer = self.lexer;
        lexer.next_token().is_ok_and(|next| next.is_number() || self.method(next).is_some())
    }

    fn method(&self, token: Token) -> Option<&'static str> {
        let text = token.span.text(self.source);
        METHODS.into_iter().find(|method| text.eq_ignore_ascii_case(method))
    }

    fn sample(&mut self, marker: &str, opening: Token) -> Result<bool, SyntaxError> {
        let mut spec = Spec::default();
        let first = self.peek_token()?;
        if let Some(method) = self.method(first) {
            spec.method = Some((method, first.span));
            self.lexer.seek(first.span.end);
            self.expect_symbol(Symbol::LParen, "`(`")?;
            self.sample_size(&mut spec)?;
            self.expect_symbol(Symbol::RParen, "`)`")?;
        } else {
            self.sample_size(&mut spec)?;
            self.method_after(&mut spec)?;
        }
        if self.take_words(&["REPEATABLE"])? {
            self.expect_symbol(Symbol::LParen, "`(`")?;
            spec.seed = Some(self.integer("the seed of the sample")?);
            self.expect_symbol(Symbol::RParen, "`)`")?;
        }
        let span = opening.span;
        let (method, unit) = spec.method_and_unit()?;
        let word = sql::Word { value: marker.to_owned(), quote_style: None, keyword: Keyword::NoKeyword };
        self.emit(sql::Token::Word(word), span, PrevToken::Name, false);
        self.emit(sql::Token::SingleQuotedString(method.to_owned()), span, PrevToken::Literal, false);
        self.emit(sql::Token::Number(spec.number, false), span, PrevToken::Literal, false);
        self.emit(sql::Token::SingleQuotedString(unit.to_owned()), span, PrevToken::Literal, false);
        let seed = spec.seed.map_or_else(|| keyword("NULL"), |seed| sql::Token::Number(seed, false));
        self.emit(seed, span, PrevToken::Literal, false);
        Ok(true)
    }

    /// `10`, `10%`, `10 PERCENT`, `10 ROWS`.
    fn sample_size(&mut self, spec: &mut Spec) -> Result<(), SyntaxError> {
        let number = self.peek_token()?;
        if !number.is_number() {
            return Err(self.unexpected_token(number).error("a number of rows or of percent"));
        }
        self.lexer.seek(number.span.end);
        spec.number = number.span.text(self.source).replace('_', "");
        let next = self.peek_token()?;
        if next.is(Symbol::Percent) {
            self.lexer.seek(next.span.end);
            spec.is_percent = Some(true);
        } else if self.take_words(&["PERCENT"])? {
            spec.is_percent = Some(true);
        } else if self.take_words(&["ROWS", "ROW"])? {
            spec.is_percent = Some(false);
        }
        Ok(())
    }

    /// `(method)` or `(method, seed)` after a size.
    fn method_after(&mut self, spec: &mut Spec) -> Result<(), SyntaxError> {
        if !self.peek_token()?.is(Symbol::LParen) {
            return Ok(());
        }
        self.expect_symbol(Symbol::LParen, "`(`")?;
        let name = self.peek_token()?;
        let Some(method) = self.method(name) else {
            return Err(self.unexpected_token(name).error("`reservoir`, `bernoulli` or `system`"));
        };
        spec.method = Some((method, name.span));
        self.lexer.seek(name.span.end);
        if self.peek_token()?.is(Symbol::Comma) {
            self.expect_symbol(Symbol::Comma, "`,`")?;
            spec.seed = Some(self.integer("the seed of the sample")?);
        }
        self.expect_symbol(Symbol::RParen, "`)`")
    }

    fn integer(&mut self, expected: &str) -> Result<String, SyntaxError> {
        let number = self.peek_token()?;
        if number.kind != TokenKind::Int {
            return Err(self.unexpected_token(number).error(expected));
        }
        self.lexer.seek(number.span.end);
        Ok(number.span.text(self.source).replace('_', ""))
    }

    fn peek_token(&self) -> Result<Token, SyntaxError> {
        let mut lexer = self.lexer;
        lexer.next_token()
    }

    fn take_words(&mut self, words: &[&str]) -> Result<bool, SyntaxError> {
        let next = self.peek_token()?;
        let text = next.span.text(self.source);
        let found = next.kind == TokenKind::Word && words.iter().any(|word| text.eq_ignore_ascii_case(word));
        if found {
            self.lexer.seek(next.span.end);
        }
        Ok(found)
    }

    fn expect_symbol(&mut self, symbol: Symbol, expected: &str) -> Result<(), SyntaxError> {
        let next = self.peek_token()?;
        if !next.is(symbol) {
            return Err(self.unexpected_token(next).error(expected));
        }
        self.lexer.seek(next.span.end);
        Ok(())
    }
}

impl Spec {
    /// The method and the unit, with the defaults: a number counts rows, percent are sampled by blocks.
    fn method_and_unit(&self) -> Result<(&'static str, &'static str), SyntaxError> {
        let is_percent = match (self.is_percent, self.method) {
            (Some(is_percent), _) => is_percent,
            // As in the SQL standard.
            (None, Some(("bernoulli" | "system", _))) => true,
            (None, _) => false,
        };
        match self.method {
            Some((method @ ("bernoulli" | "system"), span)) if !is_percent => Err(SyntaxError::new(
                Code::UnexpectedToken,
                span,
                format!("{method} samples a percentage of the rows, not a number of rows"),
            )
            .with_help("write `reservoir(10 ROWS)`, or a percentage")),
            Some((method, _)) => Ok((method, if is_percent { "percent" } else { "rows" })),
            None if is_percent => Ok(("system", "percent")),
            None => Ok(("reservoir", "rows")),
        }
    }
}
