//! Constraints of tables and columns, and generated columns.

use super::super::cursor::{Parsed, Parser};
use crate::Span;
use crate::ast::Ident;
use crate::ast::constraint::{ConstraintRule, ConstraintSpec, Generated, Reference};
use crate::token::Symbol;

impl Parser<'_> {
    /// `[CONSTRAINT c] PRIMARY KEY (a, b)` and the like in place of a column; `None` when a column follows.
    pub(super) fn table_constraint(&mut self) -> Parsed<Option<ConstraintSpec>> {
        let is_named = self.at_word("CONSTRAINT") && self.peek().is_name();
        if !is_named && !self.at_table_constraint() {
            return Ok(None);
        }
        let name = self.constraint_name()?;
        let start = self.token.span.start;
        let rule = if self.take_key("PRIMARY")? {
            ConstraintRule::PrimaryKey(self.key_columns()?)
        } else if self.take_word("UNIQUE")? {
            ConstraintRule::Unique(self.key_columns()?)
        } else if self.take_word("CHECK")? {
            self.check_rule()?
        } else if self.take_key("FOREIGN")? {
            let columns = self.key_columns()?;
            self.expect_word("REFERENCES")?;
            ConstraintRule::References(self.reference(columns)?)
        } else {
            return Err(self.unexpected("`PRIMARY KEY`, `UNIQUE`, `CHECK` or `FOREIGN KEY`"));
        };
        let span = Span::new(start, self.previous.span.end);
        Ok(Some(ConstraintSpec { name, rule, span }))
    }

    fn at_table_constraint(&self) -> bool {
        let next = self.peek();
        let is_key = (self.at_word("PRIMARY") || self.at_word("FOREIGN")) && self.is_word(next, "KEY");
        is_key || (self.at_word("UNIQUE") || self.at_word("CHECK")) && next.is(Symbol::LParen)
    }

    /// A constraint of a column; `None` when none follows.
    pub(super) fn column_constraint(&mut self, column: &Ident) -> Parsed<Option<ConstraintSpec>> {
        let begins = (self.at_word("CONSTRAINT") && self.peek().is_name())
            || (self.at_word("PRIMARY") && self.is_word(self.peek(), "KEY"))
            || ["UNIQUE", "REFERENCES", "CHECK"].into_iter().any(|word| self.at_word(word));
        if !begins {
            return Ok(None);
        }
        let name = self.constraint_name()?;
        let start = self.token.span.start;
        let of_column = || vec![column.clone()];
        let rule = if self.take_key("PRIMARY")? {
            ConstraintRule::PrimaryKey(of_column())
        } else if self.take_word("UNIQUE")? {
            ConstraintRule::Unique(of_column())
        } else if self.take_word("CHECK")? {
            self.check_rule()?
        } else if self.take_word("REFERENCES")? {
            ConstraintRule::References(self.reference(of_column())?)
        } else if self.at_word("NOT") {
            // The name of NOT NULL is not kept: the column says it.
            return Ok(None);
        } else {
            return Err(self.unexpected("`PRIMARY KEY`, `UNIQUE`, `CHECK`, `REFERENCES` or `NOT NULL`"));
        };
        let span = Span::new(start, self.previous.span.end);
        Ok(Some(ConstraintSpec { name, rule, span }))
    }

    fn constraint_name(&mut self) -> Parsed<Option<Ident>> {
        if self.take_word("CONSTRAINT")? {
            self.ident("a name for the constraint").map(Some)
        } else {
            Ok(None)
        }
    }

    /// `PRIMARY KEY`, `FOREIGN KEY`.
    fn take_key(&mut self, word: &str) -> Parsed<bool> {
        let found = self.take_word_before(word, |next| next.is_name())?;
        if found {
            self.expect_word("KEY")?;
        }
        Ok(found)
    }

    fn key_columns(&mut self) -> Parsed<Vec<Ident>> {
        self.expect(Symbol::LParen, "`(`")?;
        self.ident_list()
    }

    /// `(e)`, after CHECK.
    fn check_rule(&mut self) -> Parsed<ConstraintRule> {
        self.expect(Symbol::LParen, "`(`")?;
        let condition = self.scalar("a condition", &[])?;
        self.expect(Symbol::RParen, "`)`")?;
        let text = condition.span.text(self.source).into();
        Ok(ConstraintRule::Check { condition, text })
    }

    /// `t [(b)] [ON DELETE action] [ON UPDATE action]`, after REFERENCES.
    fn reference(&mut self, columns: Vec<Ident>) -> Parsed<Reference> {
        let table = self.object_name("the dataset that is referred to")?;
        let referenced = if self.at(Symbol::LParen) { Some(self.key_columns()?) } else { None };
        while self.at_word("ON")
            && (self.is_word(self.peek(), "DELETE") || self.is_word(self.peek(), "UPDATE"))
        {
            self.advance()?;
            self.advance()?;
            self.reference_action()?;
        }
        Ok(Reference { columns, table, referenced })
    }

    fn reference_action(&mut self) -> Parsed<()> {
        if self.take_word("RESTRICT")? {
            return Ok(());
        }
        if self.take_word("NO")? {
            return self.expect_word("ACTION").map(drop);
        }
        Err(self.unexpected("`NO ACTION` or `RESTRICT`").with_help(
            "a change of a row that others refer to is refused; CASCADE, SET NULL and SET DEFAULT are not \
             supported",
        ))
    }

    /// `[GENERATED ALWAYS] AS (e) [STORED | VIRTUAL]`; `None` when something else follows.
    pub(super) fn generated(&mut self, is_typed: bool) -> Parsed<Option<Generated>> {
        if self.take_word_before("GENERATED", |next| next.is_name())? {
            self.expect_word("ALWAYS")?;
            if !self.at_word("AS") {
                return Err(self.unexpected("`AS`"));
            }
        }
        if !(self.at_word("AS") && self.peek().is(Symbol::LParen)) {
            return Ok(None);
        }
        self.advance()?;
        self.advance()?;
        let value = self.scalar("an expression", &[])?;
        self.expect(Symbol::RParen, "`)`")?;
        let text = value.span.text(self.source).into();
        let lazy = self.take_word("VIRTUAL")?;
        if !lazy {
            self.take_word("STORED")?;
        }
        Ok(Some(Generated { value, text, lazy, is_typed }))
    }
}
