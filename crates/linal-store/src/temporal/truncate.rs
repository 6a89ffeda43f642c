//! DATE_TRUNC.

use arrow::datatypes::IntervalMonthDayNano as Interval;

use super::calendar::Civil;
use super::unit::Unit;
use super::{DAY, SECOND};

/// The start of the unit that contains a timestamp, both in microseconds since 1970-01-01.
pub fn truncate(micros: i64, unit: Unit) -> Option<i64> {
    if let Some(nanos) = unit.nanoseconds() {
        let step = (nanos / 1000).max(1);
        return Some(micros - micros.rem_euclid(step));
    }
    let days = micros.div_euclid(DAY);
    let civil = Civil::of_days(days);
    let first = match unit {
        Unit::Day => days,
        Unit::Week => days - (civil.iso_weekday() - 1),
        Unit::Month => Civil { day: 1, ..civil }.days(),
        Unit::Quarter => Civil { month: (civil.month - 1) / 3 * 3 + 1, day: 1, ..civil }.days(),
        _ => Civil { year: first_year(civil.year, unit), month: 1, day: 1 }.days(),
    };
    first.checked_mul(DAY)
}

/// The first year of a decade, a century, a millennium. Centuries begin in the year 1, decades in a year that
/// ends in 0.
fn first_year(year: i64, unit: Unit) -> i64 {
    match unit {
        Unit::Decade => year.div_euclid(10) * 10,
        Unit::Century => (year - 1).div_euclid(100) * 100 + 1,
        Unit::Millennium => (year - 1).div_euclid(1000) * 1000 + 1,
        _ => year,
    }
}

/// An interval without its fields shorter than a unit; `None` for weeks, which intervals lack.
pub fn truncate_interval(interval: Interval, unit: Unit) -> Option<Interval> {
    if let Some(nanos) = unit.nanoseconds() {
        return Some(Interval { nanoseconds: interval.nanoseconds / nanos * nanos, ..interval });
    }
    match unit {
        Unit::Day => Some(Interval { nanoseconds: 0, ..interval }),
        unit => {
            let months = i32::try_from(unit.months()?).ok()?;
            Some(Interval { months: interval.months / months * months, days: 0, nanoseconds: 0 })
        }
    }
}

/// Seconds within the minute, in microseconds.
pub(super) fn seconds_of_minute(micros: i64) -> i64 {
    micros.rem_euclid(60 * SECOND)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::temporal::{Precision, parse_timestamp};

    #[test]
    fn beginnings() {
        let at = |text| parse_timestamp(text, Precision::Exact).unwrap_or_default();
        let cases = [
            (Unit::Month, "9999-12-01"),
            (Unit::Quarter, "9999-10-01"),
            (Unit::Year, "9999-01-01"),
            (Unit::Decade, "9990-01-01"),
            (Unit::Century, "9901-01-01"),
            (Unit::Millennium, "9001-01-01"),
            (Unit::Week, "9999-12-27"),
            (Unit::Hour, "9999-12-31 23:00"),
        ];
        for (unit, expected) in cases {
            assert_eq!(truncate(at("9999-12-31 23:59:59.999999"), unit), Some(at(expected)));
        }
        assert_eq!(truncate(at("0001-01-01 00:00:01"), Unit::Millennium), Some(at("0001-01-01")));
    }
}
