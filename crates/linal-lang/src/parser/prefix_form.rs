//! Prefix forms: `SCALE a BY s` is the call `SCALE(a, s => s)`, as the pattern of the function says.
//!
//! An operand may be a prefix form without parentheses only where no other operand could follow it: as the
//! last operand (`SUM ABS a`, `ADD a MEAN b`) or after a keyword (`SCALE a BY MEAN a`).

use super::cursor::{Parsed, Parser};
use super::primary::Context;
use crate::ast::{Arg, ExprId, ExprKind, UnaryOp};
use crate::token::{Symbol, Token, TokenKind};
use crate::{CallPattern, Code, Span, keywords};

impl<'a> Parser<'a> {
    /// Parses a prefix form; the current token is the name of the function.
    pub(super) fn prefix_form(&mut self, form: &'a CallPattern) -> Parsed<ExprId> {
        self.nested(|parser| {
            let name = parser.advance()?;
            let mut args = Vec::new();
            parser.within(form, |parser| {
                parser.operands(form, &mut args)?;
                parser.clauses(form, name, &mut args)
            })?;
            parser.push_call(name, args)
        })
    }

    /// What may follow `F(...)` when F has a prefix form: further operands after `ADD (a)` and `STACK (a)`, and clauses.
    /// `open` is the parenthesis.
    pub(super) fn rest_of_form(
        &mut self,
        form: &'a CallPattern,
        name: Token,
        open: Token,
        args: &mut Vec<Arg>,
    ) -> Parsed<()> {
        let one_operand = matches!(args.as_slice(), [only] if only.name.is_none());
        // What `STACK(a) [0]` calls is complete, so that the bracket is an index; in `STACK (a) [0]` it is an operand.
        let is_index = form.required_operands() < 2 && !open.blank_before && self.at(Symbol::LBracket);
        let takes_more = form.operand_limit() != Some(1) && !is_index;
        let more = one_operand && takes_more && self.continues_operands(form, open);
        if !more && self.clause_of(form).is_none() {
            return Ok(());
        }
        self.nested(|parser| {
            parser.within(form, |parser| {
                if more {
                    parser.operands(form, args)?;
                }
                parser.clauses(form, name, args)
            })
        })
    }

    /// Whether another operand follows what stands in the parentheses that `open` began.
    fn continues_operands(&self, form: &CallPattern, open: Token) -> bool {
        if form.has_commas() {
            // Without a blank it is a call, so that `[ARANGE(n), x]` is a list of two.
            return open.blank_before && form.required_operands() > 1 && self.at(Symbol::Comma);
        }
        self.token.blank_before && (self.starts_operand(self.token) || self.at_signed_number())
    }

    /// Runs a rule while the keywords of the pattern end an operand.
    fn within(&mut self, form: &'a CallPattern, rule: impl FnOnce(&mut Self) -> Parsed<()>) -> Parsed<()> {
        // Each pattern is kept once, so that the search for its keywords does not grow with the nesting.
        let open = self.open_patterns.iter().any(|open| std::ptr::eq(*open, form));
        let new = !open && form.clauses().next().is_some();
        if new {
            self.open_patterns.push(form);
        }
        let result = rule(self);
        if new {
            self.open_patterns.pop();
        }
        result
    }

    fn operands(&mut self, form: &'a CallPattern, args: &mut Vec<Arg>) -> Parsed<()> {
        let required = form.required_operands();
        let limit = form.operand_limit().unwrap_or(usize::MAX);
        while args.len() < limit {
            let needed = args.len() < required;
            if form.has_commas() && !args.is_empty() {
                if !self.at(Symbol::Comma) {
                    return if needed { Err(self.missing(form, "`,`")) } else { Ok(()) };
                }
                self.advance()?;
            } else if !needed && (!self.starts_operand(self.token) || self.is_open_keyword(self.token)) {
                return Ok(());
            }
            let signed = self.at_signed_number() || form.has_commas() && self.at(Symbol::Minus);
            if !(self.starts_operand(self.token) || signed) {
                return Err(self.missing(form, &operand_name(form, args.len())));
            }
            let last = args.len() + 1 >= required && form.operand_limit().is_some();
            let value = self.operand(last)?;
            args.push(Arg { name: None, value, span: self.span_of(value) });
        }
        Ok(())
    }

    fn clauses(&mut self, form: &'a CallPattern, name: Token, args: &mut Vec<Arg>) -> Parsed<()> {
        while let Some((param, words)) = self.clause_of(form) {
            let start = self.clause_keyword(words)?;
            if !(self.starts_operand(self.token) || self.at(Symbol::Minus)) {
                return Err(self.missing(form, &format!("a value for `{param}`")));
            }
            let value = self.operand(true)?;
            self.add_named(args, &param, start, value)?;
        }
        let given = |param: &str| args.iter().any(|arg| arg.name.as_deref() == Some(param));
        match form.clauses().find(|(param, _)| !param.optional && !given(&param.name)) {
            Some((param, words)) => {
                let function = name.span.text(self.source);
                Err(self.missing(form, &format!("`{words} {}` of {function}", param.name)))
            }
            None => Ok(()),
        }
    }

