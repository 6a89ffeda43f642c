//! `DROP DATASET`, `DROP TABLE`, `DROP INDEX`, `DROP PIPELINE`.

use super::super::cursor::{Parsed, Parser};
use crate::ast::Statement;
use crate::ast::relational::Relational;

impl Parser<'_> {
    pub(in super::super) fn drop_relational(&mut self) -> Parsed<Statement> {
        self.parse_relational(Self::drop_rule)
    }

    /// `IF EXISTS` may stand before or after the name.
    fn drop_rule(&mut self) -> Parsed<Relational> {
        self.advance()?;
        let object = self.token;
        if ["DATASET", "TABLE"].into_iter().any(|word| self.is_word(object, word)) {
            self.advance()?;
            let before = self.if_exists()?;
            let name = self.object_name("the dataset to drop")?;
            let if_exists = self.if_exists()? || before;
            let dependents = self.dependents()?;
            return Ok(Relational::Drop { name, if_exists, dependents });
        }
        if let Some(kind) = self.object_kind() {
            return self.drop_object(kind);
        }
        let index = self.is_word(object, "INDEX");
        if !index && !self.is_word(object, "PIPELINE") {
            return Err(self.unexpected("`DATASET`, `TABLE`, `VIEW`, `MACRO`, `SEQUENCE`, `TYPE`, `TENSOR`, `INDEX`, `PIPELINE`, `SCHEMA` or `DATABASE`"));
        }
        self.advance()?;
        let before = self.if_exists()?;
        let name = self.ident(if index { "the index to drop" } else { "the pipeline to drop" })?;
        let if_exists = self.if_exists()? || before;
        Ok(if index {
            Relational::DropIndex { name, if_exists }
        } else {
            Relational::DropPipeline { name, if_exists }
        })
    }
}
