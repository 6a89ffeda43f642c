//! `ALTER DATASET`, `MATERIALIZE`, `AUDIT` and `SET DATASET`.

use super::super::cursor::{Parsed, Parser};
use crate::ast::Statement;
use crate::ast::relational::{Alteration, Relational};
use crate::lexer;
use crate::token::{Symbol, TokenKind};

impl Parser<'_> {
    /// `ALTER ...`, except of schedules.
    pub(in super::super) fn alter_relational(&mut self) -> Parsed<Statement> {
        self.parse_relational(Self::alter_statement)
    }

    /// `ALTER DATASET t ...` and `ALTER TABLE t ...`.
    fn alter_statement(&mut self) -> Parsed<Relational> {
        self.advance()?;
        if let Some(kind) = self.object_kind() {
            return self.rename_object(kind);
        }
        if !self.take_word("DATASET")? && !self.take_word("TABLE")? {
            return Err(self.unexpected("`DATASET`, `TABLE`, `VIEW`, `MACRO`, `SEQUENCE` or `TYPE`"));
        }
        let table = self.object_name("the dataset to alter")?;
        let alteration = match self.token.kind {
            TokenKind::Word if self.at_word("ADD") => self.add_column()?,
            TokenKind::Word if self.at_word("DROP") => self.drop_column()?,
            TokenKind::Word if self.at_word("RENAME") => self.rename()?,
            _ => return Err(self.unexpected("`ADD`, `DROP` or `RENAME`")),
        };
        Ok(Relational::Alter { table, alteration })
    }

    /// A column may be named column.
    fn take_column(&mut self) -> Parsed<bool> {
        self.take_word_before("COLUMN", |next| next.is_name())
    }

    /// `ADD [COLUMN] c: type [DEFAULT v]` or `ADD [COLUMN] c = expr [LAZY]`.
    fn add_column(&mut self) -> Parsed<Alteration> {
        self.advance()?;
        self.take_column()?;
        if !self.peek().is(Symbol::Eq) {
            return self.column_spec().map(Alteration::AddColumn);
        }
        let name = self.ident("the name of a column")?;
        self.advance()?;
        let value = self.scalar("an expression", &["LAZY"])?;
        let text = value.span.text(self.source).into();
        let lazy = self.take_word("LAZY")?;
        Ok(Alteration::AddComputed { name, value, text, lazy })
    }

    fn drop_column(&mut self) -> Parsed<Alteration> {
        self.advance()?;
        self.take_column()?;
        self.ident("the column to drop").map(Alteration::DropColumn)
    }

    /// `RENAME [COLUMN] a TO b` or `RENAME TO u`.
    fn rename(&mut self) -> Parsed<Alteration> {
        self.advance()?;
        if self.take_word("TO")? {
            return self.ident("a new name for the dataset").map(Alteration::Rename);
        }
        // In `RENAME column TO b` the column is named column.
        self.take_word_before("COLUMN", |next| next.is_name())?;
        if self.at_word("TO") {
            return Err(self.unexpected("the column to rename"));
        }
        let from = self.ident("the column to rename")?;
        self.expect_word("TO")?;
        Ok(Alteration::RenameColumn { from, to: self.ident("a new name for the column")? })
    }

    /// `MATERIALIZE t`.
    pub(super) fn materialize_statement(&mut self) -> Parsed<Relational> {
        self.advance()?;
        self.take_word_before("DATASET", |next| next.is_name())?;
        self.object_name("the dataset to materialize").map(Relational::Materialize)
    }

    /// `AUDIT DATASET t`.
    pub(super) fn audit_statement(&mut self) -> Parsed<Relational> {
        self.advance()?;
        self.take_word_before("DATASET", |next| next.is_name())?;
        self.object_name("the dataset to audit").map(Relational::Audit)
    }

    /// `SET DATASET t [METADATA] key = "value"`.
    pub(in super::super) fn set_metadata_statement(&mut self) -> Parsed<Statement> {
        self.parse_relational(Self::set_metadata)
    }

    fn set_metadata(&mut self) -> Parsed<Relational> {
        self.advance()?;
        self.advance()?;
        let table = self.object_name("a dataset")?;
        self.take_word_before("METADATA", |next| next.is_name() || next.kind == TokenKind::Str)?;
        let key = match self.token.kind {
            TokenKind::Str => {
                let token = self.advance()?;
                crate::ast::Ident { name: lexer::string(self.source, token), span: token.span }
            }
            _ => self.ident("a key")?,
        };
        self.expect(Symbol::Eq, "`=`")?;
        Ok(Relational::SetMetadata { table, key, value: self.option_value()? })
    }
}
