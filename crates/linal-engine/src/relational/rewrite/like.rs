//! `LIKE ... ESCAPE c`: DataFusion knows the backslash only, so that patterns are written with it.

use sqlparser::ast as sql;

/// Rewrites the pattern of a LIKE; one that is no literal stays as it is.
pub(super) fn escape_with_backslash(pattern: &mut sql::Expr, escape: &mut Option<sql::ValueWithSpan>) {
    let Some(sql::ValueWithSpan { value: sql::Value::SingleQuotedString(sign), .. }) = escape else { return };
    let mut signs = sign.chars();
    let (Some(sign), None) = (signs.next(), signs.next()) else { return };
    let sql::Expr::Value(sql::ValueWithSpan { value: sql::Value::SingleQuotedString(text), .. }) = pattern
    else {
        return;
    };
    if sign == '\\' {
        return;
    }
    let mut rewritten = String::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(next) = chars.next() {
        match next {
            _ if next == sign => {
                rewritten.push('\\');
                rewritten.extend(chars.next());
            }
            '\\' => rewritten.push_str("\\\\"),
            other => rewritten.push(other),
        }
    }
    *text = rewritten;
    *escape = None;
}
