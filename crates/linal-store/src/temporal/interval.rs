//! Interval arithmetic. `None` is a result out of range.

use arrow::datatypes::IntervalMonthDayNano as Interval;

use super::calendar::{Civil, in_calendar};
use super::{DAY, SECOND};

const DAY_NANOS: i64 = DAY * 1000;
const MONTH_DAYS: f64 = 30.0;

/// `a + b`, field by field.
pub fn add(a: Interval, b: Interval) -> Option<Interval> {
    Some(Interval::new(
        a.months.checked_add(b.months)?,
        a.days.checked_add(b.days)?,
        a.nanoseconds.checked_add(b.nanoseconds)?,
    ))
}

/// `a - b`, field by field.
pub fn subtract(a: Interval, b: Interval) -> Option<Interval> {
    Some(Interval::new(
        a.months.checked_sub(b.months)?,
        a.days.checked_sub(b.days)?,
        a.nanoseconds.checked_sub(b.nanoseconds)?,
    ))
}

/// `-a`.
pub fn negate(a: Interval) -> Option<Interval> {
    subtract(Interval::ZERO, a)
}

/// `a * factor`. A fraction of a month becomes days (30 per month), a fraction of a day becomes time.
pub fn multiply(a: Interval, factor: f64) -> Option<Interval> {
    let whole = factor as i64;
    if whole as f64 == factor {
        return multiply_exactly(a, whole);
    }
    scale(a, |part| part * factor)
}

fn multiply_exactly(a: Interval, factor: i64) -> Option<Interval> {
    let part = |value: i32| i64::from(value).checked_mul(factor).and_then(|x| i32::try_from(x).ok());
    Some(Interval::new(part(a.months)?, part(a.days)?, a.nanoseconds.checked_mul(factor)?))
}

/// `a / divisor`; `None` for zero.
pub fn divide(a: Interval, divisor: f64) -> Option<Interval> {
    if divisor == 0.0 { None } else { scale(a, |part| part / divisor) }
}

/// As PostgreSQL's `interval_mul` and `interval_div`: fractions of months go into days, and fractions of
/// those into the time, which is rounded to microseconds.
fn scale(a: Interval, by: impl Fn(f64) -> f64) -> Option<Interval> {
    let months = by(f64::from(a.months));
    let days = by(f64::from(a.days));
    let (whole_months, whole_days) = (integer(months)?, integer(days)?);
    let month_days = micro_rounded((months - f64::from(whole_months)) * MONTH_DAYS);
    let mut seconds = micro_rounded((days - f64::from(whole_days) + month_days.fract()) * 86_400.0);
    let mut carried = 0;
    if seconds.abs() >= 86_400.0 {
        carried = integer(seconds / 86_400.0)?;
        seconds -= f64::from(carried) * 86_400.0;
    }
    let days = whole_days.checked_add(carried)?.checked_add(integer(month_days)?)?;
    let micros = (by(a.nanoseconds as f64 / 1000.0) + seconds * SECOND as f64).round_ties_even();
    let is_in_range = micros.abs() < i64::MAX as f64 / 1000.0;
    is_in_range.then(|| Interval::new(whole_months, days, micros as i64 * 1000))
}

/// The integer part, when it fits 32 bits.
fn integer(x: f64) -> Option<i32> {
    (x.is_finite() && x.trunc() >= f64::from(i32::MIN) && x.trunc() <= f64::from(i32::MAX))
        .then_some(x as i32)
}

/// Rounds to six digits, so that 0.1 * 30 is 3.
fn micro_rounded(x: f64) -> f64 {
    (x * 1e6).round_ties_even() / 1e6
}

/// The comparison key: nanoseconds, with days of 24 hours and months of 30 days.
pub fn compare_key(a: Interval) -> i128 {
    let days = i128::from(a.months) * 30 + i128::from(a.days);
    days * i128::from(DAY_NANOS) + i128::from(a.nanoseconds)
}

