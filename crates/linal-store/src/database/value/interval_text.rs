//! Intervals as text: `1 months 2 days 3 nanoseconds`.

use arrow::datatypes::{IntervalDayTime, IntervalMonthDayNano};

/// Months, days and nanoseconds.
pub(super) fn encode_month_day_nano(value: IntervalMonthDayNano) -> String {
    format!("{} months {} days {} nanoseconds", value.months, value.days, value.nanoseconds)
}

/// Days and milliseconds.
pub(super) fn encode_day_time(value: IntervalDayTime) -> String {
    format!("{} days {} milliseconds", value.days, value.milliseconds)
}

/// Months.
pub(super) fn encode_year_month(months: i32) -> String {
    format!("{months} months")
}

/// The number before each of the units, of which there are no others.
fn parts<const N: usize>(text: &str, units: [&str; N]) -> Option<[i64; N]> {
    let mut words = text.split(' ');
    let mut numbers = [0; N];
    for (number, unit) in numbers.iter_mut().zip(units) {
        *number = words.next()?.parse().ok()?;
        words.next().filter(|word| *word == unit)?;
    }
    words.next().is_none().then_some(numbers)
}

pub(super) fn decode_month_day_nano(text: &str) -> Option<IntervalMonthDayNano> {
    let [months, days, nanos] = parts(text, ["months", "days", "nanoseconds"])?;
    Some(IntervalMonthDayNano::new(months.try_into().ok()?, days.try_into().ok()?, nanos))
}

pub(super) fn decode_day_time(text: &str) -> Option<IntervalDayTime> {
    let [days, millis] = parts(text, ["days", "milliseconds"])?;
    Some(IntervalDayTime::new(days.try_into().ok()?, millis.try_into().ok()?))
}

pub(super) fn decode_year_month(text: &str) -> Option<i32> {
    let [months] = parts(text, ["months"])?;
    months.try_into().ok()
}
