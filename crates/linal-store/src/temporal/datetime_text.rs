//! Parses dates, times and timestamps.

use super::calendar::days_of;
use super::zone::Zone;
use super::{DAY, HOUR, MINUTE, SECOND};

/// The treatment of digits beyond microseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Precision {
    /// They are rounded, as in an explicit cast.
    Rounded,
    /// They are an error unless they are zeros, since storing a value must be lossless.
    Exact,
}

/// Days since 1970-01-01 of `2020-02-29`, `2020-2-9`, `20200229` or `2020/02/29`. A time of day after it is
/// dropped, except that [`Precision::Exact`] rejects one that is not midnight.
pub fn parse_date(text: &str, precision: Precision) -> Option<i32> {
    let text = text.trim();
    let (days, rest) = date_prefix(text)?;
    let is_time = || precision == Precision::Rounded && timestamp_parts(text, precision).is_some();
    (rest.is_empty() || is_time()).then(|| i32::try_from(days).ok())?
}

/// Microseconds since midnight of `12:30`, `12:30:15` or `12:30:15.25`.
pub fn parse_time(text: &str, precision: Precision) -> Option<i64> {
    let (micros, rest) = clock(text.trim(), precision)?;
    (rest.is_empty() && micros < DAY).then_some(micros)
}

/// Microseconds since 1970-01-01 of a timestamp without a time zone. An offset in the text converts it to
/// UTC.
pub fn parse_timestamp(text: &str, precision: Precision) -> Option<i64> {
    let (local, zone) = timestamp_parts(text, precision)?;
    match zone {
        Some(zone) => zone.to_utc(local),
        None => Some(local),
    }
}

/// Microseconds since 1970-01-01 UTC of a timestamp in the time zone that it names, or in `default`.
pub fn parse_zoned(text: &str, default: &Zone, precision: Precision) -> Option<i64> {
    let (local, zone) = timestamp_parts(text, precision)?;
    zone.as_ref().unwrap_or(default).to_utc(local)
}

fn timestamp_parts(text: &str, precision: Precision) -> Option<(i64, Option<Zone>)> {
    let text = text.trim();
    let (days, rest) = date_prefix(text)?;
    let midnight = days.checked_mul(DAY)?;
    if rest.is_empty() {
        return Some((midnight, None));
    }
    let time = rest.strip_prefix(['T', 't']).or_else(|| rest.starts_with(' ').then(|| rest.trim_start()))?;
    let (micros, rest) = clock(time, precision)?;
    let local = midnight.checked_add(micros)?;
    match rest.trim_start() {
        "" => Some((local, None)),
        zone => Zone::parse(zone).map(|zone| (local, Some(zone))),
    }
}

/// The days of the leading date, and the rest of the text.
fn date_prefix(text: &str) -> Option<(i64, &str)> {
    let (negative, unsigned) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let (year, rest) = digits(unsigned);
    let number = |text: &str| text.parse::<i64>().ok();
    if year.len() == 8 && (rest.is_empty() || rest.starts_with(['T', ' '])) {
        let days = days_of(number(&year[..4])?, number(&year[4..6])?, number(&year[6..])?)?;
        return Some((days, rest));
    }
    let separator = rest.chars().next().filter(|c| matches!(c, '-' | '/'))?;
    let (month, rest) = digits(&rest[1..]);
    let (day, rest) = digits(rest.strip_prefix(separator)?);
    let is_written = (4..=7).contains(&year.len()) && month.len() <= 2 && day.len() <= 2;
    let year = number(year)?;
    let days = days_of(if negative { -year } else { year }, number(month)?, number(day)?)?;
    is_written.then_some((days, rest))
}

fn digits(text: &str) -> (&str, &str) {
    text.split_at(text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len()))
}

/// The microseconds of the leading time of day, and the rest of the text.
fn clock(text: &str, precision: Precision) -> Option<(i64, &str)> {
    let (hour, rest) = two_digits(text)?;
    let (minute, rest) = two_digits(rest.strip_prefix(':')?)?;
    let (second, rest) = match rest.strip_prefix(':') {
        Some(rest) => two_digits(rest)?,
        None => (0, rest),
    };
    let (fraction, rest) = match rest.strip_prefix('.') {
        Some(rest) => {
            let (digits, rest) = digits(rest);
            (micros(digits, precision)?, rest)
        }
        None => (0, rest),
    };
    let in_range = hour < 24 && minute < 60 && second < 60;
    in_range.then(|| (hour * HOUR + minute * MINUTE + second * SECOND + fraction, rest))
}

fn two_digits(text: &str) -> Option<(i64, &str)> {
    let (digits, rest) = digits(text);
    (digits.len() <= 2).then(|| Some((digits.parse().ok()?, rest)))?
}

/// The microseconds of the fractional digits of a second.
fn micros(digits: &str, precision: Precision) -> Option<i64> {
    let (kept, lost) = digits.split_at(digits.len().min(6));
    let micros: i64 = format!("{kept:0<6}").parse().ok()?;
    match precision {
        Precision::Exact => lost.bytes().all(|digit| digit == b'0').then_some(micros),
        Precision::Rounded => {
            Some(micros + i64::from(lost.as_bytes().first().is_some_and(|digit| *digit >= b'5')))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rounded(text: &str) -> Option<i64> {
        parse_timestamp(text, Precision::Rounded)
    }

    #[test]
    fn timestamps() {
        let day = 18_321 * DAY;
        assert_eq!(rounded("2020-02-29"), Some(day));
        assert_eq!(rounded(" 2020-2-29 12:30 "), Some(day + 12 * HOUR + 30 * MINUTE));
        assert_eq!(rounded("2020-02-29T12:30:15.25Z"), Some(day + 45_015_250_000));
        assert_eq!(rounded("2020-02-29 12:00:00+02"), Some(day + 10 * HOUR));
        assert_eq!(rounded("2020-02-29 12:00:00 -05:30"), Some(day + 17 * HOUR + 30 * MINUTE));
        assert_eq!(rounded("20200229T120000"), None);
        assert_eq!(rounded("9999-12-31 23:59:59.999999"), Some(253_402_300_799_999_999));
        for wrong in
            ["2021-02-29", "2020-02-29 24:00", "2020-02-29 12", "2020-02-29 12:30:60", "2020-02-29x", "x"]
        {
            assert_eq!(rounded(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn digits_behind_the_microsecond_are_rounded_or_refused() {
        let text = "1970-01-01 00:00:12.9999999";
        assert_eq!(rounded(text), Some(13 * SECOND));
        assert_eq!(parse_timestamp(text, Precision::Exact), None);
        assert_eq!(parse_timestamp("1970-01-01 00:00:12.5000000", Precision::Exact), Some(12_500_000));
    }

    #[test]
    fn times() {
        assert_eq!(parse_time("12:30", Precision::Rounded), Some(12 * HOUR + 30 * MINUTE));
        assert_eq!(parse_time("23:59:60", Precision::Rounded), None);
        assert_eq!(parse_time("11", Precision::Rounded), None);
        assert_eq!(parse_time("23:59:59.9999999", Precision::Rounded), None);
    }

    #[test]
    fn dates() {
        assert_eq!(parse_date("1970-01-02", Precision::Exact), Some(1));
        assert_eq!(parse_date("19700102", Precision::Exact), Some(1));
        assert_eq!(parse_date("1970-01-02 10:00", Precision::Rounded), Some(1));
        assert_eq!(parse_date("1970-01-02 10:00", Precision::Exact), None);
        assert_eq!(parse_date("1970-01-02 x", Precision::Rounded), None);
    }
}
