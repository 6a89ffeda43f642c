//! Reads a moment that is written in a format.

use super::item::{DAYS, DateFormat, Item, MONTHS, Moment, Part};
use crate::temporal::calendar::{Civil, days_of};
use crate::temporal::zone::Zone;
use crate::temporal::{DAY, HOUR, MINUTE, SECOND};

/// What a text has said so far.
struct Fields {
    year: i64,
    month: i64,
    day: i64,
    day_of_year: Option<i64>,
    iso_year: Option<i64>,
    iso_week: Option<i64>,
    /// From 0 for Sunday.
    weekday: Option<i64>,
    /// The week and whether it begins on a Monday.
    week: Option<(i64, bool)>,
    hour: i64,
    half_day: Option<bool>,
    minute: i64,
    second: i64,
    micros: i64,
    offset: Option<i64>,
    zone: Option<String>,
}

impl DateFormat {
    /// Microseconds since 1970-01-01: of UTC, if the format has a zone, and of local time otherwise. Parts that the
    /// format lacks are those of 1900-01-01 00:00:00.
    ///
    /// # Errors `None` for a text of another form, and for a date or a time that does not exist.
    pub fn read(&self, text: &str) -> Option<i64> {
        let mut fields = Fields {
            year: 1900,
            month: 1,
            day: 1,
            day_of_year: None,
            iso_year: None,
            iso_week: None,
            weekday: None,
            week: None,
            hour: 0,
            half_day: None,
            minute: 0,
            second: 0,
            micros: 0,
            offset: None,
            zone: None,
        };
        let mut rest = text.trim_start();
        for item in &self.items {
            rest = match item {
                Item::Text(literal) => after_literal(rest, literal)?,
                Item::Part(part, _) => fields.take(*part, rest)?,
            };
        }
        rest.trim_start().is_empty().then(|| fields.finish())?
    }
}

/// The rest after a literal; white space in it matches any white space.
fn after_literal<'t>(text: &'t str, literal: &str) -> Option<&'t str> {
    let mut rest = text;
    let mut letters = literal.chars().peekable();
    while let Some(letter) = letters.next() {
        if letter.is_whitespace() {
            while letters.peek().is_some_and(|next| next.is_whitespace()) {
                letters.next();
            }
            let trimmed = rest.trim_start();
            if trimmed.len() == rest.len() && !(rest.is_empty() && letters.peek().is_none()) {
                return None;
            }
            rest = trimmed;
        } else {
            rest = rest.strip_prefix(letter)?;
        }
    }
    Some(rest)
}

/// A number of up to this many digits, and the rest.
fn digits(text: &str, most: usize) -> Option<(i64, usize, &str)> {
    let end = text.bytes().take(most).take_while(u8::is_ascii_digit).count();
    if end == 0 {
        return None;
    }
    Some((text[..end].parse().ok()?, end, &text[end..]))
}

fn within(text: &str, most: usize, range: std::ops::RangeInclusive<i64>) -> Option<(i64, &str)> {
    let (value, _, rest) = digits(text, most)?;
    range.contains(&value).then_some((value, rest))
}

/// A name, in any case, and its place.
fn name<'t>(text: &'t str, names: &[&str], length: Option<usize>) -> Option<(i64, &'t str)> {
    let found = names.iter().position(|name| {
        let name = &name[..length.unwrap_or(name.len())];
        text.get(..name.len()).is_some_and(|start| start.eq_ignore_ascii_case(name))
    })?;
    let taken = length.unwrap_or(names[found].len());
    Some((i64::try_from(found).ok()?, &text[taken..]))
}

/// A fraction of a second in microseconds; digits beyond are dropped.
fn fraction(text: &str, most: usize) -> Option<(i64, &str)> {
    let (_, length, rest) = digits(text, most)?;
    let kept = &text[..length.min(6)];
    let scale = 10i64.pow(6 - u32::try_from(kept.len()).ok()?);
    Some((kept.parse::<i64>().ok()? * scale, rest))
}

/// `Z`, `+01`, `-0530`, `+05:30`, in microseconds.
fn offset(text: &str) -> Option<(i64, &str)> {
    if let Some(rest) = text.strip_prefix(['Z', 'z']) {
        return Some((0, rest));
    }
    let sign = match text.chars().next()? {
        '+' => 1,
        '-' => -1,
        _ => return None,
    };
    let (hours, _, rest) = digits(&text[1..], 2)?;
    let minutes = rest.strip_prefix(':').unwrap_or(rest);
    let (minutes, rest) = match within(minutes, 2, 0..=59) {
        Some(found) => found,
        None => (0, rest),
    };
    Some((sign * (hours * HOUR + minutes * MINUTE), rest))
}

