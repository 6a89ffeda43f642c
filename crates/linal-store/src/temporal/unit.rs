//! Units of time.

/// A unit of intervals, of DATE_TRUNC and of EXTRACT.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Unit {
    /// 10^-9 seconds.
    Nanosecond,
    /// 10^-6 seconds.
    Microsecond,
    /// 10^-3 seconds.
    Millisecond,
    /// A second.
    Second,
    /// 60 seconds.
    Minute,
    /// 60 minutes.
    Hour,
    /// A calendar day.
    Day,
    /// Seven days, from Monday.
    Week,
    /// A calendar month.
    Month,
    /// Three months.
    Quarter,
    /// Twelve months.
    Year,
    /// Ten years.
    Decade,
    /// A hundred years.
    Century,
    /// A thousand years.
    Millennium,
}

/// The words for each unit: its name, the plural, and PostgreSQL's abbreviations.
const WORDS: &[(Unit, &[&str])] = &[
    (Unit::Nanosecond, &["nanosecond", "nanoseconds", "ns", "nsec", "nsecs"]),
    (Unit::Microsecond, &["microsecond", "microseconds", "us", "usec", "usecs", "usecond", "useconds"]),
    (Unit::Millisecond, &["millisecond", "milliseconds", "ms", "msec", "msecs", "msecond", "mseconds"]),
    (Unit::Second, &["second", "seconds", "s", "sec", "secs"]),
    (Unit::Minute, &["minute", "minutes", "m", "min", "mins"]),
    (Unit::Hour, &["hour", "hours", "h", "hr", "hrs"]),
    (Unit::Day, &["day", "days", "d"]),
    (Unit::Week, &["week", "weeks", "w"]),
    (Unit::Month, &["month", "months", "mon", "mons"]),
    (Unit::Quarter, &["quarter", "quarters", "qtr", "qtrs"]),
    (Unit::Year, &["year", "years", "y", "yr", "yrs"]),
    (Unit::Decade, &["decade", "decades", "dec", "decs"]),
    (Unit::Century, &["century", "centuries", "c", "cent"]),
    (Unit::Millennium, &["millennium", "millennia", "millenniums", "mil", "mils"]),
];

impl Unit {
    /// The unit that a word names, case-insensitive.
    pub fn from_word(word: &str) -> Option<Unit> {
        let is_of = |words: &&[&str]| words.iter().any(|known| known.eq_ignore_ascii_case(word));
        WORDS.iter().find(|(_, words)| is_of(words)).map(|(unit, _)| *unit)
    }

    /// The name.
    pub fn name(self) -> &'static str {
        WORDS.iter().find(|(unit, _)| *unit == self).map_or("", |(_, words)| words[0])
    }

    /// All names, for suggestions.
    pub fn names() -> impl Iterator<Item = &'static str> {
        WORDS.iter().map(|(_, words)| words[0])
    }

    /// Months, for a unit of months.
    pub(super) fn months(self) -> Option<i64> {
        Some(match self {
            Unit::Month => 1,
            Unit::Quarter => 3,
            Unit::Year => 12,
            Unit::Decade => 120,
            Unit::Century => 1200,
            Unit::Millennium => 12_000,
            _ => return None,
        })
    }

    /// Nanoseconds, for a unit shorter than a day.
    pub(super) fn nanoseconds(self) -> Option<i64> {
        Some(match self {
            Unit::Nanosecond => 1,
            Unit::Microsecond => 1000,
            Unit::Millisecond => 1_000_000,
            Unit::Second => 1_000_000_000,
            Unit::Minute => 60_000_000_000,
            Unit::Hour => 3_600_000_000_000,
            _ => return None,
        })
    }
}
