//! EXTRACT: the fields of dates, times, timestamps and intervals.

use arrow::datatypes::IntervalMonthDayNano as Interval;

use super::calendar::Civil;
use super::interval::compare_key;
use super::truncate::seconds_of_minute;
use super::unit::Unit;
use super::{DAY, HOUR, MINUTE, SECOND};

/// A field of a date, a time or an interval.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Field {
    /// A unit.
    Unit(Unit),
    /// The day of the year, from 1.
    DayOfYear,
    /// The day of the week, 0 for Sunday.
    DayOfWeek,
    /// The day of the week, 1 for Monday to 7 for Sunday.
    IsoDayOfWeek,
    /// The year of the ISO week.
    IsoYear,
    /// Seconds since 1970-01-01, or of an interval.
    Epoch,
    /// 1 for years of our era, 0 before.
    Era,
    /// The ISO year and week as one number, such as 202601.
    YearWeek,
    /// The Julian day: days since November 24, 4714 BC.
    Julian,
}

/// The value of a field.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum FieldValue {
    /// An integer.
    Int(i64),
    /// Seconds with a fraction.
    Float(f64),
}

const WORDS: &[(&str, Field)] = &[
    ("doy", Field::DayOfYear),
    ("dayofyear", Field::DayOfYear),
    ("dow", Field::DayOfWeek),
    ("dayofweek", Field::DayOfWeek),
    ("weekday", Field::DayOfWeek),
    ("isodow", Field::IsoDayOfWeek),
    ("isoyear", Field::IsoYear),
    ("isoweek", Field::Unit(Unit::Week)),
    ("weekofyear", Field::Unit(Unit::Week)),
    ("dayofmonth", Field::Unit(Unit::Day)),
    ("epoch", Field::Epoch),
    ("julian", Field::Julian),
    ("era", Field::Era),
    ("yearweek", Field::YearWeek),
    ("millenium", Field::Unit(Unit::Millennium)),
];

impl Field {
    /// The field that a word names, case-insensitive.
    pub fn from_word(word: &str) -> Option<Field> {
        let known = WORDS.iter().find(|(name, _)| name.eq_ignore_ascii_case(word));
        known.map(|(_, field)| *field).or_else(|| Unit::from_word(word).map(Field::Unit))
    }

    /// All names, for suggestions.
    pub fn names() -> impl Iterator<Item = &'static str> {
        Unit::names().chain(WORDS.iter().map(|(name, _)| *name))
    }

    /// Whether its values are floats.
    pub fn is_float(self) -> bool {
        matches!(self, Field::Epoch | Field::Julian)
    }

    /// Whether it is a field of the time of day, which a date lacks.
    pub fn is_of_time(self) -> bool {
        matches!(self, Field::Unit(unit) if unit < Unit::Day)
    }

    /// Whether a time of day has it.
    pub fn is_of_time_of_day(self) -> bool {
        self.is_of_time() || self == Field::Epoch
    }

    /// Whether an interval has it.
    pub fn is_of_interval(self) -> bool {
        matches!(self, Field::Unit(unit) if unit != Unit::Week) || self == Field::Epoch
    }

    /// The field of a timestamp in microseconds since 1970-01-01.
    pub fn of_timestamp(self, micros: i64) -> FieldValue {
        let days = micros.div_euclid(DAY);
        let civil = Civil::of_days(days);
        FieldValue::Int(match self {
            Field::Unit(unit) if unit < Unit::Day => time_part(unit, micros.rem_euclid(DAY)),
            Field::Unit(unit) => date_part(unit, civil),
            Field::DayOfYear => civil.day_of_year(),
            Field::DayOfWeek => civil.iso_weekday() % 7,
            Field::IsoDayOfWeek => civil.iso_weekday(),
            Field::IsoYear => civil.iso_week().0,
            Field::Era => i64::from(civil.year > 0),
            Field::YearWeek => {
                let (year, week) = civil.iso_week();
                year * 100 + if year < 0 { -week } else { week }
            }
            Field::Epoch => return FieldValue::Float(micros as f64 / SECOND as f64),
            Field::Julian => {
                let of_day = micros.rem_euclid(DAY) as f64 / DAY as f64;
                return FieldValue::Float((days + 2_440_588) as f64 + of_day);
            }
        })
    }

    /// The field of a time of day in microseconds since midnight; `None` when it has none.
    pub fn of_time(self, micros: i64) -> Option<FieldValue> {
        match self {
            Field::Unit(unit) if unit < Unit::Day => Some(FieldValue::Int(time_part(unit, micros))),
            Field::Epoch => Some(FieldValue::Float(micros as f64 / SECOND as f64)),
            _ => None,
        }
    }

    /// The field of an interval; `None` when it has none.
    pub fn of_interval(self, interval: Interval) -> Option<FieldValue> {
        let months = i64::from(interval.months);
        let micros = interval.nanoseconds / 1000;
        let value = match self {
            Field::Unit(Unit::Nanosecond) => interval.nanoseconds % 60_000_000_000,
            Field::Unit(Unit::Hour) => micros / HOUR,
            Field::Unit(Unit::Minute) => micros / MINUTE % 60,
            Field::Unit(Unit::Second) => micros / SECOND % 60,
            Field::Unit(Unit::Millisecond) => micros % MINUTE / 1000,
            Field::Unit(Unit::Microsecond) => micros % MINUTE,
            Field::Unit(Unit::Day) => i64::from(interval.days),
            Field::Unit(Unit::Month) => months % 12,
            Field::Unit(Unit::Quarter) => months % 12 / 3 + 1,
            Field::Unit(unit) => months / unit.months()?,
            Field::Epoch => {
                // A year has 365.25 days here, as in PostgreSQL.
                let years = i128::from(months / 12) * 31_557_600_000_000_000;
                let rest =
                    compare_key(Interval::new(interval.months % 12, interval.days, interval.nanoseconds));
                return Some(FieldValue::Float((years + rest) as f64 / 1e9));
            }
            _ => return None,
        };
        Some(FieldValue::Int(value))
    }
}

