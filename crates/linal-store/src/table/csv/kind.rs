//! What the cells of a column can all be read as.

use crate::csv::cell;
use crate::table::moment;

/// Kinds of cells, as a set. A column's kind is the first of [`Kinds::ORDER`] that all of its cells have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Kinds(u8);

/// A kind of cells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Bool,
    Int,
    Float,
    Date,
    Timestamp,
    String,
}

impl Kinds {
    /// From the narrowest to the widest.
    const ORDER: [Kind; 6] = [Kind::Bool, Kind::Int, Kind::Float, Kind::Date, Kind::Timestamp, Kind::String];

    /// Everything, before a cell was seen.
    pub(super) const ALL: Kinds = Kinds(0b11_1111);

    fn has(self, kind: Kind) -> bool {
        self.0 & (1 << kind as u8) != 0
    }

    /// Keeps what the cell can be read as.
    pub(super) fn narrow(&mut self, text: &[u8]) {
        if *self == Kinds(1 << Kind::String as u8) {
            return;
        }
        for kind in Kinds::ORDER {
            if self.has(kind) && !fits(kind, text) {
                self.0 &= !(1 << kind as u8);
            }
        }
    }

    /// What is in both sets.
    pub(super) fn and(self, other: Kinds) -> Kinds {
        Kinds(self.0 & other.0)
    }

    /// The narrowest kind that is left.
    pub(super) fn narrowest(self) -> Kind {
        Kinds::ORDER.into_iter().find(|&kind| self.has(kind)).unwrap_or(Kind::String)
    }

    /// What one cell is by itself.
    pub(super) fn of(text: &[u8]) -> Kind {
        let mut kinds = Kinds::ALL;
        kinds.narrow(text);
        kinds.narrowest()
    }
}

fn fits(kind: Kind, text: &[u8]) -> bool {
    match kind {
        Kind::Bool => bool(text).is_some(),
        Kind::Int => int(text).is_some(),
        Kind::Float => float(text).is_some(),
        Kind::Date => moment::date(text).is_some(),
        Kind::Timestamp => moment::timestamp(text).is_some(),
        Kind::String => true,
    }
}

/// `true` or `false` in any case.
pub(super) fn bool(text: &[u8]) -> Option<bool> {
    match text {
        _ if text.eq_ignore_ascii_case(b"true") => Some(true),
        _ if text.eq_ignore_ascii_case(b"false") => Some(false),
        _ => None,
    }
}

/// A whole number, but for one with leading zeros: that is a code.
pub(super) fn int(text: &[u8]) -> Option<i64> {
    if has_leading_zero(text) { None } else { cell::integer(text) }
}

/// A number, but for one with leading zeros.
pub(super) fn float(text: &[u8]) -> Option<f64> {
    if has_leading_zero(text) { None } else { cell::float(text) }
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
        check(&["1", "9223372036854775808"], Kind::Float);
        check(&["1", "x"], Kind::String);
        check(&["1", "007"], Kind::String);
        check(&["0.5", "0e1", "-0"], Kind::Float);
        check(&["true", "FALSE"], Kind::Bool);
        check(&["true", "1"], Kind::String);
        check(&["2020-01-01"], Kind::Date);
        check(&["2020-01-01", "2020-01-01 10:00"], Kind::Timestamp);
        check(&["2020-01-01", "1"], Kind::String);
        check(&["nan", "1", "-inf"], Kind::Float);
    }
}
