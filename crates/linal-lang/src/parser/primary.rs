//! Primaries, the operands of operators: literals, names, calls, parentheses, and indexes after them.

use super::cursor::{Parsed, Parser};
use crate::ast::{ExprId, ExprKind};
use crate::token::{Symbol, Token, TokenKind};
use crate::{Span, keywords, lexer};

/// The position of a primary, which decides where it ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Context {
    /// In an expression: `a [0]` is an index and `SUM a` a prefix form.
    Expression,
    /// An operand of a prefix form: brackets belong to it only without a blank before them.
    Operand {
        /// Whether a prefix form may stand here without parentheses.
        nested_form: bool,
    },
}

impl Parser<'_> {
    pub(super) fn primary(&mut self) -> Parsed<ExprId> {
        self.primary_at(Context::Expression)
    }

    /// Parses a primary with its indexes.
    pub(super) fn primary_at(&mut self, context: Context) -> Parsed<ExprId> {
        let mut value = match self.token.kind {
            TokenKind::Int | TokenKind::Hex | TokenKind::Float => self.number()?,
            TokenKind::Str => self.string()?,
            TokenKind::QuotedName => self.name_or_member()?,
            TokenKind::Word if self.at_word("CASE") => self.case()?,
            TokenKind::Word => self.word(context)?,
            TokenKind::Symbol(Symbol::LParen) => self.parenthesised()?,
            TokenKind::Symbol(Symbol::LBracket) => self.list()?,
            _ if self.starts_parameter(self.token) => self.parameter()?,
            _ => return Err(self.no_expression()),
        };
        while self.at(Symbol::LBracket) && self.is_index(context) {
            value = self.index(value)?;
        }
        Ok(value)
    }

    /// Whether a `[` here is an index of the primary.
    fn is_index(&self, context: Context) -> bool {
        context == Context::Expression || !self.token.blank_before
    }

    pub(super) fn number(&mut self) -> Parsed<ExprId> {
        let token = self.token;
        let kind = match token.kind {
            TokenKind::Float => ExprKind::Float(lexer::float(self.source, token)?),
            _ => ExprKind::Int(self.positive(token)?),
        };
        self.advance()?;
        self.push(kind, token.span)
    }

    fn positive(&self, token: Token) -> Parsed<i64> {
        let magnitude = lexer::integer(self.source, token)?;
        i64::try_from(magnitude).map_err(|_| lexer::overflow(self.text(token), token))
    }

    fn string(&mut self) -> Parsed<ExprId> {
        let token = self.advance()?;
        self.push(ExprKind::Str(lexer::string(self.source, token)), token.span)
    }

    /// Whether a token is the `$` of a parameter.
    pub(super) fn starts_parameter(&self, token: Token) -> bool {
        token.is(Symbol::Other) && self.text(token) == "$"
    }

    /// `$1` or `$name`.
    fn parameter(&mut self) -> Parsed<ExprId> {
        let sign = self.advance()?;
        let is_name = matches!(self.token.kind, TokenKind::Int | TokenKind::Word);
        if !is_name || self.token.blank_before {
            return Err(self.unexpected("the number or name of a parameter, as in `$1` or `$name`"));
        }
        let name = self.advance()?;
        self.push(ExprKind::Parameter(self.text(name).into()), sign.span.to(name.span))
    }

    fn word(&mut self, context: Context) -> Parsed<ExprId> {
        let word = self.text(self.token);
        let next = self.peek();
        if next.is(Symbol::LParen) && self.is_call(word, next, context) {
            return self.call();
        }
        if let Some(literal) = self.literal(word) {
            let token = self.advance()?;
            return self.push(literal, token.span);
        }
        if keywords::is_reserved(word) || self.continues_case(word) {
            return Err(self.no_expression());
        }
        let form_allowed = context != Context::Operand { nested_form: false };
        if form_allowed
            && let Some(pattern) = self.patterns.pattern(word).filter(|pattern| !pattern.is_call_only())
        {
            let operand = self.starts_operand(next) && next.span.start > self.token.span.end;
            let starts = operand || pattern.has_commas() && self.begins_signed_list(next);
            if starts && !self.is_open_keyword(next) {
                return self.prefix_form(pattern);
            }
        }
        self.name_or_member()
    }

    /// Keywords that are literals, and CASE.
    fn literal(&self, word: &str) -> Option<ExprKind> {
        let is = |literal: &str| word.eq_ignore_ascii_case(literal);
        match word.len() {
            4 if is("true") => Some(ExprKind::Bool(true)),
            5 if is("false") => Some(ExprKind::Bool(false)),
            4 if is("null") => Some(ExprKind::Null),
            3 if self.in_list && is("inf") => Some(ExprKind::Float(f64::INFINITY)),
            3 if self.in_list && is("nan") => Some(ExprKind::Float(f64::NAN)),
            _ => None,
        }
    }

    /// Whether `word (` is a call. For an operand, `a (b)` is two operands; a reserved word is a call only
    /// when a function has its name, such as `WHERE(c, a, b)`.
    fn is_call(&self, word: &str, paren: Token, context: Context) -> bool {
        let adjacent = !paren.blank_before;
        let reserved = keywords::is_reserved(word);
        match context {
            Context::Expression => !reserved || self.patterns.pattern(word).is_some(),
            Context::Operand { nested_form } => {
                let is_function = self.patterns.pattern(word).is_some();
                adjacent && (!reserved || is_function)
                    || nested_form && is_function && !self.is_open_keyword(paren)
            }
        }
    }

    /// `a`, `ds.column` or `db.ds.column`.
    fn name_or_member(&mut self) -> Parsed<ExprId> {
        let first = self.advance()?;
        let base = lexer::name(self.source, first);
        if !self.at(Symbol::Dot) {
            return self.push(ExprKind::Name(base), first.span);
        }
        let second = self.member_name()?;
        let (kind, last) = if self.at(Symbol::Dot) {
            let third = self.member_name()?;
            let field = lexer::name(self.source, third);
            let dataset = lexer::name(self.source, second);
            (ExprKind::Member { database: Some(base), base: dataset, field }, third)
        } else {
            let field = lexer::name(self.source, second);
            (ExprKind::Member { database: None, base, field }, second)
        };
        self.push(kind, first.span.to(last.span))
    }

    /// `.name`; after a dot a keyword is a name.
    fn member_name(&mut self) -> Parsed<Token> {
        self.expect(Symbol::Dot, "`.`")?;
        if self.token.is_name() { self.advance() } else { Err(self.unexpected("a name after `.`")) }
    }

    /// `(e)` or `(SELECT ...)`.
    fn parenthesised(&mut self) -> Parsed<ExprId> {
        let next = self.peek();
        if ["SELECT", "WITH", "FROM"].into_iter().any(|word| self.is_word(next, word)) {
            return self.subquery();
        }
        self.advance()?;
        let value = self.bracketed_expression(false)?;
        self.expect(Symbol::RParen, "`)`")?;
        Ok(value)
    }

    /// Skips a query to its closing parenthesis; keeps its text.
    fn subquery(&mut self) -> Parsed<ExprId> {
        let open = self.advance()?;
        let start = self.token.span.start;
        let mut depth = 0usize;
        while depth > 0 || !self.at(Symbol::RParen) {
            match self.token.kind {
                TokenKind::Symbol(Symbol::LParen) => depth += 1,
                TokenKind::Symbol(Symbol::RParen) => depth -= 1,
                TokenKind::End => return Err(self.unexpected("`)` after the query")),
                _ => {}
            }
            self.advance()?;
        }
        let query = Span::new(start, self.previous.span.end);
        let close = self.advance()?;
        let text = query.text(self.source).into();
        self.push(ExprKind::Subquery { text, query }, open.span.to(close.span))
    }
}
