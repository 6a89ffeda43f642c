//! Infers the type of a column from its cells.

use arrow::datatypes::DataType;

use super::cell;
use crate::column::ColumnType;
use crate::numeric::{NumberType, Numbers};
use crate::table::datetime;

/// The types that all cells seen so far parse as, with statistics of the numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct TypeSet {
    classes: u8,
    numbers: Numbers,
}

/// An inferred type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum CellType {
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
    DateTime,
    /// Digits and punctuation: a time of day, a date in another format, a telephone number.
    Code,
    Text,
}

const BOOL: u8 = 1;
const NUMBER: u8 = 2;
const DATE: u8 = 4;
const TIMESTAMP: u8 = 8;
const STRING: u8 = 16;

impl TypeSet {
    /// All types, before the first cell.
    pub(super) const ALL: TypeSet =
        TypeSet { classes: BOOL | NUMBER | DATE | TIMESTAMP | STRING, numbers: Numbers::NONE };

    /// Text alone.
    pub(super) const TEXT: TypeSet = TypeSet { classes: STRING, numbers: Numbers::NONE };

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
        self.keep(DATE, || datetime::date(text).is_some());
        self.keep(TIMESTAMP, || datetime::timestamp(text).is_some());
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
    pub(super) fn and(self, other: TypeSet) -> TypeSet {
        TypeSet { classes: self.classes & other.classes, numbers: self.numbers.merge(other.numbers) }
    }

    /// The narrowest type in the set.
    pub(super) fn narrowest(self) -> CellType {
        if self.has(BOOL) {
            return CellType::Bool;
        }
        if self.has(NUMBER) {
            return match self.numbers.number_type() {
                NumberType::Int => CellType::Int,
                NumberType::Float => CellType::Float,
                NumberType::Decimal(scale) => CellType::Decimal(scale),
                NumberType::Text => CellType::String,
            };
        }
        if self.has(DATE) {
            return CellType::Date;
        }
        if self.has(TIMESTAMP) { CellType::Timestamp } else { CellType::String }
    }
}

impl CellType {
    /// The type of a column.
    pub(super) fn column_type(self) -> ColumnType {
        match self {
            CellType::Bool => ColumnType::Bool,
            CellType::Int => ColumnType::Int,
            CellType::Float => ColumnType::Float,
            CellType::Decimal(scale) => {
                ColumnType::Other(DataType::Decimal128(38, i8::try_from(scale).unwrap_or(0)))
            }
            CellType::Date => ColumnType::Date,
            CellType::Timestamp => ColumnType::Timestamp,
            CellType::String => ColumnType::String,
        }
    }
}

impl Class {
    /// Number of classes.
    pub(super) const COUNT: usize = Class::Text as usize + 1;

    /// The class of a single cell. A number with leading zeros counts as a number here, and so does one that
    /// no numeric type holds.
    pub(super) fn of_cell(text: &[u8]) -> Class {
        if Numbers::parse(text).is_some() {
            return Class::Number;
        }
        let mut kinds = TypeSet::ALL;
        kinds.narrow(text);
        let is_code = || {
            text.iter().any(u8::is_ascii_digit)
                && text.iter().all(|byte| byte.is_ascii() && !byte.is_ascii_alphabetic())
        };
        match kinds.narrowest() {
            CellType::Bool => Class::Bool,
            CellType::Date | CellType::Timestamp => Class::DateTime,
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
    if has_leading_zero(text) { None } else { Numbers::parse(text) }
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
    fn check(cells: &[&str], expected: CellType) {
        let mut kinds = TypeSet::ALL;
        cells.iter().for_each(|cell| kinds.narrow(cell.as_bytes()));
        assert_eq!(kinds.narrowest(), expected);
    }

    #[test]
    fn columns_widen() {
        check(&["1", "-2", "0"], CellType::Int);
        check(&["1", "2.5"], CellType::Float);
        check(&["1", "9223372036854775808"], CellType::Decimal(0));
        check(&["18446744073709551615", "0.5"], CellType::Decimal(1));
        check(&["18446744073709551615", "1e5"], CellType::String);
        check(&["1", "x"], CellType::String);
        check(&["1", "007"], CellType::String);
        check(&["0.5", "0e1", "-0"], CellType::Float);
        check(&["true", "FALSE"], CellType::Bool);
        check(&["true", "1"], CellType::String);
        check(&["1", "true"], CellType::String);
        check(&["2020-01-01"], CellType::Date);
        check(&["2020-01-01", "2020-01-01 10:00"], CellType::Timestamp);
        check(&["2020-01-01", "1"], CellType::String);
        check(&["nan", "1", "-inf"], CellType::Float);
    }

    #[test]
    fn classes_of_single_cells() {
        let of = |text: &str| Class::of_cell(text.as_bytes());
        assert_eq!(["1", "1e400", "nan", "007"].map(of), [Class::Number; 4]);
        assert_eq!(["2020-01-01", "2020-01-01 10:00"].map(of), [Class::DateTime; 2]);
        assert_eq!(["10:00:00", "2020/01/01", "1,234", "12%"].map(of), [Class::Code; 4]);
        assert_eq!(["x", "-", "7z", "10:00Z", "é1"].map(of), [Class::Text; 5]);
        assert_eq!(of("TRUE"), Class::Bool);
    }
}
