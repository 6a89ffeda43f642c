//! Statements about whole databases: `BACKUP DATABASE`, `EXPORT DATABASE`, `CHECKPOINT`.

use super::cursor::{Parsed, Parser};
use crate::ast::Statement;
use crate::token::TokenKind;

impl Parser<'_> {
    /// `BACKUP DATABASE d TO 'path'`.
    pub(super) fn backup_statement(&mut self) -> Parsed<Statement> {
        self.advance()?;
        self.expect_keyword("DATABASE")?;
        let name = self.ident("the database to back up")?;
        self.expect_word("TO")?;
        let path = self.file_path("the path of the copy")?;
        Ok(Statement::BackupDatabase { name, path })
    }

    /// `EXPORT DATABASE d TO DUCKLAKE 'path'`; every other EXPORT is relational.
    pub(super) fn export_statement(&mut self) -> Parsed<Statement> {
        // `EXPORT database TO 'path'` exports a dataset of that name.
        if !self.is_word(self.peek(), "DATABASE") || self.is_word(self.peek_second(), "TO") {
            return self.export_relational();
        }
        self.advance()?;
        self.advance()?;
        let name = self.ident("the database to export")?;
        self.expect_word("TO")?;
        self.expect_ducklake()?;
        let path = self.file_path("the path of the lake")?;
        Ok(Statement::ExportDatabase { name, path })
    }

    fn expect_ducklake(&mut self) -> Parsed<()> {
        if self.token.kind == TokenKind::Str {
            return Err(self.unexpected("`DUCKLAKE`").with_help(
                "`TO DUCKLAKE 'path'` writes a lake; BACKUP DATABASE writes a copy that opens as a database",
            ));
        }
        self.expect_keyword("DUCKLAKE").map(drop)
    }

    /// `ALTER DATABASE d SET name = value`.
    pub(super) fn alter_database(&mut self) -> Parsed<Statement> {
        self.advance()?;
        self.advance()?;
        let name = self.ident("the database to alter")?;
        if !self.at_word("SET") {
            return Err(self.unexpected("`SET`"));
        }
        match self.set_statement()? {
            Statement::Set(set) => Ok(Statement::AlterDatabase { name, set }),
            _ => Err(self.unexpected("the name of a setting")),
        }
    }

    /// `CHECKPOINT`.
    pub(super) fn checkpoint_statement(&mut self) -> Parsed<Statement> {
        self.advance()?;
        Ok(Statement::Checkpoint)
    }
}
