//! Intervals of every unit as text: `1 months 2 days 3 nanoseconds`.

use arrow::datatypes::{IntervalDayTime, IntervalMonthDayNano};

/// Nanoseconds of a millisecond.
const MILLI: i64 = 1_000_000;

/// Months, days and nanoseconds.
pub(super) fn encode_month_day_nano(value: IntervalMonthDayNano) -> String {
    format!("{} months {} days {} nanoseconds", value.months, value.days, value.nanoseconds)
}

/// Days and milliseconds.
pub(super) fn encode_day_time(value: IntervalDayTime) -> String {
    let nanos = i64::from(value.milliseconds) * MILLI;
    encode_month_day_nano(IntervalMonthDayNano::new(0, value.days, nanos))
}

/// Months.
pub(super) fn encode_year_month(months: i32) -> String {
    encode_month_day_nano(IntervalMonthDayNano::new(months, 0, 0))
}

pub(super) fn decode_month_day_nano(text: &str) -> Option<IntervalMonthDayNano> {
    let words: Vec<&str> = text.split(' ').collect();
    let [months, "months", days, "days", nanos, "nanoseconds"] = words.as_slice() else { return None };
    Some(IntervalMonthDayNano::new(months.parse().ok()?, days.parse().ok()?, nanos.parse().ok()?))
}

pub(super) fn decode_day_time(text: &str) -> Option<IntervalDayTime> {
    let value =
        decode_month_day_nano(text).filter(|value| value.months == 0 && value.nanoseconds % MILLI == 0)?;
    Some(IntervalDayTime::new(value.days, i32::try_from(value.nanoseconds / MILLI).ok()?))
}

pub(super) fn decode_year_month(text: &str) -> Option<i32> {
    let value = decode_month_day_nano(text)?;
    (value.days == 0 && value.nanoseconds == 0).then_some(value.months)
}
