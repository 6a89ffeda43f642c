//! `FROM t AT VERSION 3` and `FROM t AT (TIMESTAMP '..')`, which become the clauses `VERSION AS OF 3` and
//! `TIMESTAMP AS OF ..` of sqlparser's grammar.
//!
//! `at`, `version` and `timestamp` remain names: AT opens the clause only after the name of a table, and before
//! VERSION, TIMESTAMP and a string, or one of them in parentheses with a value.

use super::convert::{Converter, keyword};
use super::sql_span;
use super::state::{Bracket, PrevToken};
use crate::lexer::{self, Lexer};
use crate::token::{Symbol, Token, TokenKind};
use crate::{Code, Span, SyntaxError};
use sqlparser::keywords::Keyword;
use sqlparser::tokenizer as sql;

/// What a version is given by.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Unit {
    Version,
    Timestamp,
}

impl Unit {
    fn word(self) -> &'static str {
        match self {
            Unit::Version => "VERSION",
            Unit::Timestamp => "TIMESTAMP",
        }
    }
}

/// The tokens of the clause up to its value.
struct Opening<'a> {
    unit: Unit,
    /// The word of the unit.
    unit_span: Span,
    /// The parenthesis before it.
    paren: Option<Token>,
    /// The value, or its first token.
    value: Token,
    /// The lexer before the value.
    lexer: Lexer<'a>,
}

impl<'a> Converter<'a> {
    /// Converts the clause that `at` opens; returns whether it opens one.
    pub(super) fn table_version(&mut self, at: Token, text: &str) -> Result<bool, SyntaxError> {
        if self.state.expects || !text.eq_ignore_ascii_case("at") {
            return Ok(false);
        }
        let Some(opening) = self.version_ahead() else { return Ok(false) };
        let span = at.span.to(opening.unit_span);
        if !self.ends_with_table_name() {
            return Err(misplaced(span));
        }
        let first = self.out.tokens.len();
        for word in [opening.unit.word(), "AS", "OF"] {
            self.emit(keyword(word), span, PrevToken::Keyword("AT"), true);
        }
        self.lexer = opening.lexer;
        match (opening.unit, opening.paren) {
            (Unit::Version, _) => self.version_number(opening.value)?,
            (Unit::Timestamp, Some(paren)) if opening.value.kind != TokenKind::Str => {
                // The rest is an expression as any other, and not a query, which could stand after `(`.
                self.emit(sql::Token::LParen, paren.span, PrevToken::Symbol(Symbol::Arrow), true);
                self.state.open(Bracket::Paren);
                return Ok(true);
            }
            (Unit::Timestamp, _) => self.timestamp_literal(&opening)?,
        }
        if opening.paren.is_some() {
            let close = self.closing_parenthesis()?;
            // The last tokens of a query give its span, so the clause covers its parenthesis.
            for token in &mut self.out.tokens[first..first + 3] {
                token.span = sql_span(at.span.to(close));
            }
        }
        Ok(true)
    }

    /// The clause after an AT, if there is one.
    fn version_ahead(&self) -> Option<Opening<'a>> {
        let mut lexer = self.lexer;
        let first = lexer.next_token().ok()?;
        let paren = first.is(Symbol::LParen).then_some(first);
        let word = if paren.is_some() { lexer.next_token().ok()? } else { first };
        let unit = self.unit(word)?;
        let mut before_value = lexer;
        let mut value = lexer.next_token().ok()?;
        let has_arrow = paren.is_some() && value.is(Symbol::Arrow);
        if has_arrow {
            before_value = lexer;
            value = lexer.next_token().ok()?;
        }
        // In parentheses the word alone, or with a type, is a column of an alias `at`.
        let opens = match unit {
            Unit::Version => paren.is_none() || has_arrow || self.is_version(value),
            Unit::Timestamp => has_arrow || value.kind == TokenKind::Str,
        };
        opens.then_some(Opening { unit, unit_span: word.span, paren, value, lexer: before_value })
    }

    fn unit(&self, word: Token) -> Option<Unit> {
        let text = word.span.text(self.source);
        let is_unit = |unit: &Unit| word.kind == TokenKind::Word && text.eq_ignore_ascii_case(unit.word());
        [Unit::Version, Unit::Timestamp].into_iter().find(is_unit)
    }

    /// Whether a token is an integer or begins a parameter.
    fn is_version(&self, token: Token) -> bool {
        let parameter = token.is(Symbol::Other) && matches!(token.span.text(self.source), "?" | "$");
        parameter || matches!(token.kind, TokenKind::Int | TokenKind::Hex)
    }

    /// Whether the last tokens are the name of a table, such as `t` or `db.t`, without an alias.
    fn ends_with_table_name(&self) -> bool {
        if self.state.last != PrevToken::Name {
            return false;
        }
        let mut before = self.out.tokens.iter().rev().map(|token| &token.token).skip(1);
        let mut token = before.next();
        while token == Some(&sql::Token::Period) {
            token = before.nth(1);
        }
        match token {
            Some(sql::Token::Comma | sql::Token::LParen) => true,
            Some(sql::Token::Word(word)) => {
                matches!(word.keyword, Keyword::FROM | Keyword::JOIN | Keyword::STRAIGHT_JOIN)
            }
            _ => false,
        }
    }

    fn version_number(&mut self, value: Token) -> Result<(), SyntaxError> {
        if !self.is_version(value) {
            return Err(self.unexpected_token(value).error("the number of a version"));
        }
        self.lexer.seek(value.span.end);
        self.token(value)
    }

    fn timestamp_literal(&mut self, opening: &Opening<'_>) -> Result<(), SyntaxError> {
        let text = lexer::unquote_doubled(opening.value.span.text(self.source)).into_owned();
        self.emit(keyword("TIMESTAMP"), opening.unit_span, PrevToken::Keyword("TIMESTAMP"), true);
        let span = opening.value.span;
        self.emit(sql::Token::SingleQuotedString(text), span, PrevToken::Literal, false);
        self.lexer.seek(span.end);
        Ok(())
    }

    fn closing_parenthesis(&mut self) -> Result<Span, SyntaxError> {
        let token = self.lexer.next_token()?;
        if token.is(Symbol::RParen) { Ok(token.span) } else { Err(self.unexpected_token(token).error("`)`")) }
    }
}

fn misplaced(span: Span) -> SyntaxError {
    SyntaxError::new(Code::UnexpectedToken, span, "a version stands directly after the name of a dataset")
        .with_help("write `FROM t AT VERSION 3 AS a`; files, functions and subqueries have no versions")
}
