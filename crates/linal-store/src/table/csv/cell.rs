//! Parses numeric cells.

use crate::numeric::Numbers;

/// The most digits that always fit an `i64`.
const SAFE_DIGITS: usize = 18;

/// Trims blanks.
pub(crate) fn trim(cell: &[u8]) -> &[u8] {
    cell.trim_ascii()
}

/// Parses an integer that fits an `i64`.
///
/// `-0` is a float, so that it keeps its sign.
#[inline]
pub(crate) fn integer(cell: &[u8]) -> Option<i64> {
    let (negative, digits) = match cell {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        rest => (false, rest),
    };
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    if digits.len() > SAFE_DIGITS {
        return std::str::from_utf8(cell).ok()?.parse().ok();
    }
    let magnitude = digits.iter().fold(0i64, |n, digit| n * 10 + i64::from(digit - b'0'));
    match (negative, magnitude) {
        (true, 0) => None,
        (true, n) => Some(-n),
        (false, n) => Some(n),
    }
}

/// Whether the cell is a number.
pub(crate) fn is_number(cell: &[u8]) -> bool {
    Numbers::parse(trim(cell)).is_some()
}

/// A cell as errors show it: quoted, escaped and truncated.
pub(crate) fn show(cell: &[u8]) -> String {
    const MAX_SHOWN: usize = 40;
    let text = String::from_utf8_lossy(cell);
    let shown: String = text.chars().take(MAX_SHOWN).flat_map(escape).collect();
    let rest = if text.chars().nth(MAX_SHOWN).is_some() { "..." } else { "" };
    format!("`{shown}{rest}`")
}

fn escape(c: char) -> impl Iterator<Item = char> {
    let (control, plain) = if c.is_control() { (Some(c.escape_default()), None) } else { (None, Some(c)) };
    control.into_iter().flatten().chain(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_keep_every_digit() {
        assert_eq!(integer(b"9223372036854775807"), Some(i64::MAX));
        assert_eq!(integer(b"-9223372036854775808"), Some(i64::MIN));
        assert_eq!(integer(b"9223372036854775808"), None);
        assert_eq!(integer(b"+007"), Some(7));
        assert_eq!(integer(b"-0"), None);
        assert_eq!(integer(b"1_000"), None);
        assert_eq!(integer(b""), None);
        assert_eq!(integer(b"-"), None);
    }

    #[test]
    fn cells_are_shown_on_one_line() {
        assert_eq!(show(b"a\nb"), "`a\\nb`");
        assert_eq!(show(&[b'x'; 50]).len(), 45);
    }
}
