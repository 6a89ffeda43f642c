//! Statements about settings, databases and transactions.

use super::cursor::{Parsed, Parser};
use crate::Span;
use crate::ast::{Ident, Set, SettingValue, Statement};
use crate::lexer;
use crate::token::{Symbol, TokenKind};

impl Parser<'_> {
    /// `SET name = value` or `SET name TO value`; `SET DATASET ...` is relational.
    pub(super) fn set_statement(&mut self) -> Parsed<Statement> {
        let mut ahead = self.lexer;
        let dataset = ahead.next_token().is_ok_and(|token| self.is_word(token, "DATASET"));
        if dataset && ahead.next_token().is_ok_and(|token| token.is_name()) {
            return self.set_metadata_statement();
        }
        self.advance()?;
        self.skip_scope()?;
        let name = self.ident("the name of a setting")?;
        if !self.take_word("TO")? {
            self.expect_equals("SET", &name)?;
        }
        let start = self.token.span;
        let value = self.setting_value()?;
        Ok(Statement::Set(Set { name, value, value_span: start.to(self.previous.span) }))
    }

    /// SESSION, LOCAL and GLOBAL before the name of a setting: every setting is the session's.
    fn skip_scope(&mut self) -> Parsed<()> {
        let is_scope = ["SESSION", "LOCAL", "GLOBAL"].into_iter().any(|word| self.at_word(word));
        if is_scope && self.peek().is_name() {
            self.advance()?;
        }
        if self.at_word("VARIABLE") && self.peek().is_name() {
            let help = "`LET x = ..` defines a value that queries read by its name";
            return Err(self.unexpected("the name of a setting").with_help(help));
        }
        Ok(())
    }

    fn setting_value(&mut self) -> Parsed<SettingValue> {
        let negative = self.take(Symbol::Minus)?;
        let token = self.token;
        let word = self.text(token);
        let value = match token.kind {
            TokenKind::Int | TokenKind::Hex => {
                let magnitude = lexer::integer(self.source, token)?;
                let value = if negative {
                    Ok(0i64.wrapping_sub_unsigned(magnitude))
                } else {
                    i64::try_from(magnitude).map_err(|_| lexer::overflow(word, token))
                };
                SettingValue::Int(value?)
            }
            TokenKind::Float => {
                let value = lexer::float(self.source, token)?;
                SettingValue::Float(if negative { -value } else { value })
            }
            _ if negative => return Err(self.unexpected("a number after `-`")),
            TokenKind::Str => SettingValue::Str(lexer::string(self.source, token)),
            TokenKind::Word if word.eq_ignore_ascii_case("true") => SettingValue::Bool(true),
            TokenKind::Word if word.eq_ignore_ascii_case("false") => SettingValue::Bool(false),
            TokenKind::Word if word.eq_ignore_ascii_case("null") => SettingValue::Null,
            TokenKind::Word | TokenKind::QuotedName => SettingValue::Word(lexer::name(self.source, token)),
            _ => return Err(self.unexpected("the value of the setting")),
        };
        self.advance()?;
        Ok(value)
    }

    /// `RESET SESSION`.
    pub(super) fn reset_statement(&mut self) -> Parsed<Statement> {
        self.advance()?;
        self.expect_word("SESSION")?;
        Ok(Statement::ResetSession)
    }

    /// `HELP [topic]`; the topic is the rest of the statement, so that `HELP SHOW SHAPE` and `HELP @` work.
    pub(super) fn help_statement(&mut self) -> Parsed<Statement> {
        self.advance()?;
        if self.at_end() {
            return Ok(Statement::Help { topic: None });
        }
        let first = self.advance()?;
        let quoted = matches!(first.kind, TokenKind::Str | TokenKind::QuotedName);
        if self.at_end() && quoted {
            let name = lexer::unquote_doubled(self.text(first)).into();
            return Ok(Statement::Help { topic: Some(Ident { name, span: first.span }) });
        }
        while !self.at_end() {
            self.advance()?;
        }
        let span = Span::new(first.span.start, self.previous.span.end);
        Ok(Statement::Help { topic: Some(Ident { name: span.text(self.source).into(), span }) })
    }

    /// `CREATE DATABASE [IF NOT EXISTS] d`; every other CREATE is relational.
    pub(super) fn create_statement(&mut self) -> Parsed<Statement> {
        if self.creates_schedule() {
            return self.create_schedule();
        }
        // A schema is a database.
        if !self.is_word(self.peek(), "DATABASE") && !self.is_word(self.peek(), "SCHEMA") {
            return self.create_relational();
        }
        self.advance()?;
        self.advance()?;
        let if_not_exists = self.at_word("IF") && self.is_word(self.peek(), "NOT");
        if if_not_exists {
            self.advance()?;
            self.expect_word("NOT")?;
            self.expect_word("EXISTS")?;
        }
        let name = self.ident("a name for the database")?;
        Ok(Statement::CreateDatabase { name, if_not_exists })
    }

    /// `USE d`; `USE DATASET FROM ...` is relational.
    pub(super) fn use_statement(&mut self) -> Parsed<Statement> {
        let mut ahead = self.lexer;
        let dataset = ahead.next_token().is_ok_and(|token| self.is_word(token, "DATASET"));
        if dataset && ahead.next_token().is_ok_and(|token| token.kind != TokenKind::End) {
            return self.use_dataset();
        }
        self.advance()?;
        Ok(Statement::Use { name: self.ident("the name of a database")? })
    }

    /// `BEGIN [TRANSACTION | WORK]`.
    pub(super) fn begin_statement(&mut self) -> Parsed<Statement> {
        self.transaction(Statement::Begin)
    }

    /// `START TRANSACTION`.
    pub(super) fn start_statement(&mut self) -> Parsed<Statement> {
        self.advance()?;
        self.expect_keyword("TRANSACTION")?;
        Ok(Statement::Begin)
    }

    /// `COMMIT [TRANSACTION | WORK]`, `END [TRANSACTION | WORK]`.
    pub(super) fn commit_statement(&mut self) -> Parsed<Statement> {
        self.transaction(Statement::Commit)
    }

    /// `ROLLBACK [TRANSACTION | WORK]`, `ABORT [TRANSACTION | WORK]`.
    pub(super) fn rollback_statement(&mut self) -> Parsed<Statement> {
        self.transaction(Statement::Rollback)
    }

    fn transaction(&mut self, statement: Statement) -> Parsed<Statement> {
        self.advance()?;
        if !self.take_word("TRANSACTION")? {
            self.take_word("WORK")?;
        }
        Ok(statement)
    }
}
