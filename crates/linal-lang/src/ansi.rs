//! `"x"` as a name: rewrites text of the ANSI dialect to the default dialect.

use std::borrow::Cow;

use crate::Span;
use crate::lexer::{Dialect, Lexer, name};
use crate::token::TokenKind;

/// The text with double-quoted names in backticks. All spans stay valid.
///
/// Stored text (an expression, the steps of a pipeline) then has the same meaning in every session. Text
/// after a lexical error is copied unchanged, so that the parser reports the error.
///
/// ```
/// assert_eq!(linal_lang::ansi_names(r#"SELECT "a b", 'x' FROM "t""#), "SELECT `a b`, 'x' FROM `t`");
/// ```
pub fn ansi_names(text: &str) -> Cow<'_, str> {
    let mut lexer = Lexer::new(text, Span::new(0, text.len())).with_dialect(Dialect::Ansi);
    let mut found = Vec::new();
    while let Ok(token) = lexer.next_token() {
        match token.kind {
            TokenKind::End => break,
            TokenKind::QuotedName if token.span.text(text).starts_with('"') => {
                found.push((token.span, name(text, token).replace('`', "``")));
            }
            _ => {}
        }
    }
    if found.is_empty() {
        return Cow::Borrowed(text);
    }
    let mut written = String::with_capacity(text.len());
    let mut at = 0;
    for (span, name) in found {
        written.push_str(&text[at..span.start]);
        written.push_str(&format!("`{name}`"));
        // A doubled quote becomes one character: blanks keep the spans of what follows.
        written.extend(std::iter::repeat_n(' ', span.len().saturating_sub(name.len() + 2)));
        at = span.end;
    }
    written.push_str(&text[at..]);
    Cow::Owned(written)
}
