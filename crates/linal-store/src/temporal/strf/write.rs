//! Writes a moment in a format.

use std::fmt::Write;

use super::item::{DAYS, DateFormat, Item, MONTHS, Moment, Pad, Part};
use crate::temporal::calendar::Civil;
use crate::temporal::{DAY, HOUR, MINUTE, SECOND};

impl DateFormat {
    /// The text of a moment. An offset is `+00` if there is none, and the name of a zone is empty.
    pub fn write(&self, moment: Moment<'_>) -> String {
        let civil = Civil::of_days(moment.local.div_euclid(DAY));
        let mut text = String::new();
        for item in &self.items {
            match item {
                Item::Text(literal) => text.push_str(literal),
                Item::Part(part, pad) => push(&mut text, *part, *pad, civil, moment),
            }
        }
        text
    }
}

fn push(text: &mut String, part: Part, pad: Pad, civil: Civil, moment: Moment<'_>) {
    let of_day = moment.local.rem_euclid(DAY);
    let hour = of_day / HOUR;
    let weekday = civil.iso_weekday() % 7;
    let name = |names: &'static [&'static str], at: i64| {
        usize::try_from(at).ok().and_then(|at| names.get(at)).copied().unwrap_or_default()
    };
    let micros = of_day % SECOND;
    let week = |from_sunday: i64| (civil.day_of_year() + 6 - from_sunday).div_euclid(7);
    let (value, width) = match part {
        Part::ShortDay => return text.push_str(&name(&DAYS, weekday)[..3]),
        Part::LongDay => return text.push_str(name(&DAYS, weekday)),
        Part::ShortMonth => return text.push_str(&name(&MONTHS, civil.month - 1)[..3]),
        Part::LongMonth => return text.push_str(name(&MONTHS, civil.month - 1)),
        Part::HalfDay => return text.push_str(if hour < 12 { "AM" } else { "PM" }),
        Part::Zone => return text.push_str(moment.zone.unwrap_or_default()),
        Part::Offset => return push_offset(text, moment.offset.unwrap_or(0)),
        Part::WeekdayFromSunday => (weekday, 1),
        Part::WeekdayFromMonday => (civil.iso_weekday(), 1),
        Part::Day => (civil.day, 2),
        Part::Month => (civil.month, 2),
        Part::ShortYear => (civil.year.rem_euclid(100), 2),
        Part::Year => (civil.year, 4),
        Part::Hour => (hour, 2),
        Part::HalfDayHour => (if hour % 12 == 0 { 12 } else { hour % 12 }, 2),
        Part::Minute => (of_day % HOUR / MINUTE, 2),
        Part::Second => (of_day % MINUTE / SECOND, 2),
        Part::Microsecond => (micros, 6),
        Part::Millisecond => (micros / 1000, 3),
        Part::Nanosecond => (micros * 1000, 9),
        Part::DayOfYear => (civil.day_of_year(), 3),
        Part::WeekFromSunday => (week(weekday), 2),
        Part::WeekFromMonday => (week((weekday + 6) % 7), 2),
        Part::IsoWeek => (civil.iso_week().1, 2),
        Part::IsoYear => (civil.iso_week().0, 4),
    };
    // Writing to a String cannot fail.
    let _ = match (pad, value < 0) {
        (Pad::None, _) => write!(text, "{value}"),
        (Pad::Zeros, true) => write!(text, "-{:0width$}", value.unsigned_abs()),
        (Pad::Zeros, false) => write!(text, "{value:0width$}"),
    };
}

/// `+01`, or `+05:30` if there are minutes.
fn push_offset(text: &mut String, micros: i64) {
    let minutes = micros.abs() / MINUTE;
    let sign = if micros < 0 { '-' } else { '+' };
    let _ = write!(text, "{sign}{:02}", minutes / 60);
    if minutes % 60 != 0 {
        let _ = write!(text, ":{:02}", minutes % 60);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::temporal::{Precision, parse_timestamp};

    #[test]
    fn agrees_with_chrono() {
        // Specifiers that both have with one meaning.
        let format = "%Y-%m-%d %H:%M:%S %a %A %b %B %p %I %j %y %w %u %U %W %V %G";
        let ours = DateFormat::parse(format).unwrap();
        for at in (-2_000_000_000..4_000_000_000i64).step_by(7_654_321) {
            let moment = Moment { local: at * SECOND, offset: None, zone: None };
            let expected = crate::temporal::format_strftime(at * SECOND, None, format);
            assert_eq!(Some(ours.write(moment)), expected);
        }
    }

    #[test]
    fn own_specifiers() {
        let local = parse_timestamp("2020-01-02 03:04:05.678901", Precision::Exact).unwrap();
        let write = |format: &str| {
            DateFormat::parse(format).unwrap().write(Moment {
                local,
                offset: Some(330 * MINUTE),
                zone: Some("X"),
            })
        };
        assert_eq!(
            write("%f %g %n %-d/%-m %c %x %X %% %z %Z"),
            "678901 678 678901000 2/1 2020-01-02 03:04:05 2020-01-02 03:04:05 % +05:30 X"
        );
        assert_eq!(DateFormat::parse("%Q"), Err("%Q".to_string()));
    }
}
