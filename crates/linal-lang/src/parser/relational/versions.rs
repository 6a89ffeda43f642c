//! Versions of datasets: `RESTORE`, `DIFF`, `EXPIRE VERSIONS`.

use super::super::cursor::{Parsed, Parser};
use crate::ast::relational::Relational;
use crate::ast::{Retention, VersionNumber, VersionPoint};
use crate::token::TokenKind;
use crate::{Span, lexer};

impl Parser<'_> {
    /// `RESTORE DATASET t [TO VERSION 3 | TO TIMESTAMP '..']`.
    pub(super) fn restore_statement(&mut self) -> Parsed<Relational> {
        self.advance()?;
        self.expect_keyword("DATASET")?;
        let table = self.object_name("the dataset to restore")?;
        let to = if self.take_word("TO")? { Some(self.version_point()?) } else { None };
        Ok(Relational::Restore { table, to })
    }

    fn version_point(&mut self) -> Parsed<VersionPoint> {
        if self.take_word("VERSION")? {
            return self.version_number().map(VersionPoint::Number);
        }
        if !self.take_word("TIMESTAMP")? {
            return Err(self.unexpected_keyword("`VERSION` or `TIMESTAMP`", &["VERSION", "TIMESTAMP"]));
        }
        let help = "write `TIMESTAMP '2026-11-29 12:00:00'`";
        let (text, span) = self.text_literal("a timestamp in quotes", help)?;
        Ok(VersionPoint::Timestamp { text, span })
    }

    /// Whether `DIFF DATASET t` follows; `DIFF a` is a function.
    pub(super) fn opens_diff(&self) -> bool {
        self.at_word("DIFF") && self.is_word(self.peek(), "DATASET") && self.peek_second().is_name()
    }

    /// `DIFF DATASET t VERSION 2 5`.
    pub(super) fn diff_statement(&mut self) -> Parsed<Relational> {
        self.advance()?;
        self.advance()?;
        let table = self.object_name("the dataset whose versions to compare")?;
        self.expect_keyword("VERSION")?;
        let from = self.version_number()?;
        let to = self.version_number()?;
        Ok(Relational::Diff { table, from, to })
    }

    /// `EXPIRE VERSIONS t KEEP 10`, `EXPIRE VERSIONS t OLDER THAN '30d'`.
    pub(super) fn expire_statement(&mut self) -> Parsed<Relational> {
        self.advance()?;
        self.expect_keyword("VERSIONS")?;
        let table = self.object_name("the dataset whose versions to expire")?;
        Ok(Relational::ExpireVersions { table, retention: self.retention()? })
    }

    fn retention(&mut self) -> Parsed<Retention> {
        if self.take_word("KEEP")? {
            let (count, span) = self.count("the number of versions to keep")?;
            return Ok(Retention::Keep { count, span });
        }
        if !self.take_word("OLDER")? {
            return Err(self.unexpected_keyword("`KEEP` or `OLDER THAN`", &["KEEP", "OLDER"]));
        }
        self.expect_keyword("THAN")?;
        let (age, span) = self.text_literal("an age in quotes", "write `OLDER THAN '30d'`")?;
        Ok(Retention::OlderThan { age, span })
    }

    fn version_number(&mut self) -> Parsed<VersionNumber> {
        self.count("the number of a version").map(|(number, span)| VersionNumber { number, span })
    }

    /// An integer without a sign that fits i64.
    fn count(&mut self, expected: &str) -> Parsed<(u64, Span)> {
        let token = self.token;
        if !matches!(token.kind, TokenKind::Int | TokenKind::Hex) {
            return Err(self.unexpected(expected));
        }
        let number = lexer::integer(self.source, token)?;
        if i64::try_from(number).is_err() {
            return Err(lexer::overflow(self.text(token), token));
        }
        self.advance()?;
        Ok((number, token.span))
    }

    fn text_literal(&mut self, expected: &str, help: &str) -> Parsed<(Box<str>, Span)> {
        if self.token.kind != TokenKind::Str {
            return Err(self.unexpected(expected).with_help(help));
        }
        let token = self.advance()?;
        Ok((lexer::string(self.source, token), token.span))
    }
}
