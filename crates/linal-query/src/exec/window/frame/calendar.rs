//! Times as nanoseconds, and intervals added to them.

use arrow::datatypes::{IntervalMonthDayNano, TimeUnit};

/// Nanoseconds per day, without leap seconds.
pub(super) const DAY: i128 = 86_400 * 1_000_000_000;
/// Days per month in comparisons of intervals, as in PostgreSQL.
const MONTH: i128 = 30;

/// Nanoseconds per tick of a unit.
pub(super) fn tick(unit: TimeUnit) -> i128 {
    match unit {
        TimeUnit::Second => 1_000_000_000,
        TimeUnit::Millisecond => 1_000_000,
        TimeUnit::Microsecond => 1_000,
        TimeUnit::Nanosecond => 1,
    }
}

/// The duration by which intervals are ordered: a month has 30 days, a day 24 hours.
pub(super) fn length(interval: IntervalMonthDayNano) -> i128 {
    let days = i128::from(interval.months) * MONTH + i128::from(interval.days);
    days * DAY + i128::from(interval.nanoseconds)
}

/// A moment in nanoseconds since 1970, plus or minus an interval.
pub(super) fn moved(moment: i128, by: IntervalMonthDayNano, is_back: bool) -> i128 {
    let sign = if is_back { -1 } else { 1 };
    let (day, within) = (moment.div_euclid(DAY), moment.rem_euclid(DAY));
    let day = match by.months {
        0 => day,
        months => moved_months(day, sign * i128::from(months)),
    };
    (day + sign * i128::from(by.days)) * DAY + within + sign * i128::from(by.nanoseconds)
}

/// A day plus months; the last day of the month if it has no such day.
fn moved_months(day: i128, months: i128) -> i128 {
    let (year, month, of_month) = civil(day);
    let month = year * 12 + (month - 1) + months;
    let (year, month) = (month.div_euclid(12), month.rem_euclid(12) + 1);
    days(year, month, of_month.min(days_of_month(year, month)))
}

fn days_of_month(year: i128, month: i128) -> i128 {
    let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    match month {
        2 if is_leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days since 1970 of a Gregorian date. The year starts in March here, so that the leap day is its last.
fn days(year: i128, month: i128, day: i128) -> i128 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

/// The year, month and day of a number of days since 1970.
fn civil(days: i128) -> (i128, i128, i128) {
    let days = days + 719_468;
    let (era, of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let shifted = (5 * of_year + 2) / 153;
    let day = of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    let year = year + era * 400;
    (if month <= 2 { year + 1 } else { year }, month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_and_dates_are_inverse() {
        for day in (-1_000_000..3_000_000).step_by(37) {
            let (year, month, of_month) = civil(day);
            assert_eq!(days(year, month, of_month), day);
        }
        assert_eq!(civil(0), (1970, 1, 1));
        assert_eq!(civil(19_782), (2024, 2, 29));
    }

    #[test]
    fn the_last_day_of_a_month_stays_within_the_month() {
        let month = IntervalMonthDayNano::new(1, 0, 0);
        let january = days(2024, 1, 31) * DAY + 5;
        assert_eq!(moved(january, month, false), days(2024, 2, 29) * DAY + 5);
        assert_eq!(moved(days(2024, 3, 31) * DAY, month, true), days(2024, 2, 29) * DAY);
    }
}
