//! TO_CHAR with PostgreSQL's templates, such as `YYYY-MM-DD HH24:MI:SS`.

use std::fmt::Write;

use arrow::datatypes::IntervalMonthDayNano as Interval;

use super::calendar::Civil;
use super::{DAY, HOUR, MINUTE, SECOND};

/// A parsed template.
#[derive(Clone, Debug)]
pub struct Template(Vec<Piece>);

/// The values that a template formats.
#[derive(Clone, Debug, Default)]
pub struct Parts {
    /// The date, unless it is a time of day or an interval.
    date: Option<Civil>,
    /// Years, months and days of an interval.
    interval: Option<(i64, i64, i64)>,
    /// Microseconds since midnight, or the time of an interval.
    time: i64,
    /// The offset from UTC in minutes, and the name of the zone.
    zone: Option<(i64, String)>,
}

impl Parts {
    /// A timestamp, in microseconds since 1970-01-01 of local time.
    pub fn of_timestamp(micros: i64) -> Parts {
        let date = Civil::of_days(micros.div_euclid(DAY));
        Parts { date: Some(date), time: micros.rem_euclid(DAY), ..Parts::default() }
    }

    /// The same in a zone that is `offset` microseconds ahead of UTC.
    pub fn in_zone(self, offset: i64, name: &str) -> Parts {
        Parts { zone: Some((offset / MINUTE, name.to_string())), ..self }
    }

    /// A time of day, in microseconds since midnight.
    pub fn of_time(micros: i64) -> Parts {
        Parts { time: micros, ..Parts::default() }
    }

    /// An interval.
    pub fn of_interval(interval: Interval) -> Parts {
        let months = i64::from(interval.months);
        let fields = (months / 12, months % 12, i64::from(interval.days));
        Parts { interval: Some(fields), time: interval.nanoseconds / 1000, ..Parts::default() }
    }
}

