//! Times as nanoseconds, and intervals added to them.

use arrow::datatypes::{IntervalMonthDayNano, TimeUnit};
use linal_store::temporal::Civil;

/// Nanoseconds per day, without leap seconds.
pub(super) const DAY: i128 = 86_400 * 1_000_000_000;

/// Nanoseconds per tick of a unit.
pub(super) fn tick(unit: TimeUnit) -> i128 {
    match unit {
        TimeUnit::Second => 1_000_000_000,
        TimeUnit::Millisecond => 1_000_000,
        TimeUnit::Microsecond => 1_000,
        TimeUnit::Nanosecond => 1,
    }
}

/// A moment in nanoseconds since 1970, plus or minus an interval.
pub(super) fn moved(moment: i128, by: IntervalMonthDayNano, is_back: bool) -> i128 {
    let sign = if is_back { -1 } else { 1 };
    let (day, within) = (moment.div_euclid(DAY), moment.rem_euclid(DAY));
    let day = match by.months {
        0 => day,
        months => moved_months(day, sign * i64::from(months)),
    };
    let sign = i128::from(sign);
    (day + sign * i128::from(by.days)) * DAY + within + sign * i128::from(by.nanoseconds)
}

/// A day plus months; the last day of the month if it has no such day.
fn moved_months(day: i128, months: i64) -> i128 {
    // Even a timestamp of seconds is within 2^47 days of 1970.
    i128::from(Civil::of_days(day as i64).plus_months(months).days())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(year: i64, month: i64, day: i64) -> i128 {
        i128::from(Civil { year, month, day }.days()) * DAY
    }

    #[test]
    fn the_last_day_of_a_month_stays_within_the_month() {
        let month = IntervalMonthDayNano::new(1, 0, 0);
        assert_eq!(moved(at(2024, 1, 31) + 5, month, false), at(2024, 2, 29) + 5);
        assert_eq!(moved(at(2024, 3, 31), month, true), at(2024, 2, 29));
    }

    #[test]
    fn every_moment_can_be_moved() {
        let long = IntervalMonthDayNano::new(i32::MAX, i32::MAX, i64::MAX);
        let (first, last) = (i128::from(i64::MIN) * 1_000_000_000, i128::from(i64::MAX) * 1_000_000_000);
        assert!(moved(last, long, false) > last && moved(first, long, true) < first);
    }
}
