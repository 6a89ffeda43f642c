//! The proleptic Gregorian calendar, for all of linal.
//!
//! `chrono` is not used here because its calendar ends: files have timestamps up to the year 294,247 and dates up to
//! the year 5,881,580, which stay comparable and have parts, and frames of windows reach further still. In the years
//! that `chrono` has, a test compares both.

/// A calendar date. Year 0 precedes year 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Civil {
    /// The year.
    pub year: i64,
    /// From 1 to 12.
    pub month: i64,
    /// From 1 to 31.
    pub day: i64,
}

/// The first and the last year of dates and timestamps: those of the calendar that prints them.
const YEARS: std::ops::RangeInclusive<i64> = -262_142..=262_141;

/// Whether a day, counted from 1970-01-01, is in the supported range of years.
pub fn in_calendar(day: i64) -> bool {
    (days(*YEARS.start(), 1, 1)..=days(*YEARS.end(), 12, 31)).contains(&day)
}

/// Days since 1970-01-01; `None` for a date that does not exist, such as February 30.
pub fn days_of(year: i64, month: i64, day: i64) -> Option<i64> {
    let is_month = (1..=12).contains(&month) && YEARS.contains(&year);
    (is_month && (1..=last_day(year, month)).contains(&day)).then(|| days(year, month, day))
}

/// Days of an existing date, counted in eras of 400 years that begin in March.
fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

/// The last day of a month.
pub(super) fn last_day(year: i64, month: i64) -> i64 {
    let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    match month {
        2 if is_leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

impl Civil {
    /// The date of a number of days since 1970-01-01.
    pub fn of_days(days: i64) -> Civil {
        let shifted = days + 719_468;
        let era = shifted.div_euclid(146_097);
        let of_era = shifted.rem_euclid(146_097);
        let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
        let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let month_from_march = (5 * of_year + 2) / 153;
        let day = of_year - (153 * month_from_march + 2) / 5 + 1;
        let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
        let year = year_of_era + era * 400 + i64::from(month <= 2);
        Civil { year, month, day }
    }

    /// Days since 1970-01-01.
    pub fn days(self) -> i64 {
        days(self.year, self.month, self.day)
    }

    /// Adds months. A day that the month lacks becomes its last.
    pub fn plus_months(self, months: i64) -> Civil {
        let total = self.year * 12 + (self.month - 1) + months;
        let (year, month) = (total.div_euclid(12), total.rem_euclid(12) + 1);
        Civil { year, month, day: self.day.min(last_day(year, month)) }
    }

    /// The day of the year, from 1.
    pub fn day_of_year(self) -> i64 {
        self.days() - days(self.year, 1, 1) + 1
    }

    /// The day of the week: 1 for Monday to 7 for Sunday.
    pub fn iso_weekday(self) -> i64 {
        (self.days() + 3).rem_euclid(7) + 1
    }

    /// The ISO 8601 year and week.
    pub fn iso_week(self) -> (i64, i64) {
        // A week belongs to the year of its Thursday.
        let thursday = Civil::of_days(self.days() + 4 - self.iso_weekday());
        (thursday.year, (thursday.day_of_year() - 1) / 7 + 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_and_days_agree() {
        for days in (-3_000_000..3_000_000).step_by(997) {
            let civil = Civil::of_days(days);
            assert_eq!(civil.days(), days);
            assert_eq!(days_of(civil.year, civil.month, civil.day), Some(days));
        }
        assert_eq!(days_of(1970, 1, 1), Some(0));
        assert_eq!(days_of(2023, 2, 29), None);
        assert_eq!(days_of(2024, 13, 1), None);
    }

    #[test]
    fn agrees_with_chrono() {
        use chrono::{Datelike, NaiveDate};
        let first = days(*YEARS.start(), 1, 1);
        for day in (first..=days(*YEARS.end(), 12, 31)).step_by(1009).chain(-1000..40_000) {
            let expected = NaiveDate::from_epoch_days(i32::try_from(day).unwrap()).unwrap();
            let found = Civil::of_days(day);
            let (year, week) = found.iso_week();
            assert_eq!((found.year, found.month), (expected.year().into(), expected.month().into()));
            assert_eq!((found.day, found.day_of_year()), (expected.day().into(), expected.ordinal().into()));
            assert_eq!(found.iso_weekday(), i64::from(expected.weekday().number_from_monday()));
            assert_eq!((year, week), (expected.iso_week().year().into(), expected.iso_week().week().into()));
            if let Some(later) = expected.checked_add_months(chrono::Months::new(13)) {
                assert_eq!(found.plus_months(13).days(), i64::from(later.to_epoch_days()));
            }
        }
    }

    #[test]
    fn weeks_belong_to_the_year_of_their_thursday() {
        let week = |year, month, day| Civil { year, month, day }.iso_week();
        assert_eq!(week(2024, 12, 30), (2025, 1));
        assert_eq!(week(2023, 1, 1), (2022, 52));
        assert_eq!(week(2020, 12, 31), (2020, 53));
    }
}
