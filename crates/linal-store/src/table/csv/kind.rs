//! Infers the type of a column from its cells.

use crate::csv::cell;
use crate::numeric::{NumberType, Numbers};
use crate::table::moment;

/// The types that all cells seen so far parse as, with statistics of the numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Kinds {
    classes: u8,
    numbers: Numbers,
}

/// An inferred type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Bool,
    Int,
    Float,
    /// A decimal of precision 38 and this scale.
    Decimal(u8),
    Date,
    Timestamp,
    String,
}

/// The class that header detection compares: all numeric types are one, and so are dates and timestamps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Class {
    Bool,
    Number,
    Moment,
    /// Digits and punctuation: a time of day, a date in another format, a telephone number.
    Code,
    Text,
}

const BOOL: u8 = 1;
const NUMBER: u8 = 2;
const DATE: u8 = 4;
const TIMESTAMP: u8 = 8;
const STRING: u8 = 16;

impl Kinds {
    /// All types, before the first cell.
    pub(super) const ALL: Kinds =
        Kinds { classes: BOOL | NUMBER | DATE | TIMESTAMP | STRING, numbers: Numbers::NONE };

    /// Narrows the set to the types that the cell parses as.
    pub(super) fn narrow(&mut self, text: &[u8]) {
        if self.has(NUMBER) {
            match number(text) {
                Some(found) => {
                    self.numbers = self.numbers.merge(found);
                    // A number has no other type but text.
                    self.classes &= NUMBER | STRING;
                    return;
                }
                None => self.classes &= !NUMBER,
            }
        }
        self.keep(BOOL, || bool(text).is_some());
        self.keep(DATE, || moment::date(text).is_some());
        self.keep(TIMESTAMP, || moment::timestamp(text).is_some());
    }

    fn has(self, class: u8) -> bool {
        self.classes & class != 0
    }

    fn keep(&mut self, class: u8, fits: impl FnOnce() -> bool) {
        if self.has(class) && !fits() {
            self.classes &= !class;
        }
    }

    /// The types in both sets.
    pub(super) fn and(self, other: Kinds) -> Kinds {
        Kinds { classes: self.classes & other.classes, numbers: self.numbers.merge(other.numbers) }
    }

    /// The narrowest type in the set.
    pub(super) fn narrowest(self) -> Kind {
        if self.has(BOOL) {
            return Kind::Bool;
        }
        if self.has(NUMBER) {
            return match self.numbers.number_type() {
                NumberType::Int => Kind::Int,
                NumberType::Float => Kind::Float,
                NumberType::Decimal(scale) => Kind::Decimal(scale),
                NumberType::Text => Kind::String,
            };
        }
        if self.has(DATE) {
            return Kind::Date;
        }
        if self.has(TIMESTAMP) { Kind::Timestamp } else { Kind::String }
    }
}

impl Class {
    /// Number of classes.
    pub(super) const COUNT: usize = Class::Text as usize + 1;

    /// The class of a single cell. A number with leading zeros counts as a number here, and so does one that
    /// no numeric type holds.
    pub(super) fn of(text: &[u8]) -> Class {
        if Numbers::of(text).is_some() {
            return Class::Number;
        }
        let mut kinds = Kinds::ALL;
        kinds.narrow(text);
        let is_code = || {
            text.iter().any(u8::is_ascii_digit)
                && text.iter().all(|byte| byte.is_ascii() && !byte.is_ascii_alphabetic())
        };
        match kinds.narrowest() {
            Kind::Bool => Class::Bool,
            Kind::Date | Kind::Timestamp => Class::Moment,
            _ if is_code() => Class::Code,
            _ => Class::Text,
        }
    }
}

/// `true` or `false`, case-insensitive.
pub(super) fn bool(text: &[u8]) -> Option<bool> {
    match text {
        _ if text.eq_ignore_ascii_case(b"true") => Some(true),
        _ if text.eq_ignore_ascii_case(b"false") => Some(false),
        _ => None,
    }
}

/// An integer.
pub(super) fn int(text: &[u8]) -> Option<i64> {
    cell::integer(text)
}

/// A number without leading zeros: with them it is a code.
fn number(text: &[u8]) -> Option<Numbers> {
    if has_leading_zero(text) { None } else { Numbers::of(text) }
}

/// `007` and `-01`, but not `0`, `0.5` and `0e1`.
fn has_leading_zero(text: &[u8]) -> bool {
    let digits = text.strip_prefix(b"-").or_else(|| text.strip_prefix(b"+")).unwrap_or(text);
    matches!(digits, [b'0', second, ..] if second.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(cells: &[&str], expected: Kind) {
        let mut kinds = Kinds::ALL;
        cells.iter().for_each(|cell| kinds.narrow(cell.as_bytes()));
        assert_eq!(kinds.narrowest(), expected);
    }

    #[test]
    fn columns_widen() {
        check(&["1", "-2", "0"], Kind::Int);
        check(&["1", "2.5"], Kind::Float);
        check(&["1", "9223372036854775808"], Kind::Decimal(0));
        check(&["18446744073709551615", "0.5"], Kind::Decimal(1));
        check(&["18446744073709551615", "1e5"], Kind::String);
        check(&["1", "x"], Kind::String);
        check(&["1", "007"], Kind::String);
        check(&["0.5", "0e1", "-0"], Kind::Float);
        check(&["true", "FALSE"], Kind::Bool);
        check(&["true", "1"], Kind::String);
        check(&["1", "true"], Kind::String);
        check(&["2020-01-01"], Kind::Date);
        check(&["2020-01-01", "2020-01-01 10:00"], Kind::Timestamp);
        check(&["2020-01-01", "1"], Kind::String);
        check(&["nan", "1", "-inf"], Kind::Float);
    }

    #[test]
    fn classes_of_single_cells() {
        let of = |text: &str| Class::of(text.as_bytes());
        assert_eq!(["1", "1e400", "nan", "007"].map(of), [Class::Number; 4]);
        assert_eq!(["2020-01-01", "2020-01-01 10:00"].map(of), [Class::Moment; 2]);
        assert_eq!(["10:00:00", "2020/01/01", "1,234", "12%"].map(of), [Class::Code; 4]);
        assert_eq!(["x", "-", "7z", "10:00Z", "é1"].map(of), [Class::Text; 5]);
        assert_eq!(of("TRUE"), Class::Bool);
    }
}
