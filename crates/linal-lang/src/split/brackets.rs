//! The stack of open brackets.

use crate::token::Symbol;
use crate::{Code, Span, SyntaxError};

/// The open brackets, outermost first.
#[derive(Debug, Default)]
pub(super) struct Brackets {
    open: Vec<(Symbol, Span)>,
}

impl Brackets {
    pub(super) fn is_empty(&self) -> bool {
        self.open.is_empty()
    }

    /// Records a bracket; other symbols are ignored.
    ///
    /// # Errors
    ///
    /// A closing bracket without an opening one, or one of another kind.
    pub(super) fn advance(&mut self, symbol: Symbol, span: Span) -> Result<(), SyntaxError> {
        if closing(symbol).is_some() {
            self.open.push((symbol, span));
            return Ok(());
        }
        if !matches!(symbol, Symbol::RParen | Symbol::RBracket | Symbol::RBrace) {
            return Ok(());
        }
        match self.open.pop() {
            Some((opened, _)) if closing(opened) == Some(symbol) => Ok(()),
            Some((opened, _)) => Err(mismatch(opened, symbol, span)),
            None => Err(unopened(symbol, span)),
        }
    }

    /// The error for the innermost unclosed bracket.
    pub(super) fn unclosed(&self) -> Option<SyntaxError> {
        self.open.last().map(|(symbol, span)| {
            let message = format!("this `{}` is never closed", symbol.text());
            let wanted = closing(*symbol).map_or("", Symbol::text);
            SyntaxError::new(Code::UnbalancedBracket, *span, message)
                .with_help(format!("put `{wanted}` where the bracket ends"))
        })
    }
}

fn closing(symbol: Symbol) -> Option<Symbol> {
    match symbol {
        Symbol::LParen => Some(Symbol::RParen),
        Symbol::LBracket => Some(Symbol::RBracket),
        Symbol::LBrace => Some(Symbol::RBrace),
        _ => None,
    }
}

fn unopened(symbol: Symbol, span: Span) -> SyntaxError {
    let message = format!("this `{}` closes nothing", symbol.text());
    SyntaxError::new(Code::UnbalancedBracket, span, message)
        .with_help("remove it, or open a bracket before it")
}

fn mismatch(opened: Symbol, symbol: Symbol, span: Span) -> SyntaxError {
    let wanted = closing(opened).map_or("", Symbol::text);
    let message = format!("expected `{wanted}` to close `{}`, found `{}`", opened.text(), symbol.text());
    SyntaxError::new(Code::UnbalancedBracket, span, message)
}
