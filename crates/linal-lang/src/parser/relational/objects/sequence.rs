//! `CREATE SEQUENCE`.

use super::super::super::cursor::{Parsed, Parser};
use super::Header;
use crate::ast::objects::{CreateSequence, ObjectStatement, SequenceNumber};
use crate::lexer;
use crate::token::{Symbol, TokenKind};
use crate::{Code, SyntaxError};

impl Parser<'_> {
    /// The options in any order, each at most once.
    pub(super) fn create_sequence(&mut self, header: Header) -> Parsed<ObjectStatement> {
        let Header { name, on_existing, temporary } = header;
        let mut create = CreateSequence {
            name,
            on_existing,
            temporary,
            start: None,
            increment: None,
            minimum: None,
            maximum: None,
            cycles: false,
        };
        let mut seen: Vec<&'static str> = Vec::new();
        while !self.at_end() {
            let opening = self.token;
            let option = self.sequence_option(&mut create)?;
            if seen.contains(&option) {
                let message = format!("{option} is given twice");
                return Err(SyntaxError::new(Code::UnexpectedToken, opening.span, message));
            }
            seen.push(option);
        }
        Ok(ObjectStatement::CreateSequence(create))
    }

    fn sequence_option(&mut self, create: &mut CreateSequence) -> Parsed<&'static str> {
        const OPTIONS: &[&str] =
            &["START", "INCREMENT", "MINVALUE", "MAXVALUE", "CYCLE", "NO", "CACHE", "OWNED"];
        if self.take_word("START")? {
            self.take_word("WITH")?;
            create.start = Some(self.sequence_number()?);
            return Ok("START");
        }
        if self.take_word("INCREMENT")? {
            self.take_word("BY")?;
            create.increment = Some(self.sequence_number()?);
            return Ok("INCREMENT");
        }
        if self.take_word("MINVALUE")? {
            create.minimum = Some(self.sequence_number()?);
            return Ok("MINVALUE");
        }
        if self.take_word("MAXVALUE")? {
            create.maximum = Some(self.sequence_number()?);
            return Ok("MAXVALUE");
        }
        if self.take_word("CYCLE")? {
            create.cycles = true;
            return Ok("CYCLE");
        }
        if self.take_word("NO")? {
            let words = [("CYCLE", "CYCLE"), ("MINVALUE", "MINVALUE"), ("MAXVALUE", "MAXVALUE")];
            for (word, option) in words {
                if self.take_word(word)? {
                    return Ok(option);
                }
            }
            return Err(self.unexpected("`CYCLE`, `MINVALUE` or `MAXVALUE`"));
        }
        let error = self.unexpected_keyword(
            "`START`, `INCREMENT`, `MINVALUE`, `MAXVALUE`, `CYCLE` or `NO CYCLE`",
            OPTIONS,
        );
        let is_cache = self.at_word("CACHE");
        Err(if is_cache {
            error.with_help("how many values are kept ahead is linal's business")
        } else {
            error
        })
    }

    fn sequence_number(&mut self) -> Parsed<SequenceNumber> {
        let start = self.token.span;
        let negative = self.take(Symbol::Minus)?;
        if !negative {
            self.take(Symbol::Plus)?;
        }
        let token = self.token;
        if !matches!(token.kind, TokenKind::Int | TokenKind::Hex) {
            return Err(self.unexpected("an integer"));
        }
        let magnitude = lexer::integer(self.source, token)?;
        let value =
            if negative { 0i64.checked_sub_unsigned(magnitude) } else { i64::try_from(magnitude).ok() };
        let value = value.ok_or_else(|| lexer::overflow(self.text(token), token))?;
        self.advance()?;
        Ok(SequenceNumber { value, span: start.to(token.span) })
    }
}