#[derive(Clone, Debug)]
enum Piece {
    Text(String),
    Pattern { pattern: Pattern, unpadded: bool, ordinal: Option<Case> },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Case {
    Upper,
    Title,
    Lower,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Pattern {
    /// The last digits of the year.
    Year(u32),
    YearWithComma,
    IsoYear(u32),
    Century,
    Quarter,
    Month,
    MonthName(Case),
    MonthAbbreviation(Case),
    MonthRoman(Case),
    WeekOfYear,
    WeekOfMonth,
    IsoWeek,
    DayOfYear,
    IsoDayOfYear,
    Day,
    DayOfWeek,
    IsoDayOfWeek,
    DayName(Case),
    DayAbbreviation(Case),
    Julian,
    Hour12,
    Hour24,
    Minute,
    Second,
    /// Digits of the fraction of a second.
    Fraction(u32),
    SecondOfDay,
    Meridiem {
        upper: bool,
        dots: bool,
    },
    Era {
        upper: bool,
        dots: bool,
    },
    ZoneName(Case),
    ZoneHours,
    ZoneMinutes,
    Offset,
}

/// Patterns whose letters may have either case.
const NUMBERS: &[(&str, Pattern)] = &[
    ("Y,YYY", Pattern::YearWithComma),
    ("IYYY", Pattern::IsoYear(4)),
    ("YYYY", Pattern::Year(4)),
    ("IDDD", Pattern::IsoDayOfYear),
    ("HH24", Pattern::Hour24),
    ("HH12", Pattern::Hour12),
    ("SSSSS", Pattern::SecondOfDay),
    ("SSSS", Pattern::SecondOfDay),
    ("IYY", Pattern::IsoYear(3)),
    ("YYY", Pattern::Year(3)),
    ("DDD", Pattern::DayOfYear),
    ("TZH", Pattern::ZoneHours),
    ("TZM", Pattern::ZoneMinutes),
    ("FF1", Pattern::Fraction(1)),
    ("FF2", Pattern::Fraction(2)),
    ("FF3", Pattern::Fraction(3)),
    ("FF4", Pattern::Fraction(4)),
    ("FF5", Pattern::Fraction(5)),
    ("FF6", Pattern::Fraction(6)),
    ("IY", Pattern::IsoYear(2)),
    ("YY", Pattern::Year(2)),
    ("CC", Pattern::Century),
    ("MM", Pattern::Month),
    ("WW", Pattern::WeekOfYear),
    ("IW", Pattern::IsoWeek),
    ("DD", Pattern::Day),
    ("ID", Pattern::IsoDayOfWeek),
    ("HH", Pattern::Hour12),
    ("MI", Pattern::Minute),
    ("SS", Pattern::Second),
    ("MS", Pattern::Fraction(3)),
    ("US", Pattern::Fraction(6)),
    ("OF", Pattern::Offset),
    ("Y", Pattern::Year(1)),
    ("I", Pattern::IsoYear(1)),
    ("Q", Pattern::Quarter),
    ("W", Pattern::WeekOfMonth),
    ("D", Pattern::DayOfWeek),
    ("J", Pattern::Julian),
];

/// Patterns whose case is the case of their output.
const NAMES: &[(&str, Pattern)] = &[
    ("MONTH", Pattern::MonthName(Case::Upper)),
    ("Month", Pattern::MonthName(Case::Title)),
    ("month", Pattern::MonthName(Case::Lower)),
    ("MON", Pattern::MonthAbbreviation(Case::Upper)),
    ("Mon", Pattern::MonthAbbreviation(Case::Title)),
    ("mon", Pattern::MonthAbbreviation(Case::Lower)),
    ("DAY", Pattern::DayName(Case::Upper)),
    ("Day", Pattern::DayName(Case::Title)),
    ("day", Pattern::DayName(Case::Lower)),
    ("DY", Pattern::DayAbbreviation(Case::Upper)),
    ("Dy", Pattern::DayAbbreviation(Case::Title)),
    ("dy", Pattern::DayAbbreviation(Case::Lower)),
    ("RM", Pattern::MonthRoman(Case::Upper)),
    ("rm", Pattern::MonthRoman(Case::Lower)),
    ("A.M.", Pattern::Meridiem { upper: true, dots: true }),
    ("P.M.", Pattern::Meridiem { upper: true, dots: true }),
    ("a.m.", Pattern::Meridiem { upper: false, dots: true }),
    ("p.m.", Pattern::Meridiem { upper: false, dots: true }),
    ("AM", Pattern::Meridiem { upper: true, dots: false }),
    ("PM", Pattern::Meridiem { upper: true, dots: false }),
    ("am", Pattern::Meridiem { upper: false, dots: false }),
    ("pm", Pattern::Meridiem { upper: false, dots: false }),
    ("B.C.", Pattern::Era { upper: true, dots: true }),
    ("A.D.", Pattern::Era { upper: true, dots: true }),
    ("b.c.", Pattern::Era { upper: false, dots: true }),
    ("a.d.", Pattern::Era { upper: false, dots: true }),
    ("BC", Pattern::Era { upper: true, dots: false }),
    ("AD", Pattern::Era { upper: true, dots: false }),
    ("bc", Pattern::Era { upper: false, dots: false }),
    ("ad", Pattern::Era { upper: false, dots: false }),
];

/// The name of a zone is tried after its hours and minutes, which have the same prefix.
const ZONES: &[(&str, Pattern)] =
    &[("TZ", Pattern::ZoneName(Case::Upper)), ("tz", Pattern::ZoneName(Case::Lower))];

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
const DAYS: [&str; 7] = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
const ROMAN: [&str; 12] = ["I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X", "XI", "XII"];

impl Template {
    /// Parses a template. Text in double quotes and characters that are no letters are literal.
    ///
    /// # Errors
    /// The rest of the template from the first letter that begins no pattern.
    pub fn parse(text: &str) -> Result<Template, &str> {
        let mut pieces = Vec::new();
        let mut rest = text;
        while let Some(first) = rest.chars().next() {
            if first == '"' {
                rest = quoted(&rest[1..], &mut pieces);
            } else if first == '\\' {
                let escaped = rest[1..].chars().next();
                escaped.into_iter().for_each(|c| push_text(&mut pieces, c));
                rest = &rest[1 + escaped.map_or(0, char::len_utf8)..];
            } else if first.is_alphabetic() {
                rest = pattern(rest, &mut pieces)?;
            } else {
                push_text(&mut pieces, first);
                rest = &rest[first.len_utf8()..];
            }
        }
        Ok(Template(pieces))
    }

    /// Formats a value; `Err` names a pattern whose field the value lacks, as a time of day has no year.
    pub fn format(&self, parts: &Parts) -> Result<String, &'static str> {
        let mut out = String::new();
        for piece in &self.0 {
            match piece {
                Piece::Text(text) => out.push_str(text),
                Piece::Pattern { pattern, unpadded, ordinal } => {
                    let text = formatted(*pattern, parts, *unpadded).ok_or_else(|| name_of(*pattern))?;
                    out.push_str(&text);
                    if let Some(case) = ordinal {
                        out.push_str(ordinal_suffix(&text, *case));
                    }
                }
            }
        }
        Ok(out)
    }
}

fn push_text(pieces: &mut Vec<Piece>, c: char) {
    match pieces.last_mut() {
        Some(Piece::Text(text)) => text.push(c),
        _ => pieces.push(Piece::Text(c.to_string())),
    }
}

/// The text up to the closing quote, in which a backslash escapes the next character.
fn quoted<'t>(text: &'t str, pieces: &mut Vec<Piece>) -> &'t str {
    let mut chars = text.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => return &text[at + 1..],
            '\\' => chars.next().into_iter().for_each(|(_, escaped)| push_text(pieces, escaped)),
            c => push_text(pieces, c),
        }
    }
    ""
}