fn time_part(unit: Unit, of_day: i64) -> i64 {
    match unit {
        Unit::Hour => of_day / HOUR,
        Unit::Minute => of_day / MINUTE % 60,
        Unit::Second => of_day / SECOND % 60,
        // These include the seconds.
        Unit::Millisecond => seconds_of_minute(of_day) / 1000,
        Unit::Microsecond => seconds_of_minute(of_day),
        _ => seconds_of_minute(of_day) * 1000,
    }
}

fn date_part(unit: Unit, civil: Civil) -> i64 {
    // Decades, centuries and millennia have no year 0.
    let period = |years: i64| {
        if civil.year > 0 { (civil.year - 1) / years + 1 } else { civil.year / years - 1 }
    };
    match unit {
        Unit::Day => civil.day,
        Unit::Week => civil.iso_week().1,
        Unit::Month => civil.month,
        Unit::Quarter => (civil.month - 1) / 3 + 1,
        Unit::Decade => civil.year.div_euclid(10),
        Unit::Century => period(100),
        Unit::Millennium => period(1000),
        _ => civil.year,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_of_a_timestamp() {
        let micros =
            Civil { year: 2024, month: 12, day: 30 }.days() * DAY + 6 * HOUR + 7 * MINUTE + 8_125_000;
        let of = |word| Field::from_word(word).map(|field| field.of_timestamp(micros));
        let cases = [
            ("year", 2024),
            ("quarter", 4),
            ("week", 1),
            ("isoyear", 2025),
            ("doy", 365),
            ("dow", 1),
            ("century", 21),
            ("decade", 202),
            ("millennium", 3),
            ("second", 8),
            ("milliseconds", 8125),
            ("microsecond", 8_125_000),
        ];
        for (word, expected) in cases {
            assert_eq!(of(word), Some(FieldValue::Int(expected)), "{word}");
        }
    }

    #[test]
    fn parts_of_an_interval() {
        let interval = Interval::new(14, 3, 4 * 3_600_000_000_000 + 500_000_000);
        let of = |word| Field::from_word(word).and_then(|field| field.of_interval(interval));
        assert_eq!(of("year"), Some(FieldValue::Int(1)));
        assert_eq!(of("month"), Some(FieldValue::Int(2)));
        assert_eq!(of("hour"), Some(FieldValue::Int(4)));
        assert_eq!(of("epoch"), Some(FieldValue::Float(31_557_600.0 + 63.0 * 86_400.0 + 14_400.5)));
        assert_eq!(of("dow"), None);
    }
}
