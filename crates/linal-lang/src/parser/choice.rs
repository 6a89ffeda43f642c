//! `CASE`, and the predicates `BETWEEN`, `IN` and `IS NULL`.

use super::cursor::{Parsed, Parser};
use crate::Span;
use crate::ast::{BinaryOp, CaseBranch, ExprId, ExprKind};
use crate::keywords;
use crate::token::{Symbol, TokenKind};

impl Parser<'_> {
    /// `CASE [x] WHEN c THEN a ... [ELSE b] END`.
    pub(super) fn case(&mut self) -> Parsed<ExprId> {
        let word = self.advance()?;
        self.open_cases += 1;
        let operand = if self.at_word("WHEN") { None } else { Some(self.bracketed_expression(false)?) };
        let mut branches = Vec::new();
        while self.take_word("WHEN")? {
            let when = self.bracketed_expression(false)?;
            self.expect_word("THEN")?;
            branches.push(CaseBranch { when, then: self.bracketed_expression(false)? });
        }
        if branches.is_empty() {
            return Err(self.unexpected("WHEN"));
        }
        let otherwise = if self.take_word("ELSE")? { Some(self.bracketed_expression(false)?) } else { None };
        let end = self.expect_word("END")?;
        self.open_cases -= 1;
        let kind = ExprKind::Case { operand, branches: branches.into(), otherwise };
        self.push(kind, word.span.to(end.span))
    }

    /// Whether the current token continues the open CASE.
    pub(super) fn parts_case(&self, word: &str) -> bool {
        self.open_cases > 0 && keywords::contains(keywords::CASE_PARTS, word)
    }

    /// Whether a predicate follows: `[NOT] BETWEEN`, `[NOT] IN`, `IS`.
    pub(super) fn at_test(&self) -> bool {
        if self.token.kind != TokenKind::Word {
            return false;
        }
        let next = self.peek();
        let negated = self.at_word("NOT") && (self.is_word(next, "BETWEEN") || self.is_word(next, "IN"));
        negated || ["BETWEEN", "IN", "IS"].iter().any(|word| self.at_word(word))
    }

    /// Parses a predicate of the operand before it.
    pub(super) fn test(&mut self, operand: ExprId) -> Parsed<ExprId> {
        let start = self.span_of(operand);
        let negated = self.take_word("NOT")?;
        let (kind, end) = if self.take_word("BETWEEN")? {
            self.between(operand, negated)?
        } else if self.take_word("IN")? {
            self.one_of(operand, negated)?
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

    fn one_of(&mut self, operand: ExprId, negated: bool) -> Parsed<(ExprKind, Span)> {
        self.expect(Symbol::LParen, "`(`")?;
        let mut items = vec![self.bracketed_expression(false)?];
        while self.take(Symbol::Comma)? {
            items.push(self.bracketed_expression(false)?);
        }
        let close = self.expect(Symbol::RParen, "`)`")?;
        Ok((ExprKind::In { operand, items: items.into(), negated }, close.span))
    }
}
