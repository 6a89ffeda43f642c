//! A frame as the query specifies it.

use std::fmt;

use datafusion::common::{Result, ScalarValue};
use datafusion::logical_expr::{WindowFrame, WindowFrameBound, WindowFrameUnits};
use linal_dataset::Error;
use linal_error::Code;

use crate::error::external;

/// The unit of a frame's offsets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Units {
    Rows,
    Groups,
    Range,
}

/// A bound of a frame.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Bound {
    /// The first row of the partition as a start, the last one as an end.
    Unbounded,
    CurrentRow,
    /// Rows or groups before; negative means after.
    Count(i64),
    /// An offset of values before the row's, as the query spells it.
    Before(String),
    After(String),
}

/// Rows around the current one that are excluded from its frame.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) enum Exclusion {
    #[default]
    NoOthers,
    CurrentRow,
    Group,
    Ties,
}

impl Exclusion {
    const ALL: [(&str, Exclusion); 4] = [
        ("NO OTHERS", Exclusion::NoOthers),
        ("CURRENT ROW", Exclusion::CurrentRow),
        ("GROUP", Exclusion::Group),
        ("TIES", Exclusion::Ties),
    ];

    /// The exclusion that these keywords specify.
    pub fn of(words: &str) -> Option<Exclusion> {
        Exclusion::ALL.into_iter().find(|(name, _)| *name == words).map(|(_, exclusion)| exclusion)
    }

    fn words(self) -> &'static str {
        Exclusion::ALL.iter().find(|(_, exclusion)| *exclusion == self).map_or("", |(name, _)| name)
    }
}

/// A frame: its units, its bounds, and its exclusion.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct FrameSpec {
    pub units: Units,
    pub start: Bound,
    pub end: Bound,
    pub exclusion: Exclusion,
}

impl FrameSpec {
    /// The frame as DataFusion parsed it. RANGE without offsets is a frame of groups, for any type of the
    /// order.
    ///
    /// # Errors An offset that is negative or not a number.
    pub fn of(frame: &WindowFrame, exclusion: Exclusion) -> Result<FrameSpec> {
        let start = bound(frame.units, &frame.start_bound)?;
        let end = bound(frame.units, &frame.end_bound)?;
        let has_offset = |bound: &Bound| matches!(bound, Bound::Before(_) | Bound::After(_));
        let units = match frame.units {
            WindowFrameUnits::Rows => Units::Rows,
            WindowFrameUnits::Range if has_offset(&start) || has_offset(&end) => Units::Range,
            WindowFrameUnits::Range | WindowFrameUnits::Groups => Units::Groups,
        };
        let spec = FrameSpec { units, start, end, exclusion };
        if comes_after(&frame.start_bound) > comes_after(&frame.end_bound) {
            let message =
                format!("a frame cannot begin at {} and end at {}", frame.start_bound, frame.end_bound);
            return Err(external(Error::new(Code::BadQuery, message)));
        }
        Ok(spec)
    }

    /// Whether DataFusion's frames cannot express it.
    pub fn is_ours(&self) -> bool {
        self.units == Units::Range || self.exclusion != Exclusion::NoOthers
    }
}

impl FrameSpec {
    /// Whether rows that are equal in the window's order may have different frames.
    pub fn parts_ties(&self) -> bool {
        let is_everything = self.start == Bound::Unbounded && self.end == Bound::Unbounded;
        let excludes_row = matches!(self.exclusion, Exclusion::CurrentRow | Exclusion::Ties);
        excludes_row || self.units == Units::Rows && !is_everything
    }

    /// The maximal number of following rows in a frame; `None` if it depends on the rows.
    pub fn looks_ahead(&self) -> Option<usize> {
        let is_counted = self.units == Units::Rows
            && matches!(self.exclusion, Exclusion::NoOthers | Exclusion::CurrentRow);
        match self.end {
            _ if !is_counted => None,
            Bound::CurrentRow => Some(0),
            Bound::Count(before) => usize::try_from(before.saturating_neg().max(0)).ok(),
            Bound::Unbounded | Bound::Before(_) | Bound::After(_) => None,
        }
    }
}

/// PostgreSQL's order of the kinds of bounds, by which it rejects frames that are always empty.
fn comes_after(bound: &WindowFrameBound) -> u8 {
    match bound {
        WindowFrameBound::Preceding(by) if by.is_null() => 0,
        WindowFrameBound::Preceding(_) => 1,
        WindowFrameBound::CurrentRow => 2,
        WindowFrameBound::Following(by) if by.is_null() => 4,
        WindowFrameBound::Following(_) => 3,
    }
}

fn bound(units: WindowFrameUnits, bound: &WindowFrameBound) -> Result<Bound> {
    let (by, is_before) = match bound {
        WindowFrameBound::CurrentRow => return Ok(Bound::CurrentRow),
        WindowFrameBound::Preceding(by) => (by, true),
        WindowFrameBound::Following(by) => (by, false),
    };
    if by.is_null() {
        return Ok(Bound::Unbounded);
    }
    match (units, by) {
        (WindowFrameUnits::Range, ScalarValue::Utf8(Some(text))) => {
            let text = text.trim().to_string();
            Ok(if is_before { Bound::Before(text) } else { Bound::After(text) })
        }
        (WindowFrameUnits::Range, other) => {
            let text = other.to_string();
            Ok(if is_before { Bound::Before(text) } else { Bound::After(text) })
        }
        (_, ScalarValue::UInt64(Some(count))) => {
            // No partition has this many rows.
            let count = i64::try_from(*count).unwrap_or(i64::MAX);
            Ok(Bound::Count(if is_before { count } else { -count }))
        }
        _ => Err(external(Error::new(
            Code::BadQuery,
            "a frame counts rows with a number that is not negative",
        ))),
    }
}

impl fmt::Display for FrameSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let units = match self.units {
            Units::Rows => "ROWS",
            Units::Groups => "GROUPS",
            Units::Range => "RANGE",
        };
        write!(f, "{units} BETWEEN ")?;
        write_bound(f, &self.start, "UNBOUNDED PRECEDING")?;
        f.write_str(" AND ")?;
        write_bound(f, &self.end, "UNBOUNDED FOLLOWING")?;
        match self.exclusion {
            Exclusion::NoOthers => Ok(()),
            other => write!(f, " EXCLUDE {}", other.words()),
        }
    }
}

fn write_bound(f: &mut fmt::Formatter<'_>, bound: &Bound, unbounded: &str) -> fmt::Result {
    match bound {
        Bound::Unbounded => f.write_str(unbounded),
        Bound::CurrentRow => f.write_str("CURRENT ROW"),
        Bound::Count(count) if *count >= 0 => write!(f, "{count} PRECEDING"),
        Bound::Count(count) => write!(f, "{} FOLLOWING", count.unsigned_abs()),
        Bound::Before(by) => write!(f, "{by} PRECEDING"),
        Bound::After(by) => write!(f, "{by} FOLLOWING"),
    }
}
