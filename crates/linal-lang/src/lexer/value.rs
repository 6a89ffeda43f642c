//! The values of literal tokens.

use crate::token::{Token, TokenKind};
use crate::{Code, SyntaxError};
use std::borrow::Cow;

/// The absolute value of an integer token; 2^63 is accepted, since a minus may precede it.
pub(crate) fn integer(text: &str, token: Token) -> Result<u64, SyntaxError> {
    let written = token.span.text(text);
    let digits = without_underscores(written);
    let value = match token.kind {
        TokenKind::Hex => u64::from_str_radix(digits.get(2..).unwrap_or(""), 16),
        _ => digits.parse::<u64>(),
    };
    value.ok().filter(|value| *value <= i64::MIN.unsigned_abs()).ok_or_else(|| overflow(written, token))
}

/// The error for an integer outside i64.
pub(crate) fn overflow(written: &str, token: Token) -> SyntaxError {
    let error = SyntaxError::new(
        Code::IntegerLiteralOverflow,
        token.span,
        format!("the integer {} does not fit 64 bits", shorten(written)),
    );
    match token.kind {
        TokenKind::Hex => error.with_help("the greatest integer is 0x7FFF_FFFF_FFFF_FFFF"),
        _ => error.with_help(
            "integers run from -9223372036854775808 to 9223372036854775807; write a decimal point for a float",
        ),
    }
}

/// The value of a float token.
pub(crate) fn float(text: &str, token: Token) -> Result<f64, SyntaxError> {
    let written = token.span.text(text);
    match without_underscores(written).parse::<f64>() {
        Ok(value) if value.is_finite() => Ok(value),
        Ok(_) => Err(SyntaxError::new(
            Code::FloatOverflow,
            token.span,
            format!("the number {} is greater than the greatest 64-bit float", shorten(written)),
        )
        .with_help("the greatest is 1.7976931348623157e308; `inf` may stand in a list")),
        Err(_) => Err(SyntaxError::new(
            Code::BadNumber,
            token.span,
            format!("`{}` is not a number", shorten(written)),
        )),
    }
}

/// The value of a string token.
pub(crate) fn string(text: &str, token: Token) -> Box<str> {
    unquote_doubled(token.span.text(text)).into()
}

/// The name that a bare or quoted token denotes.
pub(crate) fn name(text: &str, token: Token) -> Box<str> {
    match token.kind {
        TokenKind::QuotedName => unquote_doubled(token.span.text(text)).into(),
        _ => token.span.text(text).into(),
    }
}

/// Removes the quotes and unescapes doubled ones; the value of `E'..'` and `$$..$$`.
pub(crate) fn unquote_doubled(written: &str) -> Cow<'_, str> {
    if let Some(value) = super::quoted::value(written) {
        return value;
    }
    let Some(quote) = written.chars().next().filter(|_| written.len() >= 2) else {
        return Cow::Borrowed(written);
    };
    let inner = &written[1..written.len() - 1];
    if inner.contains(quote) {
        Cow::Owned(
            inner.replace([quote, quote].iter().collect::<String>().as_str(), quote.encode_utf8(&mut [0; 4])),
        )
    } else {
        Cow::Borrowed(inner)
    }
}

fn without_underscores(written: &str) -> Cow<'_, str> {
    if written.contains('_') { Cow::Owned(written.replace('_', "")) } else { Cow::Borrowed(written) }
}

fn shorten(written: &str) -> Cow<'_, str> {
    match written.char_indices().nth(40) {
        Some((at, _)) => Cow::Owned(format!("{}...", &written[..at])),
        None => Cow::Borrowed(written),
    }
}
