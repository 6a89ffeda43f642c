//! Infers the numeric type that holds all numbers of a column.
//!
//! Integers keep every digit: those beyond `i64` become decimals of 38 digits, and when no numeric type holds
//! a column without rounding an integer, the column is text. Fractions and numbers with an exponent are
//! rounded to `f64`.

/// The precision of a decimal.
const MAX_DIGITS: usize = 38;

/// `f64` represents every integer of this many digits exactly.
const EXACT_DIGITS: usize = 15;

/// Statistics of the numbers of a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Numbers {
    /// All are in integer syntax.
    integers: bool,
    /// All fit an `i64`.
    int: bool,
    /// All fit an `f64`, and their integer parts fit exactly.
    float: bool,
    /// All are without an exponent, so that a decimal holds them if its precision suffices.
    plain: bool,
    /// Greatest number of digits before the point.
    integer_digits: usize,
    /// Greatest number of digits after the point.
    scale: usize,
}

/// The type of a numeric column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NumberType {
    Int,
    Float,
    /// A decimal of precision 38 and this scale.
    Decimal(u8),
    /// No numeric type holds all integers exactly.
    Text,
}

impl Numbers {
    /// Of no numbers.
    pub(crate) const NONE: Numbers =
        Numbers { integers: true, int: true, float: true, plain: true, integer_digits: 0, scale: 0 };

    /// Of `nan` and the infinities.
    pub(crate) const SPECIAL: Numbers =
        Numbers { integers: false, int: false, plain: false, ..Numbers::NONE };

    /// Of a text: digits with a sign, a point and an exponent, or `nan` and `inf` in any case.
    #[inline]
    pub(crate) fn parse(text: &[u8]) -> Option<Numbers> {
        let Some(syntax) = NumberSyntax::parse(text) else {
            return float(text).map(|_| Numbers::SPECIAL);
        };
        let integers = syntax.is_integer();
        let negative_zero = syntax.negative && syntax.zero;
        let digits = syntax.integer_digits;
        Some(Numbers {
            // A negative zero is a float, so that it keeps its sign.
            integers: integers && !negative_zero,
            int: integers && !negative_zero && fits_i64(text, digits),
            float: fits_f64(text, &syntax),
            plain: !syntax.exponent && !negative_zero,
            integer_digits: digits,
            scale: syntax.fraction_digits,
        })
    }

    /// The union of both.
    pub(crate) fn merge(self, other: Numbers) -> Numbers {
        Numbers {
            integers: self.integers && other.integers,
            int: self.int && other.int,
            float: self.float && other.float,
            plain: self.plain && other.plain,
            integer_digits: self.integer_digits.max(other.integer_digits),
            scale: self.scale.max(other.scale),
        }
    }

    /// Whether `f64` holds all, integers exactly.
    pub(crate) fn fit_f64(self) -> bool {
        self.float
    }

    /// The narrowest type that holds all.
    pub(crate) fn number_type(self) -> NumberType {
        let decimal = match u8::try_from(self.scale) {
            Ok(scale) if self.plain && self.integer_digits + self.scale <= MAX_DIGITS => Some(scale),
            _ => None,
        };
        match decimal {
            _ if self.int => NumberType::Int,
            Some(scale) if self.integers => NumberType::Decimal(scale),
            _ if self.float => NumberType::Float,
            Some(scale) => NumberType::Decimal(scale),
            None => NumberType::Text,
        }
    }
}

/// Parses a finite number, `nan` or `inf`. A number that overflows to infinity is `None`.
#[inline]
pub(crate) fn float(text: &[u8]) -> Option<f64> {
    let value: f64 = std::str::from_utf8(text).ok()?.parse().ok()?;
    let overflows = value.is_infinite() && text.iter().any(u8::is_ascii_digit);
    (!overflows).then_some(value)
}

/// Parses a number without an exponent as the unscaled value of a decimal of this scale.
pub(crate) fn decimal(text: &[u8], scale: u8) -> Option<i128> {
    let syntax = NumberSyntax::parse(text).filter(|syntax| !syntax.exponent)?;
    let padding = usize::from(scale).checked_sub(syntax.fraction_digits)?;
    let digits = text.iter().filter(|byte| byte.is_ascii_digit()).chain(std::iter::repeat_n(&b'0', padding));
    let mut value = 0i128;
    for digit in digits {
        value = value.checked_mul(10)?.checked_add(i128::from(digit - b'0'))?;
    }
    Some(if syntax.negative { -value } else { value })
}

/// Whether `f64` would round a number in integer syntax.
#[inline]
pub(crate) fn is_rounded_integer(text: &[u8]) -> bool {
    let unsigned = text.strip_prefix(b"-").or_else(|| text.strip_prefix(b"+")).unwrap_or(text);
    unsigned.len() > EXACT_DIGITS && unsigned.iter().all(u8::is_ascii_digit) && !is_exact(text)
}

/// The first integer that `f64` would round.
pub(crate) fn first_rounded(integers: &[i64]) -> Option<i64> {
    let is_exact = |&integer: &i64| integer as f64 as i128 == i128::from(integer);
    integers.iter().find(|integer| !is_exact(integer)).copied()
}

/// The syntax of a number.
struct NumberSyntax {
    negative: bool,
    integer_digits: usize,
    point: bool,
    fraction_digits: usize,
    exponent: bool,
    /// Whether all digits before the exponent are zero.
    zero: bool,
}