/// The canonical one of two equal intervals: the one with more months, then with more days. It is independent
/// of the order of the rows.
pub fn representative(a: Interval, b: Interval) -> Interval {
    let size = |x: Interval| (x.months.unsigned_abs(), x.days.unsigned_abs(), x);
    if size(b) > size(a) { b } else { a }
}

/// The difference of two timestamps as days and a time of day.
pub fn difference(later: i64, earlier: i64) -> Option<Interval> {
    let micros = later.checked_sub(earlier)?;
    let days = i32::try_from(micros / DAY).ok()?;
    Some(Interval::new(0, days, (micros % DAY) * 1000))
}

/// Nanoseconds as an interval of days and a time of day; `None` when there are too many days.
pub fn from_nanoseconds(nanos: i128) -> Option<Interval> {
    let day = i128::from(DAY_NANOS);
    Some(Interval::new(0, i32::try_from(nanos / day).ok()?, i64::try_from(nanos % day).ok()?))
}

/// Adds an interval to a timestamp: months, then days, then the time, which is rounded to microseconds.
pub fn add_to_timestamp(micros: i64, interval: Interval) -> Option<i64> {
    let mut days = micros.div_euclid(DAY);
    let of_day = micros.rem_euclid(DAY);
    if interval.months != 0 {
        days = Civil::of_days(days).plus_months(i64::from(interval.months)).days();
    }
    days = days.checked_add(i64::from(interval.days))?;
    let time = rounded_micros(interval.nanoseconds);
    let shifted = days.checked_mul(DAY)?.checked_add(of_day)?.checked_add(time)?;
    in_calendar(shifted.div_euclid(DAY)).then_some(shifted)
}

fn rounded_micros(nanos: i64) -> i64 {
    let (micros, rest) = (nanos.div_euclid(1000), nanos.rem_euclid(1000));
    micros + i64::from(rest >= 500)
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn interval(months: i32, days: i32, nanoseconds: i64) -> Interval {
        Interval { months, days, nanoseconds }
    }
    const HOUR: i64 = 3_600_000_000_000;

    #[test]
    fn fractions_cascade_as_in_postgresql() {
        assert_eq!(multiply(interval(1, 0, 0), 0.5), Some(interval(0, 15, 0)));
        assert_eq!(multiply(interval(1, 1, 0), 1.5), Some(interval(1, 16, 12 * HOUR)));
        assert_eq!(multiply(interval(1, 0, 0), 0.1), Some(interval(0, 3, 0)));
        assert_eq!(divide(interval(1, 0, 0), 4.0), Some(interval(0, 7, 12 * HOUR)));
        assert_eq!(divide(interval(0, 1, 0), 0.0), None);
        assert_eq!(multiply(interval(0, 1, 0), f64::NAN), None);
        assert_eq!(multiply(interval(i32::MAX, 0, 0), 2.0), None);
        assert_eq!(multiply(interval(0, 0, 1), 3.0), Some(interval(0, 0, 3)));
    }

    #[test]
    fn a_month_has_30_days_and_a_day_24_hours() {
        assert_eq!(compare_key(interval(1, 0, 0)), compare_key(interval(0, 30, 0)));
        assert_eq!(compare_key(interval(0, 1, 0)), compare_key(interval(0, 0, 24 * HOUR)));
        assert!(compare_key(interval(0, 0, 48 * HOUR)) > compare_key(interval(0, 1, 0)));
    }

    #[test]
    fn months_are_added_before_days() {
        let at = |year, month, day| Civil { year, month, day }.days() * DAY;
        assert_eq!(add_to_timestamp(at(2024, 1, 31), interval(1, 1, 0)), Some(at(2024, 3, 1)));
        assert_eq!(add_to_timestamp(at(2024, 3, 31), interval(-1, 0, 0)), Some(at(2024, 2, 29)));
        assert_eq!(add_to_timestamp(i64::MAX - 1, interval(0, 1, 0)), None);
        assert_eq!(add_to_timestamp(0, interval(0, 0, 500)), Some(1));
    }
}
