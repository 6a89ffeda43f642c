//! `CASE`.

use super::cursor::{Parsed, Parser};
use crate::ast::{CaseBranch, ExprId, ExprKind};
use crate::keywords;

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
    pub(super) fn continues_case(&self, word: &str) -> bool {
        self.open_cases > 0 && keywords::continues_case(word)
    }
}
