//! The moments of schedules: each multiple of a time, or those of a cron expression in a time zone.
//!
//! Moments are microseconds since 1970. A cron expression is matched against local time. A local time that summer
//! time leaves out fires at the first moment after the gap; one that exists twice fires the first time.

mod civil;
mod local;

use std::fmt;

use croner::Cron;
use croner::parser::{CronParser, Year};
use linal_store::temporal::Zone;

use self::civil::Civil;
use crate::duration::{micros, parse_duration};
use crate::error::Result;
use crate::model::wrong;

/// Microseconds of a second.
const SECOND: i64 = 1_000_000;

/// Most local times that are looked at for one moment: those of the hours that exist twice, second by second.
const LOOKED_AT: usize = 4 * 3600;

/// The moments of a schedule.
#[derive(Clone, Debug)]
pub struct Timing(Kind);

#[derive(Clone, Debug)]
enum Kind {
    Every { text: String, us: i64 },
    Cron { text: String, cron: Box<Cron>, zone: Zone, zone_name: String },
}

impl Timing {
    /// The multiples of a time, such as `5m`, counted from 1970-01-01 00:00 UTC.
    ///
    /// # Errors
    /// `E0211 bad_argument` for what is no time, and for less than a second.
    pub fn every(text: &str) -> Result<Timing> {
        let time = parse_duration(text).ok_or_else(|| {
            wrong(format!("`{text}` is no time")).with_help("write '30s', '5m', '2h' or '1d'")
        })?;
        let us = micros(time);
        if us < SECOND {
            return Err(wrong(format!("`{text}` is shorter than a second")));
        }
        Ok(Timing(Kind::Every { text: text.trim().to_owned(), us }))
    }

    /// The moments of a cron expression of 5 fields, or of 6 with the seconds first, in a time zone (UTC without one).
    ///
    /// # Errors
    /// `E0211 bad_argument` for an expression or a zone that is not known, and for one that has no moment.
    pub fn cron(text: &str, zone: Option<&str>) -> Result<Timing> {
        let text = text.trim();
        let fields = text.split_whitespace().count();
        if !(text.starts_with('@') && fields == 1 || fields == 5 || fields == 6) {
            let message =
                format!("`{text}` has {fields} fields, and a cron expression has 5, or 6 with seconds");
            return Err(wrong(message).with_help("`0 3 * * *` is each day at 03:00"));
        }
        let parser = CronParser::builder().year(Year::Disallowed).build();
        let cron = parser.parse(text).map_err(|error| {
            wrong(format!("`{text}` is no cron expression: {error}"))
                .with_help("`0 3 * * *` is each day at 03:00")
        })?;
        let zone_name = zone.unwrap_or("UTC").trim().to_owned();
        let zone = Zone::parse(&zone_name).ok_or_else(|| {
            wrong(format!("there is no time zone `{zone_name}`"))
                .with_help("zones have IANA names, such as Europe/Berlin")
        })?;
        let timing = Timing(Kind::Cron { text: text.to_owned(), cron: Box::new(cron), zone, zone_name });
        // 2020 began a cycle of leap years, and what has no moment after it has none at all.
        match timing.next_after(1_577_836_800 * SECOND) {
            Some(_) => Ok(timing),
            None => Err(wrong(format!("`{text}` never comes"))),
        }
    }

    /// The time between two moments as it was written; `None` for a cron expression.
    pub fn every_text(&self) -> Option<&str> {
        match &self.0 {
            Kind::Every { text, .. } => Some(text),
            Kind::Cron { .. } => None,
        }
    }

    /// The cron expression and its zone as they were written.
    pub fn cron_text(&self) -> Option<(&str, &str)> {
        match &self.0 {
            Kind::Every { .. } => None,
            Kind::Cron { text, zone_name, .. } => Some((text, zone_name)),
        }
    }

    /// The first moment after a time.
    pub fn next_after(&self, time_us: i64) -> Option<i64> {
        match &self.0 {
            Kind::Every { us, .. } => time_us.div_euclid(*us).checked_add(1)?.checked_mul(*us),
            Kind::Cron { cron, zone, .. } => next_of_cron(cron, zone, time_us),
        }
    }

    /// The last moment that is not after a time.
    pub fn last_until(&self, time_us: i64) -> Option<i64> {
        match &self.0 {
            Kind::Every { us, .. } => time_us.div_euclid(*us).checked_mul(*us),
            Kind::Cron { cron, zone, .. } => last_of_cron(cron, zone, time_us),
        }
    }
}

/// Local times ascend, and so do their moments, with one exception: in the second of two equal hours the local times
/// of the first come again, whose moments have passed.
fn next_of_cron(cron: &Cron, zone: &Zone, time_us: i64) -> Option<i64> {
    let start = Civil::of_us(zone.to_local(time_us)?);
    cron.iter_after(start)
        .take(LOOKED_AT)
        .find_map(|civil| local::first_moment(zone, civil.us()).filter(|moment| *moment > time_us))
}

fn last_of_cron(cron: &Cron, zone: &Zone, time_us: i64) -> Option<i64> {
    let start = Civil::of_us(local::latest_local(zone, time_us)?.checked_add(SECOND)?);
    cron.iter_before(start)
        .take(LOOKED_AT)
        .find_map(|civil| local::first_moment(zone, civil.us()).filter(|moment| *moment <= time_us))
}

impl fmt::Display for Timing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Kind::Every { text, .. } => write!(f, "every {text}"),
            Kind::Cron { text, zone_name, .. } => write!(f, "cron {text} ({zone_name})"),
        }
    }
}
