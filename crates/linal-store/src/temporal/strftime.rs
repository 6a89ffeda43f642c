//! TO_CHAR with `strftime` formats, such as `%Y-%m-%d`.

use std::fmt::Write;

use chrono::format::{Item, StrftimeItems};
use chrono::{DateTime, FixedOffset, NaiveDate, NaiveDateTime, NaiveTime};

/// Formats a local timestamp in microseconds since 1970-01-01, in a zone that is `offset` microseconds ahead
/// of UTC, if it has one; `None` when the format is unknown, or needs a field that the timestamp lacks.
pub fn format_strftime(local: i64, offset: Option<i64>, format: &str) -> Option<String> {
    let items: Vec<Item<'_>> = StrftimeItems::new(format).collect();
    if items.contains(&Item::Error) {
        return None;
    }
    let naive = DateTime::from_timestamp_micros(local)?.naive_utc();
    let mut text = String::new();
    let written = match offset {
        None => write!(text, "{}", naive.format_with_items(items.iter())),
        Some(micros) => {
            let seconds = i32::try_from(micros / super::SECOND).ok()?;
            let offset = FixedOffset::east_opt(seconds)?;
            let zoned = naive.and_local_timezone(offset).single()?;
            write!(text, "{}", zoned.format_with_items(items.iter()))
        }
    };
    written.is_ok().then_some(text)
}

/// Parses a text with a `strftime` format to microseconds since 1970-01-01. A format without a time of day
/// means midnight; an offset in the text converts it to UTC.
pub fn parse_strftime(text: &str, format: &str) -> Option<i64> {
    if let Ok(zoned) = DateTime::parse_from_str(text, format) {
        return Some(zoned.timestamp_micros());
    }
    if let Ok(naive) = NaiveDateTime::parse_from_str(text, format) {
        return Some(naive.and_utc().timestamp_micros());
    }
    let date = NaiveDate::parse_from_str(text, format).ok()?;
    Some(date.and_time(NaiveTime::MIN).and_utc().timestamp_micros())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms() {
        assert_eq!(format_strftime(0, None, "%Y-%m-%d %H:%M").as_deref(), Some("1970-01-01 00:00"));
        assert_eq!(format_strftime(0, Some(7_200_000_000), "%H %z").as_deref(), Some("00 +0200"));
        assert_eq!(parse_strftime("01/02/1970", "%d/%m/%Y"), Some(31 * 86_400_000_000));
        assert_eq!(parse_strftime("x", "%d"), None);
        assert_eq!(format_strftime(0, None, "%Q"), None);
        assert_eq!(format_strftime(0, None, "%z"), None);
    }
}
