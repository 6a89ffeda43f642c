//! Number literals as sqlparser and the planner read them: decimal, without underscores, with digits around
//! the point.

use crate::SyntaxError;
use crate::lexer::{self, Lexer};
use crate::token::{Symbol, Token, TokenKind};

/// The text of a number literal. 2^63 is accepted only after a minus, where no operator binds tighter.
pub(super) fn text(
    source: &str,
    token: Token,
    negative: bool,
    after: Lexer<'_>,
) -> Result<String, SyntaxError> {
    let written = token.span.text(source);
    if token.kind == TokenKind::Float {
        lexer::float(source, token)?;
        return Ok(float(written));
    }
    let magnitude = lexer::integer(source, token)?;
    if i64::try_from(magnitude).is_err() && !(negative && stands_alone(after)) {
        return Err(lexer::overflow(written, token));
    }
    Ok(if token.kind == TokenKind::Hex || written.contains('_') {
        magnitude.to_string()
    } else {
        written.to_owned()
    })
}

fn stands_alone(mut after: Lexer<'_>) -> bool {
    let tighter = [Symbol::Caret, Symbol::StarStar, Symbol::LBracket];
    after.next_token().is_ok_and(|next| !tighter.into_iter().any(|symbol| next.is(symbol)))
}

fn float(written: &str) -> String {
    let mut text = written.replace('_', "");
    if text.starts_with('.') {
        text.insert(0, '0');
    }
    if let Some(point) = text.find('.')
        && !text[point + 1..].starts_with(|c: char| c.is_ascii_digit())
    {
        text.insert(point + 1, '0');
    }
    text
}
