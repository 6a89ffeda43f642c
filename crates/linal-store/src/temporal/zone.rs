//! Time zones.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::str::FromStr;

use arrow::array::timezone::Tz;
use chrono::{DateTime, LocalResult, Offset, TimeZone};

use super::{HOUR, MINUTE, SECOND};

/// A time zone: an IANA name in any case, or an offset. Zones are equal when their names are.
#[derive(Clone, Debug)]
pub struct Zone {
    name: String,
    rules: Rules,
}

#[derive(Clone, Copy, Debug)]
enum Rules {
    /// A constant offset from UTC in microseconds.
    Fixed(i64),
    Named(Tz),
}

impl PartialEq for Zone {
    fn eq(&self, other: &Zone) -> bool {
        self.name == other.name
    }
}

impl Eq for Zone {}

impl fmt::Display for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if *self == Zone::utc() { f.write_str("UTC") } else { f.write_str(&self.name) }
    }
}

impl Hash for Zone {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.name.hash(state);
    }
}

impl Zone {
    /// Parses a zone: `Europe/Berlin`, `UTC`, `Z`, `+02`, `+02:00`, `-0530`.
    pub fn parse(text: &str) -> Option<Zone> {
        match text.trim() {
            utc if ["z", "utc", "gmt", "zulu"].iter().any(|word| utc.eq_ignore_ascii_case(word)) => {
                Some(Zone::utc())
            }
            offset if offset.starts_with(['+', '-']) => {
                let (name, offset) = offset_of(offset)?;
                Some(Zone { name, rules: Rules::Fixed(offset) })
            }
            name => {
                let name = known_name(name)?;
                let rules = Rules::Named(Tz::from_str(&name).ok()?);
                Some(Zone { name, rules })
            }
        }
    }

    /// Coordinated universal time.
    pub fn utc() -> Zone {
        Zone { name: "+00:00".to_string(), rules: Rules::Fixed(0) }
    }

    /// The name, in Arrow's notation.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Converts an instant to local time; both are microseconds since 1970-01-01. `None` beyond the calendar
    /// of the time zone database.
    pub fn to_local(&self, utc: i64) -> Option<i64> {
        utc.checked_add(self.offset_at(utc)?)
    }

    /// The offset from UTC at an instant, in microseconds.
    pub fn offset_at(&self, utc: i64) -> Option<i64> {
        match &self.rules {
            Rules::Fixed(offset) => Some(*offset),
            Rules::Named(zone) => {
                let instant = DateTime::from_timestamp_micros(utc)?.naive_utc();
                Some(seconds(zone.offset_from_utc_datetime(&instant).fix().local_minus_utc()))
            }
        }
    }

    /// Converts local time to an instant. A time in a gap of summer time has the offset before the gap, and
    /// of an ambiguous time the later instant is taken, as in PostgreSQL.
    pub fn to_utc(&self, local: i64) -> Option<i64> {
        let offset = match &self.rules {
            Rules::Fixed(offset) => *offset,
            Rules::Named(zone) => self.local_offset(zone, local)?,
        };
        local.checked_sub(offset)
    }

    fn local_offset(&self, zone: &Tz, local: i64) -> Option<i64> {
        let naive = DateTime::from_timestamp_micros(local)?.naive_utc();
        match zone.offset_from_local_datetime(&naive) {
            LocalResult::Single(offset) => Some(seconds(offset.fix().local_minus_utc())),
            // The later instant has the smaller offset.
            LocalResult::Ambiguous(a, b) => {
                Some(seconds(a.fix().local_minus_utc().min(b.fix().local_minus_utc())))
            }
            LocalResult::None => self.offset_at(local.checked_sub(24 * HOUR)?),
        }
    }
}

fn seconds(seconds: i32) -> i64 {
    i64::from(seconds) * SECOND
}

/// Parses `+2`, `+02`, `+0230` and `+02:30` to `+02:30` and microseconds.
fn offset_of(text: &str) -> Option<(String, i64)> {
    let (sign, rest) = text.split_at(1);
    let (hours, minutes) = match rest.split_once(':') {
        Some(parts) => parts,
        None if rest.len() == 4 && rest.is_ascii() => rest.split_at(2),
        None => (rest, "0"),
    };
    let is_number =
        |text: &str| (1..=2).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    if !is_number(hours) || !is_number(minutes) {
        return None;
    }
    let (hours, minutes): (i64, i64) = (hours.parse().ok()?, minutes.parse().ok()?);
    let ahead = hours * HOUR + minutes * MINUTE;
    let offset = if sign == "-" { -ahead } else { ahead };
    (hours < 16 && minutes < 60).then(|| (format!("{sign}{hours:02}:{minutes:02}"), offset))
}

/// The name in the case of the database: capitals follow `/`, `_` and `-`, or the name is an acronym.
fn known_name(name: &str) -> Option<String> {
    if Tz::from_str(name).is_ok() {
        return Some(name.to_string());
    }
    let mut start = true;
    let capitals: String = name
        .chars()
        .map(|c| {
            let cased = if start { c.to_ascii_uppercase() } else { c.to_ascii_lowercase() };
            start = !c.is_ascii_alphabetic();
            cased
        })
        .collect();
    let cases = [capitals, name.to_ascii_uppercase()];
    cases.into_iter().find(|name| Tz::from_str(name).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::temporal::{Precision, parse_timestamp};

    fn at(text: &str) -> i64 {
        parse_timestamp(text, Precision::Exact).expect(text)
    }

    #[test]
    fn offsets() {
        for text in ["+02", "+2", "+0200", "+02:00"] {
            assert_eq!(
                Zone::parse(text).and_then(|zone| zone.to_utc(at("2024-01-01 02:00"))),
                Some(at("2024-01-01"))
            );
        }
        for text in ["+99", "Mars/Phobos", "", "+", "+1:2:3"] {
            assert!(Zone::parse(text).is_none(), "{text}");
        }
    }

    #[test]
    fn gaps_and_overlaps_of_summer_time() {
        let Some(denver) = Zone::parse("america/denver") else { return };
        assert_eq!(denver.name(), "America/Denver");
        assert_eq!(denver.to_utc(at("2024-03-10 02:30")), Some(at("2024-03-10 09:30")));
        assert_eq!(denver.to_utc(at("2024-11-03 01:30")), Some(at("2024-11-03 08:30")));
        assert_eq!(denver.to_local(at("2024-07-01 12:00")), Some(at("2024-07-01 06:00")));
    }
}
