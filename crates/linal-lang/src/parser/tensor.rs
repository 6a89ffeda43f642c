//! `LET`, `BIND`, `DERIVE` and `DROP TENSOR`.

use super::cursor::{Parsed, Parser};
use crate::ast::{Ident, Let, ObjectName, Statement};
use crate::token::Symbol;

impl Parser<'_> {
    /// `LET x = e`, `LAZY LET x = e` or `LET LAZY x = e`; also `LET ds = dataset("name")`.
    pub(super) fn let_statement(&mut self) -> Parsed<Statement> {
        let (lazy, name) = self.let_name()?;
        if !lazy && self.opens_dataset() {
            self.let_dataset(name)
        } else {
            Ok(Statement::Let(Let { name, lazy, value: self.value()? }))
        }
    }

    /// The part before the value.
    fn let_name(&mut self) -> Parsed<(bool, Ident)> {
        let mut lazy = self.take_word("LAZY")?;
        self.expect_word("LET")?;
        // A variable may be named lazy: `LET lazy = 1`.
        if self.at_word("LAZY") && self.peek().is_name() {
            self.advance()?;
            lazy = true;
        }
        let name = self.ident("a name after LET")?;
        self.expect_equals("LET", &name)?;
        Ok((lazy, name))
    }

    /// `BIND alias TO target`.
    pub(super) fn bind_statement(&mut self) -> Parsed<Statement> {
        self.advance()?;
        let alias = self.ident("a name after BIND")?;
        self.expect_word("TO")?;
        let target = self.object_name("the name that the alias follows")?;
        Ok(Statement::Bind { alias, target })
    }

    /// `DERIVE x FROM e`.
    pub(super) fn derive_statement(&mut self) -> Parsed<Statement> {
        self.advance()?;
        let name = self.ident("a name after DERIVE")?;
        self.expect_word("FROM")?;
        Ok(Statement::Derive { name, value: self.value()? })
    }

    /// `DROP TENSOR x [IF EXISTS]` or `DROP DATABASE [IF EXISTS] d`; any other DROP is relational.
    pub(super) fn drop_statement(&mut self) -> Parsed<Statement> {
        let object = self.peek();
        if self.is_word(object, "TENSOR") {
            let (name, if_exists) = self.drop_target("the tensor to drop")?;
            return Ok(Statement::DropTensor { name, if_exists });
        }
        if self.is_word(object, "DATABASE") {
            let (name, if_exists) = self.drop_target("the database to drop")?;
            return Ok(Statement::DropDatabase { name, if_exists });
        }
        if self.is_word(self.peek(), "SCHEDULE") {
            return self.drop_schedule();
        }
        if self.is_word(self.peek(), "SCHEMA") {
            return self.drop_schema();
        }
        self.drop_relational()
    }

    /// `IF EXISTS` may stand before or after the name.
    pub(super) fn drop_target(&mut self, expected: &str) -> Parsed<(Ident, bool)> {
        self.advance()?;
        self.advance()?;
        let before = self.if_exists()?;
        let name = self.ident(expected)?;
        let after = !before && self.if_exists()?;
        Ok((name, before || after))
    }

    pub(super) fn if_exists(&mut self) -> Parsed<bool> {
        if !(self.at_word("IF") && self.is_word(self.peek(), "EXISTS")) {
            return Ok(false);
        }
        self.advance()?;
        self.advance()?;
        Ok(true)
    }

    /// `x`, `ds.column` or more parts.
    pub(super) fn object_name(&mut self, expected: &str) -> Parsed<ObjectName> {
        let first = self.ident(expected)?;
        let mut span = first.span;
        let mut parts = vec![first];
        while self.take(Symbol::Dot)? {
            let part = self.ident("a name after `.`")?;
            span = span.to(part.span);
            parts.push(part);
        }
        Ok(ObjectName { parts, span })
    }
}
