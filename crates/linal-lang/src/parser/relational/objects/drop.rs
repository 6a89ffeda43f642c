//! `DROP` and `ALTER .. RENAME TO` of objects.

use super::super::super::cursor::{Parsed, Parser};
use super::object;
use crate::ast::Statement;
use crate::ast::objects::{Dependents, ObjectKind, ObjectStatement};
use crate::ast::relational::Relational;
use crate::token::Symbol;

impl Parser<'_> {
    /// `DROP VIEW [IF EXISTS] v [CASCADE | RESTRICT]`; the current token is the word of the kind.
    pub(in super::super) fn drop_object(&mut self, kind: ObjectKind) -> Parsed<Relational> {
        self.advance()?;
        let mut kind = kind;
        if kind == ObjectKind::Macro && self.take_word_before("TABLE", |next| next.is_name())? {
            kind = ObjectKind::TableMacro;
        }
        let before = self.if_exists()?;
        let name = self.object_name(&format!("the {} to drop", kind.word()))?;
        // PostgreSQL names the types of the parameters; one name has all its overloads here.
        if kind == ObjectKind::Macro && self.at(Symbol::LParen) && self.peek().is(Symbol::RParen) {
            self.advance()?;
            self.advance()?;
        }
        let if_exists = self.if_exists()? || before;
        let dependents = self.dependents()?;
        Ok(object(ObjectStatement::Drop { kind, name, if_exists, dependents }))
    }

    /// `DROP SCHEMA [IF EXISTS] s [CASCADE | RESTRICT]`; the current token is DROP.
    pub(in super::super::super) fn drop_schema(&mut self) -> Parsed<Statement> {
        self.advance()?;
        self.advance()?;
        let before = self.if_exists()?;
        let name = self.ident("the schema to drop")?;
        let if_exists = self.if_exists()? || before;
        let dependents = self.dependents()?;
        let statement = ObjectStatement::DropSchema { name, if_exists, dependents };
        Ok(Statement::Relational(Box::new(object(statement))))
    }

    /// `CASCADE` or `RESTRICT`.
    pub(in super::super) fn dependents(&mut self) -> Parsed<Dependents> {
        if self.take_word("CASCADE")? {
            return Ok(Dependents::Cascade);
        }
        Ok(if self.take_word("RESTRICT")? { Dependents::Restrict } else { Dependents::Unsaid })
    }

    /// `ALTER VIEW [IF EXISTS] v RENAME TO w`; the current token is the word of the kind.
    pub(in super::super) fn rename_object(&mut self, kind: ObjectKind) -> Parsed<Relational> {
        self.advance()?;
        let if_exists = self.if_exists()?;
        let name = self.object_name(&format!("the {} to alter", kind.word()))?;
        self.expect_word("RENAME")?;
        self.expect_word("TO")?;
        let to = self.ident(&format!("a new name for the {}", kind.word()))?;
        Ok(object(ObjectStatement::Rename { kind, name, if_exists, to }))
    }
}