impl Fields {
    fn take<'t>(&mut self, part: Part, text: &'t str) -> Option<&'t str> {
        let put = |to: &mut i64, found: Option<(i64, &'t str)>| {
            let (value, rest) = found?;
            *to = value;
            Some(rest)
        };
        match part {
            Part::Day => put(&mut self.day, within(text, 2, 1..=31)),
            Part::Month => put(&mut self.month, within(text, 2, 1..=12)),
            Part::Hour => put(&mut self.hour, within(text, 2, 0..=23)),
            Part::HalfDayHour => put(&mut self.hour, within(text, 2, 1..=12)),
            Part::Minute => put(&mut self.minute, within(text, 2, 0..=59)),
            Part::Second => put(&mut self.second, within(text, 2, 0..=59)),
            Part::Microsecond => put(&mut self.micros, fraction(text, 6)),
            Part::Millisecond => put(&mut self.micros, fraction(text, 3)),
            Part::Nanosecond => put(&mut self.micros, fraction(text, 9)),
            Part::LongMonth | Part::ShortMonth => {
                let length = (part == Part::ShortMonth).then_some(3);
                let (at, rest) = name(text, &MONTHS, length)?;
                self.month = at + 1;
                Some(rest)
            }
            Part::LongDay | Part::ShortDay => {
                let length = (part == Part::ShortDay).then_some(3);
                let (at, rest) = name(text, &DAYS, length)?;
                self.weekday = Some(at);
                Some(rest)
            }
            Part::WeekdayFromSunday => some(&mut self.weekday, within(text, 1, 0..=6)),
            Part::WeekdayFromMonday => {
                let (day, rest) = within(text, 1, 1..=7)?;
                self.weekday = Some(day % 7);
                Some(rest)
            }
            Part::ShortYear => {
                let (year, rest) = within(text, 2, 0..=99)?;
                self.year = if year >= 69 { 1900 + year } else { 2000 + year };
                Some(rest)
            }
            Part::Year => {
                let (sign, digits_of) = match text.strip_prefix('-') {
                    Some(rest) => (-1, rest),
                    None => (1, text),
                };
                let (year, _, rest) = digits(digits_of, 4)?;
                self.year = sign * year;
                Some(rest)
            }
            Part::HalfDay => {
                let (at, rest) = name(text, &["AM", "PM"], None)?;
                self.half_day = Some(at == 1);
                Some(rest)
            }
            Part::Offset => some(&mut self.offset, offset(text)),
            Part::Zone => {
                let end = text
                    .find(|letter: char| !(letter.is_alphanumeric() || "/_+-".contains(letter)))
                    .unwrap_or(text.len());
                self.zone = Some(text.get(..end).filter(|name| !name.is_empty())?.to_string());
                Some(&text[end..])
            }
            Part::DayOfYear => some(&mut self.day_of_year, within(text, 3, 1..=366)),
            Part::IsoYear => some(&mut self.iso_year, within(text, 4, 0..=9999)),
            Part::IsoWeek => some(&mut self.iso_week, within(text, 2, 1..=53)),
            Part::WeekFromSunday | Part::WeekFromMonday => {
                let (week, rest) = within(text, 2, 0..=53)?;
                self.week = Some((week, part == Part::WeekFromMonday));
                Some(rest)
            }
        }
    }

    fn days(&self) -> Option<i64> {
        if let (Some(year), Some(week)) = (self.iso_year, self.iso_week) {
            let first = Civil { year, month: 1, day: 4 };
            let monday = first.days() - (first.iso_weekday() - 1);
            let weekday = self.weekday.map_or(0, |day| (day + 6) % 7);
            return Some(monday + (week - 1) * 7 + weekday);
        }
        if let Some(day) = self.day_of_year {
            let days = days_of(self.year, 1, 1)? + day - 1;
            return (Civil::of_days(days).year == self.year).then_some(days);
        }
        if let (Some((week, from_monday)), Some(weekday)) = (self.week, self.weekday) {
            let first = Civil { year: self.year, month: 1, day: 1 };
            let (of_first, of_day) = if from_monday {
                (first.iso_weekday() - 1, (weekday + 6) % 7)
            } else {
                (first.iso_weekday() % 7, weekday)
            };
            // Week 1 begins with the first day that weeks begin with.
            let begin = first.days() + (7 - of_first) % 7;
            return Some(begin + (week - 1) * 7 + of_day);
        }
        days_of(self.year, self.month, self.day)
    }

    fn finish(self) -> Option<i64> {
        let hour = match self.half_day {
            Some(is_afternoon) if self.hour <= 12 => self.hour % 12 + if is_afternoon { 12 } else { 0 },
            _ => self.hour,
        };
        let of_day = hour * HOUR + self.minute * MINUTE + self.second * SECOND + self.micros;
        let local = self.days()?.checked_mul(DAY)?.checked_add(of_day)?;
        if let Some(offset) = self.offset {
            return local.checked_sub(offset);
        }
        match self.zone {
            Some(name) => Zone::parse(&name)?.to_utc(local),
            None => Some(local),
        }
    }
}

fn some<'t>(to: &mut Option<i64>, found: Option<(i64, &'t str)>) -> Option<&'t str> {
    let (value, rest) = found?;
    *to = Some(value);
    Some(rest)
}

impl Moment<'_> {
    /// A moment without a zone.
    pub fn local(local: i64) -> Moment<'static> {
        Moment { local, offset: None, zone: None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_it_writes() {
        let format = DateFormat::parse("%Y-%m-%d %H:%M:%S.%f").unwrap();
        for at in (-2_000_000_000_000_000..4_000_000_000_000_000i64).step_by(7_654_321_987_654) {
            assert_eq!(format.read(&format.write(Moment::local(at))), Some(at));
        }
    }

    #[test]
    fn texts_of_another_form() {
        let read = |text: &str, format: &str| DateFormat::parse(format).unwrap().read(text);
        assert_eq!(read("2020-01-02x", "%Y-%m-%d"), None);
        assert_eq!(read("2020-02-30", "%Y-%m-%d"), None);
        assert_eq!(read("", "%Y"), None);
        assert_eq!(read(" 1970 ", "%Y"), Some(0));
        assert_eq!(read("12:30 AM 1970", "%I:%M %p %Y"), Some(30 * MINUTE));
        assert_eq!(read("1970-01-01 +05:30", "%Y-%m-%d %z"), Some(-330 * MINUTE));
        assert_eq!(read("1970-W01-4", "%G-W%V-%u"), Some(0));
    }
}