fn pattern<'t>(text: &'t str, pieces: &mut Vec<Piece>) -> Result<&'t str, &'t str> {
    let mut rest = text;
    let mut unpadded = false;
    loop {
        if let Some(behind) = without_prefix(rest, "FM") {
            unpadded = true;
            rest = behind;
        } else if let Some(behind) = without_prefix(rest, "TM").or_else(|| without_prefix(rest, "FX")) {
            rest = behind;
        } else {
            break;
        }
    }
    let exact = |table: &[(&str, Pattern)]| {
        table.iter().find_map(|(word, pattern)| Some((*pattern, rest.strip_prefix(*word)?)))
    };
    let folded = || NUMBERS.iter().find_map(|(word, pattern)| Some((*pattern, without_prefix(rest, word)?)));
    let (pattern, mut rest) = exact(NAMES).or_else(folded).or_else(|| exact(ZONES)).ok_or(text)?;
    let mut ordinal = None;
    for (suffix, case) in [("TH", Case::Upper), ("th", Case::Lower)] {
        if let Some(behind) = rest.strip_prefix(suffix) {
            ordinal = Some(case);
            rest = behind;
        }
    }
    pieces.push(Piece::Pattern { pattern, unpadded, ordinal });
    Ok(rest)
}

/// The rest of a text after a case-insensitive prefix.
fn without_prefix<'t>(text: &'t str, word: &str) -> Option<&'t str> {
    let front = text.get(..word.len())?;
    front.eq_ignore_ascii_case(word).then(|| &text[word.len()..])
}

fn name_of(pattern: Pattern) -> &'static str {
    let tables = NUMBERS.iter().chain(NAMES).chain(ZONES);
    tables.into_iter().find(|(_, known)| *known == pattern).map_or("", |(word, _)| word)
}

fn ordinal_suffix(number: &str, case: Case) -> &'static str {
    let digits = number.trim().as_bytes();
    let is_teen = digits.len() > 1 && digits[digits.len() - 2] == b'1';
    let (upper, lower) = match digits.last() {
        Some(b'1') if !is_teen => ("ST", "st"),
        Some(b'2') if !is_teen => ("ND", "nd"),
        Some(b'3') if !is_teen => ("RD", "rd"),
        _ => ("TH", "th"),
    };
    if case == Case::Upper { upper } else { lower }
}