impl NumberSyntax {
    /// Parses the syntax of a number.
    #[inline]
    fn parse(text: &[u8]) -> Option<NumberSyntax> {
        let (negative, unsigned) = match text {
            [b'-', rest @ ..] => (true, rest),
            [b'+', rest @ ..] => (false, rest),
            rest => (false, rest),
        };
        let (integer, rest) = digits(unsigned);
        let (point, fraction, rest) = match rest {
            [b'.', rest @ ..] => {
                let (fraction, rest) = digits(rest);
                (true, fraction, rest)
            }
            rest => (false, &[][..], rest),
        };
        let exponent = match rest {
            [] => false,
            [b'e' | b'E', b'+' | b'-', power @ ..] | [b'e' | b'E', power @ ..] => {
                let (power, rest) = digits(power);
                if power.is_empty() || !rest.is_empty() {
                    return None;
                }
                true
            }
            _ => return None,
        };
        if integer.is_empty() && fraction.is_empty() {
            return None;
        }
        let zero = integer.iter().chain(fraction).all(|digit| *digit == b'0');
        let (integer_digits, fraction_digits) = (integer.len(), fraction.len());
        Some(NumberSyntax { negative, integer_digits, point, fraction_digits, exponent, zero })
    }

    fn is_integer(&self) -> bool {
        !self.point && !self.exponent
    }
}

/// The digits at the start, and the rest.
#[inline]
fn digits(text: &[u8]) -> (&[u8], &[u8]) {
    let end = text.iter().position(|byte| !byte.is_ascii_digit()).unwrap_or(text.len());
    text.split_at(end)
}

#[inline]
fn fits_i64(text: &[u8], digits: usize) -> bool {
    const SAFE_DIGITS: usize = 18;
    digits <= SAFE_DIGITS || std::str::from_utf8(text).is_ok_and(|text| text.parse::<i64>().is_ok())
}

#[inline]
fn fits_f64(text: &[u8], syntax: &NumberSyntax) -> bool {
    if syntax.exponent {
        return float(text).is_some();
    }
    if syntax.integer_digits <= EXACT_DIGITS {
        return true;
    }
    // Digits after the point may be rounded, digits before it may not.
    let end = text.iter().position(|byte| *byte == b'.').unwrap_or(text.len());
    is_exact(&text[..end])
}

/// Whether `f64` holds an integer exactly. Formatting with precision 0 prints all digits of a value.
fn is_exact(text: &[u8]) -> bool {
    let Some(value) = float(text) else { return false };
    let unsigned = text.strip_prefix(b"-").or_else(|| text.strip_prefix(b"+")).unwrap_or(text);
    let leading = unsigned.iter().take_while(|digit| **digit == b'0').count();
    value == 0.0 || format!("{:.0}", value.abs()).as_bytes() == &unsigned[leading..]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(texts: &[&str], expected: NumberType) {
        let numbers = texts.iter().map(|text| Numbers::parse(text.as_bytes()).expect(text));
        assert_eq!(numbers.fold(Numbers::NONE, Numbers::merge).number_type(), expected, "{texts:?}");
    }

    #[test]
    fn integers_keep_every_digit() {
        check(&["1", "-9223372036854775808", "9223372036854775807", "+5"], NumberType::Int);
        check(&["1", "9223372036854775808"], NumberType::Decimal(0));
        check(&["18446744073709551615", "18446744073709551614"], NumberType::Decimal(0));
        check(&["-9223372036854775809"], NumberType::Decimal(0));
        check(&["18446744073709551615", "0.25"], NumberType::Decimal(2));
        check(&["9007199254740993", "0.5"], NumberType::Decimal(1));
        check(&["12345678901234567.89", "0.5"], NumberType::Decimal(2));
        check(&["18446744073709551615", "1e3"], NumberType::Text);
        check(&["18446744073709551615", "nan"], NumberType::Text);
        check(&["99999999999999999999999999999999999999"], NumberType::Decimal(0));
        check(&["100000000000000000000000000000000000000"], NumberType::Text);
        check(&["18446744073709551615", "0.1234567890123456789"], NumberType::Text);
    }

    #[test]
    fn floats_stand_beside_integers_that_they_hold() {
        check(&["1", "2.5"], NumberType::Float);
        check(&["18446744073709551616", "0.5"], NumberType::Float);
        check(&["9007199254740992", "1e300", "-inf"], NumberType::Float);
        check(&["1e19", ".5", "5.", "-0"], NumberType::Float);
        check(&["9007199254740994.0", "100000000000000000000.00000000000000000000"], NumberType::Float);
        check(&["0.12345678901234567890123456789012345678901234567890"], NumberType::Float);
        check(&["1e400"], NumberType::Text);
        for text in ["", "-", ".", "1e", "1e+", "0x1", "1_000", "1 2", "e5", "1.5.5"] {
            assert_eq!(Numbers::parse(text.as_bytes()), None, "{text}");
        }
    }

    #[test]
    fn integers_that_f64_rounds() {
        for text in
            ["9007199254740993", "-18446744073709551615", "1000000000000000000000000000000000000000001"]
        {
            assert!(is_rounded_integer(text.as_bytes()), "{text}");
        }
        for text in
            ["9007199254740992", "18446744073709551616", "00000000000000000001", "9007199254740993.0", "x"]
        {
            assert!(!is_rounded_integer(text.as_bytes()), "{text}");
        }
        assert_eq!(first_rounded(&[1, i64::MIN, i64::MAX]), Some(i64::MAX));
    }

    #[test]
    fn decimals_of_texts() {
        assert_eq!(decimal(b"-18446744073709551615", 2), Some(-1_844_674_407_370_955_161_500));
        assert_eq!(decimal(b"0.25", 3), Some(250));
        assert_eq!(decimal(b"+.5", 1), Some(5));
        assert_eq!(decimal(b"0.25", 1), None);
        assert_eq!(decimal(b"1e3", 1), None);
    }
}
