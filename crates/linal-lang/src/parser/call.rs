//! Calls with parentheses, and the keyword clauses that follow them or stand within.

use super::cursor::{Parsed, Parser};
use crate::ast::{Arg, ExprId, ExprKind};
use crate::token::{Symbol, Token};
use crate::{CallPattern, Code, SyntaxError, lexer};

impl<'a> Parser<'a> {
    /// `F(a, b, name => c)`, also with what a prefix form may add: `SUM(a) AXIS 0`, `ADD (a) b`,
    /// `STACK (a) (b)`.
    pub(super) fn call(&mut self) -> Parsed<ExprId> {
        let name = self.advance()?;
        let form = self.patterns.pattern(self.text(name));
        let open = self.advance()?;
        let mut args = self.arguments(form.filter(|form| form.is_call_only()))?;
        self.expect(Symbol::RParen, "`,` or `)`")?;
        if let Some(form) = form.filter(|form| !form.is_call_only()) {
            self.rest_of_form(form, name, open, &mut args)?;
        }
        self.push_call(name, args)
    }

    /// Pushes the call node.
    pub(super) fn push_call(&mut self, name: Token, args: Vec<Arg>) -> Parsed<ExprId> {
        let span = name.span.to(self.previous.span);
        let kind = ExprKind::Call {
            name: lexer::name(self.source, name),
            name_span: name.span,
            args: args.into_boxed_slice(),
        };
        self.push(kind, span)
    }

    fn arguments(&mut self, keyword_pattern: Option<&'a CallPattern>) -> Parsed<Vec<Arg>> {
        let mut args = Vec::new();
        if self.at(Symbol::RParen) {
            return Ok(args);
        }
        loop {
            self.argument(&mut args)?;
            if let Some(pattern) = keyword_pattern {
                while let Some((param, words)) = self.clause_of(pattern) {
                    self.clause_keyword(words)?;
                    let start = self.token.span;
                    let value = self.bracketed_expression(false)?;
                    self.add_named(&mut args, &param, start, value)?;
                }
            }
            if !self.take(Symbol::Comma)? {
                return Ok(args);
            }
        }
    }

    /// Whether `:=` follows the current name.
    fn is_assigned(&self) -> bool {
        let after = self.peek_second();
        self.peek().is(Symbol::Colon) && after.is(Symbol::Eq) && !after.blank_before
    }

    fn argument(&mut self, args: &mut Vec<Arg>) -> Parsed<()> {
        let first = self.token;
        if first.is_name() && (self.peek().is(Symbol::Arrow) || self.is_assigned()) {
            self.advance()?;
            if !self.take(Symbol::Arrow)? {
                self.advance()?;
                self.advance()?;
            }
            let value = self.bracketed_expression(false)?;
            return self.add_named(args, &lexer::name(self.source, first), first.span, value);
        }
        if args.last().is_some_and(|arg| arg.name.is_some()) {
            let found = self.describe(first);
            let message = format!("expected `name => value`, found {found} after a named argument");
            return Err(SyntaxError::new(Code::MisplacedArgument, first.span, message)
                .with_help("put positional arguments before named ones"));
        }
        let value = self.bracketed_expression(false)?;
        let span = first.span.to(self.previous.span);
        args.push(Arg { name: None, value, span });
        Ok(())
    }

    /// Appends a named argument; a repeated name is an error.
    pub(super) fn add_named(
        &mut self,
        args: &mut Vec<Arg>,
        name: &str,
        start: crate::Span,
        value: ExprId,
    ) -> Parsed<()> {
        let known = |arg: &Arg| arg.name.as_deref().is_some_and(|other| other.eq_ignore_ascii_case(name));
        if args.iter().any(known) {
            let message = format!("the argument `{name}` is given twice");
            return Err(SyntaxError::new(Code::MisplacedArgument, start.to(self.previous.span), message));
        }
        args.push(Arg { name: Some(name.into()), value, span: start.to(self.previous.span) });
        Ok(())
    }
}
