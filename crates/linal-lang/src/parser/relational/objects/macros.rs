//! `CREATE MACRO` and `CREATE FUNCTION`.

use super::super::super::cursor::{Parsed, Parser};
use super::Header;
use crate::ast::objects::{CreateMacro, MacroBody, MacroOverload, MacroParameter, ObjectStatement};
use crate::token::{Symbol, TokenKind};
use crate::{Code, Span, SyntaxError};

impl Parser<'_> {
    /// `(parameters) AS body [, (parameters) AS body ...]`.
    pub(super) fn create_macro(&mut self, header: Header) -> Parsed<ObjectStatement> {
        let mut overloads = vec![self.macro_overload()?];
        while self.take(Symbol::Comma)? {
            let overload = self.macro_overload()?;
            self.check_overload(&overloads, &overload)?;
            overloads.push(overload);
        }
        let Header { name, on_existing, temporary } = header;
        Ok(ObjectStatement::CreateMacro(CreateMacro { name, on_existing, temporary, overloads }))
    }

    fn macro_overload(&mut self) -> Parsed<MacroOverload> {
        let parameters = self.macro_parameters()?;
        if self.at_word("RETURNS") || self.at_word("LANGUAGE") {
            return Err(self
                .unexpected("`AS`")
                .with_help("a function is an expression: `CREATE FUNCTION f(a, b := 1) AS a + b`"));
        }
        self.expect_word("AS")?;
        let start = self.previous.span.end;
        if self.token.kind == TokenKind::Str && self.peek().kind == TokenKind::End {
            // PostgreSQL writes the body as a text; here it would be a macro that gives the text.
            let help = "write the expression itself: `CREATE FUNCTION f(a) AS a + 1`";
            if self.text(self.token).trim_matches('\'').trim_start().to_lowercase().starts_with("select ") {
                return Err(self.unexpected("an expression").with_help(help));
            }
        }
        let (body, start) = if self.take_word_before("TABLE", |_| true)? {
            let start = self.previous.span.end;
            (MacroBody::Table(self.query(&[])?), start)
        } else {
            (MacroBody::Scalar(self.scalar("an expression", &[])?), start)
        };
        let end = self.previous.span.end;
        let span = Span::new(start, end);
        Ok(MacroOverload { parameters, body, text: self.written_between(start, end), span })
    }

    /// `(a, b INTEGER, c := 1)`.
    fn macro_parameters(&mut self) -> Parsed<Vec<MacroParameter>> {
        self.expect(Symbol::LParen, "`(`")?;
        let mut parameters: Vec<MacroParameter> = Vec::new();
        if self.take(Symbol::RParen)? {
            return Ok(parameters);
        }
        loop {
            let name = self.ident("the name of a parameter")?;
            if parameters.iter().any(|known| known.name.name.eq_ignore_ascii_case(&name.name)) {
                let message = format!("the parameter `{}` is given twice", name.name);
                return Err(SyntaxError::new(Code::MisplacedArgument, name.span, message));
            }
            let is_typed = self.token.kind == TokenKind::Word && !self.is_reserved(self.token);
            let type_name = if is_typed { Some(self.type_name()?) } else { None };
            let has_default = self.take_assignment()?;
            if !has_default && parameters.last().is_some_and(|last| last.default.is_some()) {
                let message = format!("the parameter `{}` follows one that has a default", name.name);
                let error = SyntaxError::new(Code::MisplacedArgument, name.span, message);
                return Err(error.with_help("parameters with a default come last"));
            }
            let default = if has_default {
                let value = self.scalar("a value", &[])?;
                let text = value.span.text(self.source).into();
                Some((value, text))
            } else {
                None
            };
            parameters.push(MacroParameter { name, type_name, default });
            if !self.take(Symbol::Comma)? {
                break;
            }
        }
        self.expect(Symbol::RParen, "`,`, `:=` or `)`")?;
        Ok(parameters)
    }

    fn check_overload(&self, known: &[MacroOverload], new: &MacroOverload) -> Parsed<()> {
        let is_table = |overload: &MacroOverload| matches!(overload.body, MacroBody::Table(_));
        let count = new.parameters.len();
        let message = if known.iter().any(|overload| overload.parameters.len() == count) {
            format!("two overloads of the macro have {count} parameters")
        } else if known.iter().any(|overload| is_table(overload) != is_table(new)) {
            "overloads of a macro are all expressions or all tables".to_owned()
        } else {
            return Ok(());
        };
        Err(SyntaxError::new(Code::WrongArguments, new.span, message))
    }
}
