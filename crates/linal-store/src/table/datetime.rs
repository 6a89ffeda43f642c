//! Parses dates and timestamps of ISO 8601, more strictly than the casts of `temporal` do: a column of a file is made
//! of dates only if there is no doubt, so that `2020/2/9` stays text.

use crate::temporal::{DAY, MINUTE, SECOND, days_of};

/// Days since 1970-01-01 of `2020-02-29`.
pub(in crate::table) fn date(cell: &[u8]) -> Option<i32> {
    let [y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2] = *cell else { return None };
    let (year, month, day) = (number(&[y1, y2, y3, y4])?, number(&[m1, m2])?, number(&[d1, d2])?);
    i32::try_from(days_of(year, month, day)?).ok()
}

/// Microseconds since 1970-01-01 of `2020-02-29 12:30` or `2020-02-29T12:30:15.25`, with an optional `Z`. A
/// date alone is its midnight. A seventh digit of a second would be lost, so such a text is no timestamp.
pub(in crate::table) fn timestamp(cell: &[u8]) -> Option<i64> {
    let (day, time) = cell.split_at_checked(10)?;
    let midnight = i64::from(date(day)?) * DAY;
    match time {
        [] => Some(midnight),
        [b'T' | b't' | b' ', clock @ ..] => {
            Some(midnight + time_of_day(clock.strip_suffix(b"Z").unwrap_or(clock))?)
        }
        _ => None,
    }
}

/// Microseconds since midnight.
fn time_of_day(clock: &[u8]) -> Option<i64> {
    let (minutes, seconds) = match clock.split_at_checked(5)? {
        (minutes, []) => (minutes, None),
        (minutes, [b':', seconds @ ..]) => (minutes, Some(seconds)),
        _ => return None,
    };
    let [h1, h2, b':', m1, m2] = *minutes else { return None };
    let (hour, minute) = (number(&[h1, h2])?, number(&[m1, m2])?);
    let micros = seconds.map_or(Some(0), micros)?;
    (hour < 24 && minute < 60).then_some((hour * 60 + minute) * MINUTE + micros)
}

/// Microseconds of `15` or `15.25`.
fn micros(seconds: &[u8]) -> Option<i64> {
    let (whole, fraction) = match seconds.split_at_checked(2)? {
        (whole, []) => (whole, &b"0"[..]),
        (whole, [b'.', fraction @ ..]) if (1..=6).contains(&fraction.len()) => (whole, fraction),
        _ => return None,
    };
    let whole = number(whole)?;
    let scale = 10i64.pow(6 - u32::try_from(fraction.len()).ok()?);
    (whole < 60).then_some(whole * SECOND + number(fraction)? * scale)
}

fn number(digits: &[u8]) -> Option<i64> {
    digits.iter().try_fold(0, |n, digit| digit.is_ascii_digit().then(|| n * 10 + i64::from(digit - b'0')))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates() {
        assert_eq!(date(b"1970-01-01"), Some(0));
        assert_eq!(date(b"2020-02-29"), Some(18321));
        assert_eq!(date(b"1969-12-31"), Some(-1));
        assert_eq!(date(b"0000-03-01"), Some(-719_468));
        for wrong in ["2021-02-29", "2020-13-01", "2020-00-10", "2020-1-01", "2020/01/01", "20200101", ""] {
            assert_eq!(date(wrong.as_bytes()), None);
        }
    }

    #[test]
    fn timestamps() {
        let day = 18321 * 86_400_000_000;
        assert_eq!(timestamp(b"2020-02-29"), Some(day));
        assert_eq!(timestamp(b"2020-02-29 12:30"), Some(day + 45_000_000_000));
        assert_eq!(timestamp(b"2020-02-29T12:30:15.25Z"), Some(day + 45_015_250_000));
        for wrong in [
            "2020-02-29T",
            "2020-02-29 24:00",
            "2020-02-29 12:30:15.1234567",
            "2020-02-29 12:30:60",
            "2020-02-29x",
        ] {
            assert_eq!(timestamp(wrong.as_bytes()), None);
        }
    }
}
