//! `CREATE [VECTOR] INDEX`.

use super::super::cursor::{Parsed, Parser};
use crate::ast::relational::{CreateIndex, Relational};
use crate::token::Symbol;

impl Parser<'_> {
    /// `[VECTOR] INDEX [IF NOT EXISTS] [name] ON t(col) [METRIC m] [WITH (key = value, ...)]`.
    pub(super) fn create_index(&mut self) -> Parsed<Relational> {
        let vector = self.take_word("VECTOR")?;
        self.expect_word("INDEX")?;
        let if_not_exists = self.if_not_exists()?;
        let unnamed = self.at_word("ON") && !self.is_word(self.peek(), "ON");
        let name = if unnamed { None } else { Some(self.ident("a name for the index or ON")?) };
        self.expect_word("ON")?;
        let table = self.object_name("the dataset to index")?;
        self.expect(Symbol::LParen, "`(`")?;
        let column = self.ident("the column to index")?;
        self.expect(Symbol::RParen, "`)`")?;
        let mut index =
            CreateIndex { vector, name, table, column, metric: None, options: Vec::new(), if_not_exists };
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
}
