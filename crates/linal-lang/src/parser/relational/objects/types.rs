//! `CREATE TYPE`.

use super::super::super::cursor::{Parsed, Parser};
use super::Header;
use crate::ast::objects::{CreateType, ObjectStatement, TypeDefinition};
use crate::lexer;
use crate::token::{Symbol, TokenKind};

impl Parser<'_> {
    /// `AS ENUM ('a', 'b')`, `AS ENUM (SELECT ..)` or `AS type`.
    pub(super) fn create_type(&mut self, header: Header) -> Parsed<ObjectStatement> {
        let Header { name, on_existing, temporary } = header;
        self.expect_word("AS")?;
        let definition = if self.at_word("ENUM") && self.peek().is(Symbol::LParen) {
            self.advance()?;
            self.enum_labels()?
        } else {
            TypeDefinition::Alias(self.type_name()?)
        };
        Ok(ObjectStatement::CreateType(CreateType { name, on_existing, temporary, definition }))
    }

    fn enum_labels(&mut self) -> Parsed<TypeDefinition> {
        let open = self.expect(Symbol::LParen, "`(`")?;
        let opens_query = ["SELECT", "WITH", "VALUES", "FROM"].into_iter().any(|word| self.at_word(word));
        if opens_query {
            self.resume_at(self.previous, open.span.start)?;
            return self.query(&[]).map(TypeDefinition::Query);
        }
        let mut labels = Vec::new();
        while !self.at(Symbol::RParen) {
            if self.token.kind != TokenKind::Str {
                return Err(self.unexpected("a label in quotes"));
            }
            let token = self.advance()?;
            labels.push((lexer::string(self.source, token), token.span));
            if !self.take(Symbol::Comma)? {
                break;
            }
        }
        self.expect(Symbol::RParen, "`,` or `)`")?;
        Ok(TypeDefinition::Labels(labels))
    }
}
