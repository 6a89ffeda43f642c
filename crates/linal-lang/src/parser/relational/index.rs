//! `CREATE [UNIQUE | VECTOR] INDEX`.

use super::super::cursor::{Parsed, Parser};
use crate::ast::relational::{CreateIndex, Relational};
use crate::token::Symbol;

impl Parser<'_> {
    /// `[UNIQUE | VECTOR] INDEX [IF NOT EXISTS] [name] ON t(col, ..) [METRIC m] [WITH (key = value, ...)]`.
    pub(super) fn create_index(&mut self) -> Parsed<Relational> {
        let unique = self.take_word("UNIQUE")?;
        let vector = !unique && self.take_word("VECTOR")?;
        self.expect_word("INDEX")?;
        let if_not_exists = self.if_not_exists()?;
        let unnamed = self.at_word("ON") && !self.is_word(self.peek(), "ON");
        let name = if unnamed { None } else { Some(self.ident("a name for the index or ON")?) };
        self.expect_word("ON")?;
        let table = self.object_name("the dataset to index")?;
        self.expect(Symbol::LParen, "`(`")?;
        let column = self.index_column()?;
        let mut more_columns = Vec::new();
        while self.take(Symbol::Comma)? {
            more_columns.push(self.index_column()?);
        }
        self.expect(Symbol::RParen, "`,` or `)`")?;
        let mut index = CreateIndex {
            vector,
            unique,
            name,
            table,
            column,
            more_columns,
            metric: None,
            options: Vec::new(),
            if_not_exists,
        };
        loop {
            if index.metric.is_none() && self.take_word("METRIC")? {
                index.metric = Some(self.ident("a metric")?);
            } else if index.options.is_empty() && self.take_word("WITH")? {
                self.expect(Symbol::LParen, "`(`")?;
                index.options = self.options()?;
            } else {
                return Ok(Relational::CreateIndex(index));
            }
        }
    }

    /// A column, whose order is none of an index here: it is read both ways.
    fn index_column(&mut self) -> Parsed<crate::ast::Ident> {
        let column = self.ident("the column to index")?;
        if !self.take_word("ASC")? {
            self.take_word("DESC")?;
        }
        Ok(column)
    }
}
