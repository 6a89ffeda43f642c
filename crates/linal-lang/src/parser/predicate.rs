//! The predicates `BETWEEN`, `IN` and `IS NULL`, which is written `ISNULL`, too.

use super::cursor::{Parsed, Parser};
use crate::Span;
use crate::ast::{BinaryOp, ExprId, ExprKind};
use crate::token::{Symbol, TokenKind};

impl Parser<'_> {
    /// Whether a predicate follows: `[NOT] BETWEEN`, `[NOT] IN`, `IS`, `ISNULL`, `NOTNULL`.
    pub(super) fn at_predicate(&self) -> bool {
        if self.token.kind != TokenKind::Word {
            return false;
        }
        let next = self.peek();
        let negated = self.at_word("NOT") && (self.is_word(next, "BETWEEN") || self.is_word(next, "IN"));
        negated || ["BETWEEN", "IN", "IS", "ISNULL", "NOTNULL"].iter().any(|word| self.at_word(word))
    }

    /// Parses a predicate of the operand before it.
    pub(super) fn predicate(&mut self, operand: ExprId) -> Parsed<ExprId> {
        let start = self.span_of(operand);
        let negated = self.take_word("NOT")?;
        let (kind, end) = if self.take_word("BETWEEN")? {
            self.between(operand, negated)?
        } else if self.take_word("IN")? {
            self.in_list(operand, negated)?
        } else if self.at_word("ISNULL") || self.at_word("NOTNULL") {
            let negated = self.at_word("NOTNULL");
            (ExprKind::IsNull { operand, negated }, self.advance()?.span)
        } else {
            self.advance()?;
            let negated = self.take_word("NOT")?;
            let null = self.expect_word("NULL")?;
            (ExprKind::IsNull { operand, negated }, null.span)
        };
        self.push(kind, start.to(end))
    }

    fn between(&mut self, operand: ExprId, negated: bool) -> Parsed<(ExprKind, Span)> {
        let tighter = BinaryOp::Eq.precedence() + 1;
        let low = self.operators(tighter)?;
        self.expect_word("AND")?;
        let high = self.operators(tighter)?;
        Ok((ExprKind::Between { operand, low, high, negated }, self.span_of(high)))
    }

    fn in_list(&mut self, operand: ExprId, negated: bool) -> Parsed<(ExprKind, Span)> {
        self.expect(Symbol::LParen, "`(`")?;
        let mut items = vec![self.bracketed_expression(false)?];
        while self.take(Symbol::Comma)? {
            items.push(self.bracketed_expression(false)?);
        }
        let close = self.expect(Symbol::RParen, "`)`")?;
        Ok((ExprKind::In { operand, items: items.into(), negated }, close.span))
    }
}
