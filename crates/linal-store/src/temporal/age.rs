//! AGE, DATE_DIFF and DATE_SUB.

use arrow::datatypes::IntervalMonthDayNano as Interval;

use super::calendar::{Civil, last_day};
use super::unit::Unit;
use super::{DAY, HOUR, MINUTE, SECOND};

/// The years, months, days and time from `earlier` to `later`, both in microseconds since 1970-01-01, as PostgreSQL
/// counts them: whole months first, then days and time.
pub fn age(later: i64, earlier: i64) -> Option<Interval> {
    if later < earlier {
        let age = forward(earlier, later)?;
        return Some(Interval::new(-age.months, -age.days, -age.nanoseconds));
    }
    forward(later, earlier)
}

/// The age of two timestamps in order. Days that are borrowed from a month are those of the earlier timestamp's
/// month.
fn forward(later: i64, earlier: i64) -> Option<Interval> {
    let (end, start) = (Civil::of_days(later.div_euclid(DAY)), Civil::of_days(earlier.div_euclid(DAY)));
    let mut months = (end.year - start.year) * 12 + end.month - start.month;
    let mut days = end.day - start.day;
    let mut time = later.rem_euclid(DAY) - earlier.rem_euclid(DAY);
    if time < 0 {
        time += DAY;
        days -= 1;
    }
    while days < 0 {
        days += last_day(start.year, start.month);
        months -= 1;
    }
    Some(Interval::new(i32::try_from(months).ok()?, i32::try_from(days).ok()?, time.checked_mul(1000)?))
}

/// How many boundaries of a unit lie between two timestamps; weeks are seven days wherever they begin.
pub fn boundaries(unit: Unit, start: i64, end: i64) -> i64 {
    let day = |micros: i64| micros.div_euclid(DAY);
    let civil = |micros: i64| Civil::of_days(day(micros));
    let months = |micros: i64| civil(micros).year * 12 + civil(micros).month - 1;
    let steps = |size: i64| end.div_euclid(size) - start.div_euclid(size);
    match unit {
        Unit::Nanosecond => (end - start).saturating_mul(1000),
        Unit::Microsecond => end - start,
        Unit::Millisecond => steps(1000),
        Unit::Second => steps(SECOND),
        Unit::Minute => steps(MINUTE),
        Unit::Hour => steps(HOUR),
        Unit::Day => day(end) - day(start),
        Unit::Week => (day(end) - day(start)) / 7,
        Unit::Month => months(end) - months(start),
        Unit::Quarter => months(end).div_euclid(3) - months(start).div_euclid(3),
        Unit::Year => civil(end).year - civil(start).year,
        Unit::Decade => civil(end).year / 10 - civil(start).year / 10,
        Unit::Century => civil(end).year / 100 - civil(start).year / 100,
        Unit::Millennium => civil(end).year / 1000 - civil(start).year / 1000,
    }
}

/// How many whole units lie between two timestamps.
pub fn whole_units(unit: Unit, start: i64, end: i64) -> i64 {
    match unit {
        Unit::Nanosecond => (end - start).saturating_mul(1000),
        Unit::Microsecond => end - start,
        Unit::Millisecond => (end - start) / 1000,
        Unit::Second => (end - start) / SECOND,
        Unit::Minute => (end - start) / MINUTE,
        Unit::Hour => (end - start) / HOUR,
        Unit::Day => (end - start) / DAY,
        Unit::Week => (end - start) / (7 * DAY),
        Unit::Month => whole_months(start, end),
        Unit::Quarter => whole_months(start, end) / 3,
        Unit::Year => whole_months(start, end) / 12,
        Unit::Decade => whole_months(start, end) / 120,
        Unit::Century => whole_months(start, end) / 1200,
        Unit::Millennium => whole_months(start, end) / 12_000,
    }
}

/// A month is whole at the end of a shorter month, too: from January 31 to February 29.
fn whole_months(start: i64, end: i64) -> i64 {
    if start > end {
        return -whole_months(end, start);
    }
    let (from, to) = (Civil::of_days(start.div_euclid(DAY)), Civil::of_days(end.div_euclid(DAY)));
    let last = last_day(to.year, to.month);
    let (start_time, end_time) = (start.rem_euclid(DAY), end.rem_euclid(DAY));
    let is_late = from.day > last || from.day == last && start_time < end_time;
    let day = if to.day == last && is_late { last.min(from.day) } else { from.day };
    let months = (to.year - from.year) * 12 + to.month - from.month;
    let is_short = (to.day, end_time) < (day, start_time);
    months - i64::from(is_short)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::temporal::{Precision, parse_timestamp};

    fn at(text: &str) -> i64 {
        parse_timestamp(text, Precision::Exact).unwrap()
    }

    #[test]
    fn ages_as_in_postgresql() {
        let cases = [
            ("2020-03-01", "2019-01-31", (13, 1, 0)),
            ("2001-04-10", "1957-06-13", (43 * 12 + 9, 27, 0)),
            ("2019-01-31", "2020-03-01", (-13, -1, 0)),
            ("2020-03-30 12:00", "2020-02-29 13:00", (1, 0, 23 * 3_600_000_000_000)),
            ("2020-03-31", "2020-02-29", (1, 2, 0)),
        ];
        for (later, earlier, (months, days, nanos)) in cases {
            assert_eq!(age(at(later), at(earlier)), Some(Interval::new(months, days, nanos)));
        }
    }

    #[test]
    fn whole_units_and_boundaries() {
        let months = |start, end| whole_units(Unit::Month, at(start), at(end));
        assert_eq!(months("2020-01-31", "2020-02-29"), 1);
        assert_eq!(months("2020-01-31", "2020-03-30"), 1);
        assert_eq!(months("2020-03-30", "2020-01-31"), -1);
        assert_eq!(months("2020-01-31 12:00", "2020-02-29 11:00"), 0);
        assert_eq!(boundaries(Unit::Hour, at("1969-12-31 23:30"), at("1970-01-01 00:30")), 1);
        assert_eq!(boundaries(Unit::Week, at("2020-01-08"), at("2020-01-02")), 0);
    }
}