fn formatted(pattern: Pattern, parts: &Parts, unpadded: bool) -> Option<String> {
    match pattern {
        Pattern::Hour12 | Pattern::Hour24 | Pattern::Minute | Pattern::Second | Pattern::SecondOfDay => {
            Some(clock(pattern, parts.time, unpadded))
        }
        Pattern::Fraction(digits) => {
            let micros = parts.time.unsigned_abs() % SECOND as u64;
            Some(format!("{:0width$}", micros / 10u64.pow(6 - digits), width = digits as usize))
        }
        Pattern::Meridiem { upper, dots } => {
            let afternoon = parts.time.rem_euclid(DAY) >= 12 * HOUR;
            Some(marked(if afternoon { ["p", "m"] } else { ["a", "m"] }, upper, dots))
        }
        Pattern::ZoneName(_) | Pattern::ZoneHours | Pattern::ZoneMinutes | Pattern::Offset => {
            zone(pattern, parts.zone.as_ref())
        }
        pattern => match (parts.date, parts.interval) {
            (Some(date), _) => Some(calendar(pattern, date, unpadded)),
            (None, Some(fields)) => interval(pattern, fields, unpadded),
            (None, None) => None,
        },
    }
}

fn number(value: i64, width: usize, unpadded: bool) -> String {
    if unpadded { value.to_string() } else { format!("{value:0width$}") }
}

fn clock(pattern: Pattern, time: i64, unpadded: bool) -> String {
    let hours = time / HOUR;
    match pattern {
        Pattern::Hour12 => {
            let hour = hours % 12;
            number(if hour == 0 { 12 } else { hour }, 2, unpadded)
        }
        Pattern::Hour24 => number(hours, 2, unpadded),
        Pattern::Minute => number(time / MINUTE % 60, 2, unpadded),
        Pattern::Second => number(time / SECOND % 60, 2, unpadded),
        _ => (time / SECOND).to_string(),
    }
}

fn marked(letters: [&str; 2], upper: bool, dots: bool) -> String {
    let text = if dots { format!("{}.{}.", letters[0], letters[1]) } else { letters.concat() };
    if upper { text.to_uppercase() } else { text }
}

/// The zone of a value without one is empty, as in PostgreSQL.
fn zone(pattern: Pattern, zone: Option<&(i64, String)>) -> Option<String> {
    let Some((minutes, name)) = zone else {
        return if matches!(pattern, Pattern::ZoneName(_)) { Some(String::new()) } else { None };
    };
    let sign = if *minutes < 0 { '-' } else { '+' };
    let (hours, rest) = (minutes.abs() / 60, minutes.abs() % 60);
    Some(match pattern {
        Pattern::ZoneName(Case::Lower) => name.to_lowercase(),
        Pattern::ZoneName(_) => name.to_uppercase(),
        Pattern::ZoneHours => format!("{sign}{hours:02}"),
        Pattern::ZoneMinutes => format!("{rest:02}"),
        _ if rest == 0 => format!("{sign}{hours:02}"),
        _ => format!("{sign}{hours:02}:{rest:02}"),
    })
}

fn calendar(pattern: Pattern, date: Civil, unpadded: bool) -> String {
    // There is no year 0: the year before 1 is 1 BC.
    let year = if date.year > 0 { date.year } else { 1 - date.year };
    let (iso_year, iso_week) = date.iso_week();
    let month = MONTHS[date.month as usize - 1];
    let day = DAYS[date.iso_weekday() as usize - 1];
    match pattern {
        Pattern::Year(digits) => digits_of(year, digits, unpadded),
        Pattern::IsoYear(digits) => digits_of(iso_year, digits, unpadded),
        Pattern::YearWithComma => format!("{},{:03}", year / 1000, year % 1000),
        Pattern::Century => number((year - 1) / 100 + 1, 2, unpadded),
        Pattern::Quarter => ((date.month - 1) / 3 + 1).to_string(),
        Pattern::Month => number(date.month, 2, unpadded),
        Pattern::MonthName(case) => name(month, case, unpadded),
        Pattern::MonthAbbreviation(case) => name(&month[..3], case, true),
        Pattern::MonthRoman(case) => {
            let roman = cased(ROMAN[date.month as usize - 1], case);
            if unpadded { roman } else { format!("{roman:<4}") }
        }
        Pattern::WeekOfYear => number((date.day_of_year() - 1) / 7 + 1, 2, unpadded),
        Pattern::WeekOfMonth => ((date.day - 1) / 7 + 1).to_string(),
        Pattern::IsoWeek => number(iso_week, 2, unpadded),
        Pattern::DayOfYear => number(date.day_of_year(), 3, unpadded),
        Pattern::IsoDayOfYear => number((iso_week - 1) * 7 + date.iso_weekday(), 3, unpadded),
        Pattern::Day => number(date.day, 2, unpadded),
        Pattern::DayOfWeek => (date.iso_weekday() % 7 + 1).to_string(),
        Pattern::IsoDayOfWeek => date.iso_weekday().to_string(),
        Pattern::DayName(case) => name(day, case, unpadded),
        Pattern::DayAbbreviation(case) => name(&day[..3], case, true),
        Pattern::Julian => (date.days() + 2_440_588).to_string(),
        Pattern::Era { upper, dots } => {
            marked(if date.year > 0 { ["a", "d"] } else { ["b", "c"] }, upper, dots)
        }
        _ => String::new(),
    }
}

