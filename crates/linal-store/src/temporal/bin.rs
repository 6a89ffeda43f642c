//! DATE_BIN.

use arrow::datatypes::IntervalMonthDayNano as Interval;

use super::DAY;
use super::calendar::Civil;

/// The start of the bin that contains a timestamp: bins are `stride` wide and one starts at `origin`. `None`
/// for a stride that is not positive or that mixes months with shorter units.
pub fn date_bin(stride: Interval, source: i64, origin: i64) -> Option<i64> {
    if stride.months != 0 {
        let is_months = stride.months > 0 && stride.days == 0 && stride.nanoseconds == 0;
        return if is_months { month_bin(i64::from(stride.months), source, origin) } else { None };
    }
    let nanos = i128::from(stride.days) * i128::from(DAY) * 1000 + i128::from(stride.nanoseconds);
    if nanos <= 0 {
        return None;
    }
    let since = (i128::from(source) - i128::from(origin)) * 1000;
    let start = i128::from(origin) * 1000 + since.div_euclid(nanos) * nanos;
    i64::try_from(start.div_euclid(1000)).ok()
}

/// Bins of whole months, which keep day and time of the origin.
fn month_bin(stride: i64, source: i64, origin: i64) -> Option<i64> {
    let day = |micros: i64| Civil::of_days(micros.div_euclid(DAY));
    let months = |civil: Civil| civil.year * 12 + civil.month - 1;
    let first = day(origin);
    let begin = |bin: i64| {
        first.plus_months(bin * stride).days().checked_mul(DAY)?.checked_add(origin.rem_euclid(DAY))
    };
    let bin = (months(day(source)) - months(first)).div_euclid(stride);
    let start = begin(bin)?;
    if start > source { begin(bin - 1) } else { Some(start) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bins_reach_far() {
        let far = 253_402_214_400_000_000;
        assert_eq!(date_bin(Interval::new(0, 1, 0), far + 5, 0), Some(far));
        assert_eq!(date_bin(Interval::new(0, 0, 900_000_000_000), -1, 0), Some(-900_000_000));
        assert_eq!(date_bin(Interval::new(0, 0, 0), 1, 0), None);
        assert_eq!(date_bin(Interval::new(1, 1, 0), 1, 0), None);
        assert_eq!(date_bin(Interval::new(3, 0, 0), 100 * DAY, 0), Some(90 * DAY));
        assert_eq!(date_bin(Interval::new(1, 0, 0), 40 * DAY, 20 * DAY), Some(20 * DAY));
    }
}
