//! Datasets built from tensors: `LET ds = dataset("x")`, `ds.add_column(...)`, `ATTACH`.

use super::super::cursor::{Parsed, Parser};
use super::super::foreign;
use crate::ast::relational::Relational;
use crate::ast::{Ident, ObjectName, Statement};
use crate::lexer;
use crate::token::{Symbol, TokenKind};

impl Parser<'_> {
    /// Whether `dataset("name")` follows.
    pub(in super::super) fn opens_dataset(&self) -> bool {
        self.at_word("dataset")
            && self.peek().is(Symbol::LParen)
            && matches!(self.peek_second().kind, TokenKind::Str | TokenKind::QuotedName | TokenKind::Word)
    }

    /// The rest of `LET ds = dataset("name")`.
    pub(in super::super) fn let_dataset(&mut self, name: Ident) -> Parsed<Statement> {
        self.advance()?;
        self.advance()?;
        let dataset = self.quoted_ident("the name of a dataset")?;
        self.expect(Symbol::RParen, "`)`")?;
        Ok(Statement::Relational(Box::new(Relational::LetDataset { name, dataset })))
    }

    /// A name, or a string that contains one.
    fn quoted_ident(&mut self, expected: &str) -> Parsed<Ident> {
        match self.token.kind {
            TokenKind::Str => {
                let token = self.advance()?;
                Ok(Ident { name: lexer::string(self.source, token), span: token.span })
            }
            _ => self.ident(expected),
        }
    }

    /// `ds.add_column("c", tensor)`.
    pub(super) fn add_column_statement(&mut self) -> Parsed<Relational> {
        let dataset = self.ident("a dataset")?;
        self.expect(Symbol::Dot, "`.`")?;
        self.advance()?;
        self.expect(Symbol::LParen, "`(`")?;
        let column = self.quoted_ident("the name of a column")?;
        self.expect(Symbol::Comma, "`,`")?;
        let value = self.value()?;
        self.expect(Symbol::RParen, "`)`")?;
        let table = ObjectName { span: dataset.span, parts: vec![dataset] };
        Ok(Relational::Attach { table, column, value })
    }

    /// `ATTACH tensor TO ds.c`.
    pub(super) fn attach_statement(&mut self) -> Parsed<Relational> {
        self.advance()?;
        let is_file = self.token.kind == TokenKind::Str && !self.is_word(self.peek(), "TO");
        if is_file || self.at_word("DATABASE") || self.at_word("IF") {
            let help = foreign::help("ATTACH").unwrap_or_default();
            return Err(self.unexpected("a tensor").with_help(help));
        }
        let value = self.value()?;
        self.expect_word("TO")?;
        let mut table = self.object_name("`dataset.column`")?;
        if table.parts.len() < 2 {
            return Err(self.unexpected("`.` and the name of a column"));
        }
        let Some(column) = table.parts.pop() else {
            return Err(self.unexpected("the name of a column"));
        };
        if let Some(last) = table.parts.last() {
            table.span.end = last.span.end;
        }
        Ok(Relational::Attach { table, column, value })
    }
}