/// The last digits of a year; all digits when four are requested.
fn digits_of(year: i64, digits: u32, unpadded: bool) -> String {
    let shown = if digits == 4 { year } else { year.rem_euclid(10i64.pow(digits)) };
    number(shown, digits as usize, unpadded)
}

/// Names are padded to the longest one.
fn name(word: &str, case: Case, unpadded: bool) -> String {
    let mut text = cased(word, case);
    if !unpadded {
        let blanks = 9usize.saturating_sub(text.len());
        // Writing to a String cannot fail.
        let _ = write!(text, "{:blanks$}", "");
    }
    text
}

fn cased(word: &str, case: Case) -> String {
    match case {
        Case::Upper => word.to_uppercase(),
        Case::Title => word.to_string(),
        Case::Lower => word.to_lowercase(),
    }
}

fn interval(pattern: Pattern, (years, months, days): (i64, i64, i64), unpadded: bool) -> Option<String> {
    Some(match pattern {
        Pattern::Year(digits) => digits_of(years, digits, unpadded),
        Pattern::Month => number(months, 2, unpadded),
        Pattern::Day => number(days, 2, unpadded),
        Pattern::DayOfYear => number((years * 12 + months) * 30 + days, 3, unpadded),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::temporal::{Precision, parse_timestamp};

    #[track_caller]
    fn check(template: &str, expected: &str) {
        let micros = parse_timestamp("2024-03-05 14:07:09.123456", Precision::Exact).unwrap_or_default();
        let template = Template::parse(template).expect("a template");
        assert_eq!(template.format(&Parts::of_timestamp(micros)).as_deref(), Ok(expected));
    }

    #[test]
    fn templates() {
        check("YYYY-MM-DD HH24:MI:SS", "2024-03-05 14:07:09");
        check("yyyy/mm/dd hh:mi am", "2024/03/05 02:07 pm");
        check("FMDD. FMMonth YYYY", "5. March 2024");
        check("Month|MON|Day|dy", "March    |MAR|Tuesday  |tue");
        check("HH12:MI:SS.MS P.M.", "02:07:09.123 P.M.");
        check("US FF2 SSSS", "123456 12 50829");
        check("FMDDth DDTH", "5th 05TH");
        check("IYYY-\"W\"IW-ID", "2024-W10-2");
        check("Q CC J DDD D WW W", "1 21 2460375 065 3 10 1");
        check("Y,YYY YYY YY Y", "2,024 024 24 4");
        check("\"at\" HH24\\h", "at 14h");
        check("RM|FMrm|AD", "III |iii|AD");
        check("YYYY-MM-DD\"T\"HH24:MI", "2024-03-05T14:07");
    }

    #[test]
    fn unknown_patterns() {
        assert_eq!(Template::parse("YYYY-XX").err(), Some("XX"));
        assert_eq!(Template::parse("hello").err(), Some("hello"));
        let template = Template::parse("YYYY").expect("a template");
        assert_eq!(template.format(&Parts::of_time(0)), Err("YYYY"));
    }
}
