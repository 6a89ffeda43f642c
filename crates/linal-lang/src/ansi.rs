//! `"x"` as a name: the texts of the ANSI dialect in the form that everything else reads.

use std::borrow::Cow;

use crate::Span;
use crate::lexer::{Dialect, Lexer, name};
use crate::token::TokenKind;

/// The text with backticks around the names that stand in double quotes, in which case each keeps its place.
///
/// What a statement stores of its text, an expression or the steps of a pipeline, then means the same in every session. A
/// text that cannot be read stays as it is from there on, for the parser to say so.
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
        // A doubled quote is one sign less; what follows stays where it was.
        written.extend(std::iter::repeat_n(' ', span.len().saturating_sub(name.len() + 2)));
        at = span.end;
    }
    written.push_str(&text[at..]);
    Cow::Owned(written)
}
