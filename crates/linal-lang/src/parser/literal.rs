//! Whether a text is one literal, for the values of script variables.

use super::number_list::{Attempt, read_numbers};
use crate::lexer::{self, Lexer};
use crate::token::{Symbol, Token, TokenKind};
use crate::{Span, SyntaxError, keywords};

/// Whether the whole text is a number with an optional sign, `true`, `false`, `NULL`, or a list of numbers.
pub(crate) fn is_literal(text: &str) -> bool {
    read(text).unwrap_or(false)
}

fn read(text: &str) -> Result<bool, SyntaxError> {
    let mut lexer = Lexer::new(text, Span::new(0, text.len()));
    let first = lexer.next_token()?;
    let token = if first.is(Symbol::Minus) || first.is(Symbol::Plus) { lexer.next_token()? } else { first };
    let literal = match token.kind {
        TokenKind::Int | TokenKind::Hex => lexer::integer(text, token).is_ok(),
        TokenKind::Float => lexer::float(text, token).is_ok(),
        TokenKind::Word => token == first && keywords::is_literal(token.span.text(text)),
        TokenKind::Symbol(Symbol::LBracket) if token == first => list(&mut lexer, token)?,
        _ => false,
    };
    // A comment after the literal would hide the text that follows in the script.
    Ok(literal && lexer.offset() == text.len())
}

fn list(lexer: &mut Lexer<'_>, open: Token) -> Result<bool, SyntaxError> {
    match read_numbers(*lexer, open, false)? {
        Attempt::Numbers(_, close) => {
            lexer.seek(close.span.end);
            Ok(true)
        }
        Attempt::Mixed { .. } => Ok(false),
    }
}

/// The bracket that closes the list of numbers that `open` opens. `None` when the list contains something
/// else; then the starts of the lists within it that fail for the same reason are added to `mixed`, innermost
/// first.
pub(crate) fn numbers_end(
    lexer: Lexer<'_>,
    open: Token,
    mixed: &mut Vec<usize>,
) -> Result<Option<Token>, SyntaxError> {
    Ok(match read_numbers(lexer, open, false)? {
        Attempt::Numbers(_, close) => Some(close),
        Attempt::Mixed { open: starts, .. } => {
            mixed.extend(starts.into_iter().skip(1).rev());
            None
        }
    })
}
