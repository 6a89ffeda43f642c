//! Operators, by precedence climbing. A chain of operators of equal precedence is parsed in a loop, so that a
//! sum of a million terms does not recurse.

use super::cursor::{Parsed, Parser};
use crate::ast::{Assoc, BinaryOp, ExprId, ExprKind, UnaryOp};
use crate::token::{Symbol, Token, TokenKind};
use crate::unexpected_token::shorten;
use crate::{Code, SyntaxError, lexer};

impl Parser<'_> {
    /// Parses an expression.
    pub(super) fn expression(&mut self) -> Parsed<ExprId> {
        self.operators(0)
    }

    /// Parses an expression within brackets, where only a list accepts `inf` and `nan` as numbers.
    pub(super) fn bracketed_expression(&mut self, in_list: bool) -> Parsed<ExprId> {
        let outer = std::mem::replace(&mut self.in_list, in_list);
        let forms = std::mem::take(&mut self.open_patterns);
        let value = self.expression();
        self.in_list = outer;
        self.open_patterns = forms;
        value
    }

    /// Parses operators whose precedence is at least `least`.
    pub(super) fn operators(&mut self, least: u8) -> Parsed<ExprId> {
        self.nested(|parser| {
            let left = parser.unary(least)?;
            parser.binary(left, least)
        })
    }

    fn unary(&mut self, least: u8) -> Parsed<ExprId> {
        match self.token.kind {
            TokenKind::Symbol(Symbol::Minus) => self.negation(),
            TokenKind::Symbol(Symbol::Plus) => {
                self.advance()?;
                self.operators(UnaryOp::Neg.precedence())
            }
            TokenKind::Word if self.at_word("NOT") => self.not(least),
            _ => self.primary(),
        }
    }

    fn not(&mut self, least: u8) -> Parsed<ExprId> {
        if least > UnaryOp::Not.precedence() {
            return Err(self
                .unexpected("an operand")
                .with_help("NOT binds weaker than this operator: write `(NOT ...)`"));
        }
        let sign = self.advance()?;
        let operand = self.operators(UnaryOp::Not.precedence())?;
        let span = sign.span.to(self.span_of(operand));
        self.push(ExprKind::Unary { op: UnaryOp::Not, operand }, span)
    }

    /// Unary minus. It is folded into a number literal, so that -9223372036854775808 can be written.
    fn negation(&mut self) -> Parsed<ExprId> {
        let sign = self.advance()?;
        if self.token.is_number() && self.is_least_integer()? {
            let digits = self.advance()?;
            return self.push(ExprKind::Int(i64::MIN), sign.span.to(digits.span));
        }
        let operand = self.operators(UnaryOp::Neg.precedence())?;
        let span = sign.span.to(self.span_of(operand));
        let node = &mut self.nodes[operand as usize];
        match &mut node.kind {
            ExprKind::Int(value) if *value != i64::MIN => *value = -*value,
            ExprKind::Float(value) => *value = -*value,
            _ => {
                return self.push(ExprKind::Unary { op: UnaryOp::Neg, operand }, span);
            }
        }
        node.span = span;
        Ok(operand)
    }

    /// Whether the current token is 2^63 and no operator follows that binds tighter than the minus: that one
    /// would need the positive number, which does not exist.
    fn is_least_integer(&self) -> Parsed<bool> {
        if self.token.kind == TokenKind::Float || self.token.span.len() < 18 {
            return Ok(false);
        }
        let after = self.peek();
        let tighter =
            [Symbol::Caret, Symbol::StarStar, Symbol::LBracket].into_iter().any(|symbol| after.is(symbol));
        Ok(!tighter && lexer::integer(self.source, self.token)? == i64::MIN.unsigned_abs())
    }

    fn binary(&mut self, mut left: ExprId, least: u8) -> Parsed<ExprId> {
        loop {
            if self.at_predicate() && BinaryOp::Eq.precedence() >= least {
                left = self.predicate(left)?;
                continue;
            }
            let Some(op) = self.operator()? else { break };
            if op.precedence() < least {
                break;
            }
            self.advance()?;
            let right = self.operators(match op.assoc() {
                // The right operand of a power may have a minus: `2 ^ -1`.
                Assoc::Right => UnaryOp::Neg.precedence(),
                Assoc::Left | Assoc::None => op.precedence() + 1,
            })?;
            let span = self.span_of(left).to(self.span_of(right));
            if op.is_comparison() {
                self.check_chained_comparison(op, left, right)?;
            }
            left = self.push(ExprKind::Binary { op, left, right }, span)?;
        }
        Ok(left)
    }

    fn operator(&self) -> Parsed<Option<BinaryOp>> {
        match self.token.kind {
            TokenKind::Symbol(Symbol::DoubleSlash) => Err(self.double_slash()),
            TokenKind::Symbol(symbol) => Ok(by_symbol(symbol)),
            TokenKind::Word => Ok(by_word(self.text(self.token))),
            _ => Ok(None),
        }
    }

    /// `a < b < c` would compare a Boolean with `c`, which is never meant.
    fn check_chained_comparison(&self, first: BinaryOp, left: ExprId, right: ExprId) -> Parsed<()> {
        let Some(second) = self.operator()?.filter(|op| op.is_comparison()) else {
            return Ok(());
        };
        let middle = shorten(self.span_of(right).text(self.source));
        let start = shorten(self.span_of(left).text(self.source));
        let end: Token = self.peek();
        let help = format!(
            "write `{start} {} {middle} AND {middle} {} {}`",
            first.symbol(),
            second.symbol(),
            shorten(self.text(end))
        );
        Err(SyntaxError::new(Code::ChainedComparison, self.token.span, "comparisons cannot be chained")
            .with_help(help))
    }
}

fn by_symbol(symbol: Symbol) -> Option<BinaryOp> {
    Some(match symbol {
        Symbol::Plus => BinaryOp::Add,
        Symbol::Minus => BinaryOp::Sub,
        Symbol::Star => BinaryOp::Mul,
        Symbol::Slash => BinaryOp::Div,
        Symbol::Percent => BinaryOp::Mod,
        Symbol::At => BinaryOp::MatMul,
        Symbol::Caret | Symbol::StarStar => BinaryOp::Pow,
        Symbol::Eq | Symbol::EqEq => BinaryOp::Eq,
        Symbol::NotEq | Symbol::LtGt => BinaryOp::NotEq,
        Symbol::Lt => BinaryOp::Lt,
        Symbol::LtEq => BinaryOp::LtEq,
        Symbol::Gt => BinaryOp::Gt,
        Symbol::GtEq => BinaryOp::GtEq,
        _ => return None,
    })
}

fn by_word(word: &str) -> Option<BinaryOp> {
    [BinaryOp::And, BinaryOp::Or, BinaryOp::IntDiv]
        .into_iter()
        .find(|op| op.symbol().eq_ignore_ascii_case(word))
}
