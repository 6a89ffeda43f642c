//! Local time as seconds since 1970, for the searches of the crate croner. To it every local time exists once: what
//! summer time does is decided here and not there.

use std::cmp::Ordering;

use chrono::{DateTime, Datelike, NaiveDate, NaiveDateTime, Timelike};
use croner::errors::CronError;
use croner::time::{CivilDateTime, CronDateTime, Resolution, Weekday};

use super::SECOND;

/// A local time in whole seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Civil(NaiveDateTime);

impl Civil {
    /// The local time of microseconds since 1970, without the fraction. Times beyond the calendar are its bounds.
    pub fn of_us(us: i64) -> Civil {
        let bound = if us < 0 { NaiveDateTime::MIN } else { NaiveDateTime::MAX };
        Civil(DateTime::from_timestamp(us.div_euclid(SECOND), 0).map_or(bound, |time| time.naive_utc()))
    }

    pub fn us(self) -> i64 {
        self.0.and_utc().timestamp_micros()
    }
}

impl CronDateTime for Civil {
    fn to_civil(&self) -> CivilDateTime {
        let time = self.0;
        let civil = CivilDateTime::from_ymd_hms_opt(
            time.year(),
            time.month(),
            time.day(),
            time.hour(),
            time.minute(),
            time.second(),
        );
        // chrono has checked the parts already.
        civil.unwrap_or(EPOCH)
    }

    fn civil_weekday(&self) -> Weekday {
        Weekday::from_days_from_sunday(self.0.weekday().num_days_from_sunday())
    }

    fn resolve_civil(&self, civil: CivilDateTime) -> Result<Resolution<Self>, CronError> {
        let time = NaiveDate::from_ymd_opt(civil.year(), civil.month(), civil.day())
            .ok_or(CronError::InvalidDate)?
            .and_hms_opt(civil.hour(), civil.minute(), civil.second())
            .ok_or(CronError::InvalidTime)?;
        Ok(Resolution::Single(Civil(time)))
    }

    fn checked_add_seconds(&self, seconds: i64) -> Option<Self> {
        self.0.checked_add_signed(chrono::TimeDelta::try_seconds(seconds)?).map(Civil)
    }

    fn cmp_instant(&self, other: &Self) -> Ordering {
        self.0.cmp(&other.0)
    }
}

const EPOCH: CivilDateTime = CivilDateTime::new(
    croner::time::CivilDate::from_parts_unchecked(1970, 1, 1),
    croner::time::CivilTime::MIDNIGHT,
);
