//! `ALTER DATASET`, `MATERIALIZE`, `AUDIT` and `SET DATASET`.

use super::super::cursor::{Parsed, Parser};
use crate::ast::Statement;
use crate::ast::relational::{Alteration, ColumnChange, Relational};
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
        let if_exists = self.if_exists()?;
        let table = self.object_name("the dataset to alter")?;
        let alteration = match self.token.kind {
            TokenKind::Word if self.at_word("ADD") => self.add_column()?,
            TokenKind::Word if self.at_word("DROP") => self.drop_part()?,
            TokenKind::Word if self.at_word("ALTER") => self.alter_column()?,
            TokenKind::Word if self.at_word("RENAME") => self.rename()?,
            _ => return Err(self.unexpected("`ADD`, `ALTER`, `DROP` or `RENAME`")),
        };
        Ok(Relational::Alter { table, if_exists, alteration })
    }

    /// A column may be named column.
    fn take_column(&mut self) -> Parsed<bool> {
        self.take_word_before("COLUMN", |next| next.is_name())
    }

    /// `ADD [COLUMN] [IF NOT EXISTS] c: type [DEFAULT v]`, `ADD [COLUMN] c = expr [LAZY]`, or `ADD [CONSTRAINT c]
    /// ..`.
    fn add_column(&mut self) -> Parsed<Alteration> {
        self.advance()?;
        let is_column = self.take_column()?;
        if !is_column && let Some(constraint) = self.table_constraint()? {
            return Ok(Alteration::AddConstraint(constraint));
        }
        let if_not_exists = self.if_not_exists()?;
        if !self.peek().is(Symbol::Eq) {
            let spec = self.column_spec()?;
            return Ok(Alteration::AddColumn { spec, if_not_exists });
        }
        let name = self.ident("the name of a column")?;
        self.advance()?;
        let value = self.scalar("an expression", &["LAZY"])?;
        let text = value.span.text(self.source).into();
        let lazy = self.take_word("LAZY")?;
        Ok(Alteration::AddComputed { name, value, text, lazy })
    }

    /// `DROP [COLUMN] [IF EXISTS] c` or `DROP CONSTRAINT [IF EXISTS] c`.
    fn drop_part(&mut self) -> Parsed<Alteration> {
        self.advance()?;
        let is_constraint = self.take_word_before("CONSTRAINT", |next| next.is_name())?;
        if !is_constraint {
            self.take_column()?;
        }
        let before = self.if_exists()?;
        let name = self.ident(if is_constraint { "the constraint to drop" } else { "the column to drop" })?;
        let if_exists = self.if_exists()? || before;
        if !self.take_word("RESTRICT")? && self.at_word("CASCADE") {
            return Err(self
                .unexpected("the end of the statement")
                .with_help("drop what depends on it first; CASCADE is not supported"));
        }
        Ok(if is_constraint {
            Alteration::DropConstraint { name, if_exists }
        } else {
            Alteration::DropColumn { name, if_exists }
        })
    }

    /// `ALTER [COLUMN] c ..`.
    fn alter_column(&mut self) -> Parsed<Alteration> {
        self.advance()?;
        self.take_column()?;
        let name = self.ident("the column to alter")?;
        let change = if self.take_word("SET")? {
            self.set_of_column()?
        } else if self.take_word("TYPE")? {
            self.type_of_column()?
        } else if self.take_word("DROP")? {
            if self.take_word("DEFAULT")? {
                ColumnChange::DropDefault
            } else {
                self.expect_word("NOT")?;
                self.expect_word("NULL")?;
                ColumnChange::DropNotNull
            }
        } else {
            return Err(self.unexpected("`TYPE`, `SET` or `DROP`"));
        };
        Ok(Alteration::AlterColumn { name, change })
    }

    /// `DEFAULT e`, `NOT NULL`, `DATA TYPE t`, after SET.
    fn set_of_column(&mut self) -> Parsed<ColumnChange> {
        if self.take_word("DEFAULT")? {
            return self.scalar("a value", &[]).map(ColumnChange::SetDefault);
        }
        if self.take_word("NOT")? {
            return self.expect_word("NULL").map(|_| ColumnChange::SetNotNull);
        }
        if self.take_word("DATA")? {
            self.expect_word("TYPE")?;
            return self.type_of_column();
        }
        Err(self.unexpected("`DEFAULT`, `NOT NULL` or `DATA TYPE`"))
    }

    /// `t [USING e]`, after TYPE.
    fn type_of_column(&mut self) -> Parsed<ColumnChange> {
        let type_name = self.type_name()?;
        let using = if self.take_word("USING")? { Some(self.scalar("an expression", &[])?) } else { None };
        Ok(ColumnChange::Type { type_name, using })
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