    /// One operand: a primary to which brackets belong only without a blank. A sign before it is read only where it
    /// cannot be a subtraction: after a keyword, between commas, and before a number.
    fn operand(&mut self, nested_form: bool) -> Parsed<ExprId> {
        if !self.at(Symbol::Minus) {
            return self.primary_at(Context::Operand { nested_form });
        }
        let sign = self.advance()?;
        if !self.token.is_number() {
            let value = self.primary_at(Context::Operand { nested_form })?;
            let span = sign.span.to(self.span_of(value));
            return self.push(ExprKind::Unary { op: UnaryOp::Neg, operand: value }, span);
        }
        let number = self.number()?;
        let node = &mut self.nodes[number as usize];
        node.span = sign.span.to(node.span);
        match &mut node.kind {
            ExprKind::Int(value) => *value = -*value,
            ExprKind::Float(value) => *value = -*value,
            _ => {}
        }
        Ok(number)
    }

    /// Whether a token can begin an operand. A reserved word can when it is called: `WHERE(c, a, b)`.
    pub(super) fn starts_operand(&self, token: Token) -> bool {
        match token.kind {
            TokenKind::Int | TokenKind::Hex | TokenKind::Float | TokenKind::Str | TokenKind::QuotedName => {
                true
            }
            TokenKind::Symbol(symbol) => {
                matches!(symbol, Symbol::LParen | Symbol::LBracket) || self.starts_parameter(token)
            }
            TokenKind::Word => {
                let word = self.text(token);
                !keywords::is_reserved(word) && !self.continues_case(word)
                    || keywords::is_literal(word)
                    || self.source.as_bytes().get(token.span.end) == Some(&b'(')
                        && self.patterns.pattern(word).is_some()
            }
            _ => false,
        }
    }

    /// Whether ` -2` is next: a minus after a blank and directly before a digit.
    fn at_signed_number(&self) -> bool {
        if !(self.at(Symbol::Minus) && self.token.blank_before) {
            return false;
        }
        let next = self.peek();
        next.is_number() && !next.blank_before
    }

    /// Whether the name of a function is followed by ` -3,` or ` -n,`: the first of several operands
    /// separated by commas. Without the comma it is a subtraction from a variable of that name.
    pub(super) fn begins_signed_list(&self, sign: Token) -> bool {
        if !(sign.is(Symbol::Minus) && sign.blank_before) {
            return false;
        }
        let mut ahead = self.lexer;
        ahead.seek(sign.span.end);
        let operand = ahead.next_token().ok().filter(|token| !token.blank_before);
        operand.is_some_and(|token| token.is_number() || token.is_name())
            && ahead.next_token().is_ok_and(|token| token.is(Symbol::Comma))
    }

    /// Whether a token begins a keyword clause of a pattern whose operands are being parsed.
    pub(super) fn is_open_keyword(&self, token: Token) -> bool {
        token.kind == TokenKind::Word
            && self.open_patterns.iter().rev().any(|form| self.begins_clause(form, token))
    }

    fn begins_clause(&self, form: &CallPattern, token: Token) -> bool {
        form.clauses()
            .any(|(_, words)| words.split(' ').next().is_some_and(|first| self.is_word(token, first)))
    }

    /// The clause of the pattern that begins here: the name of its parameter and its keywords.
    pub(super) fn clause_of(&self, form: &'a CallPattern) -> Option<(String, &'a str)> {
        let fits = |words: &str| {
            let mut words = words.split(' ');
            let first = words.next().is_some_and(|word| self.at_word(word));
            first && words.next().is_none_or(|second| self.is_word(self.peek(), second))
        };
        form.clauses().find(|(_, words)| fits(words)).map(|(param, words)| (param.name.clone(), words))
    }

    /// Consumes the keywords of a clause; returns their start.
    pub(super) fn clause_keyword(&mut self, words: &str) -> Parsed<Span> {
        let start = self.token.span;
        for word in words.split(' ') {
            self.expect_word(word)?;
        }
        Ok(start)
    }

    fn missing(&self, form: &CallPattern, expected: &str) -> crate::SyntaxError {
        let error = self.unexpected_as(Code::MissingOperand, expected);
        let written = format!("the function is written `{form}`");
        match error.help {
            Some(_) => error,
            None if self.at(Symbol::Minus) => {
                let operand = crate::unexpected_token::shorten(self.text(self.peek()));
                error.with_help(format!(
                    "{written}; an operand with a sign stands in parentheses: `(-{operand})`"
                ))
            }
            None => error.with_help(written),
        }
    }
}

fn operand_name(form: &CallPattern, at: usize) -> String {
    match form.operands().nth(at) {
        Some(param) => format!("the operand `{}`", param.name),
        None => "another operand".to_owned(),
    }
}
