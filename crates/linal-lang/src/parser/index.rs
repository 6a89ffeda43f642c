//! `base[items]`.

use super::cursor::{Parsed, Parser};
use crate::ast::{ExprId, ExprKind, IndexItem};
use crate::token::Symbol;

impl Parser<'_> {
    pub(super) fn index(&mut self, base: ExprId) -> Parsed<ExprId> {
        self.advance()?;
        let mut items = Vec::new();
        loop {
            items.push(self.index_item()?);
            if !self.take(Symbol::Comma)? {
                break;
            }
        }
        let close = self.expect(Symbol::RBracket, "`,` or `]`")?;
        let span = self.span_of(base).to(close.span);
        self.push(ExprKind::Index { base, items: items.into_boxed_slice() }, span)
    }

    fn index_item(&mut self) -> Parsed<IndexItem> {
        let first = self.token;
        if self.at(Symbol::Star) {
            self.advance()?;
            return Ok(IndexItem::All { span: first.span });
        }
        let start = self.bound("an index, a range, or `*`")?;
        if let (Some(index), false) = (start, self.at(Symbol::Colon)) {
            return Ok(IndexItem::At(index));
        }
        self.expect(Symbol::Colon, "`:`")?;
        let stop = self.bound("the end of the range")?;
        let step = if self.take(Symbol::Colon)? { self.bound("the step of the range")? } else { None };
        let span = first.span.to(self.previous.span);
        Ok(match (start, stop, step) {
            (None, None, None) => IndexItem::All { span },
            _ => IndexItem::Range { start, stop, step, span },
        })
    }

    /// A bound of a range; `None` when it is omitted.
    fn bound(&mut self, expected: &str) -> Parsed<Option<ExprId>> {
        if self.at(Symbol::Colon) {
            return Ok(None);
        }
        let after_colon = self.previous.is(Symbol::Colon);
        let closes = self.at(Symbol::Comma) || self.at(Symbol::RBracket);
        if !closes {
            self.bracketed_expression(false).map(Some)
        } else if after_colon {
            Ok(None)
        } else {
            Err(self.unexpected(expected))
        }
    }
}
