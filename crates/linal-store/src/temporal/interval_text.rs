//! Parses intervals as PostgreSQL does.
//!
//! `1 year 2 months 3 days 04:05:06`, `-1.5 hours`, `3 weeks ago`, `1-2` (years and months), `42` (seconds), and ISO 8601
//! (`P1Y2M3DT4H5M6S`, `P0001-02-03T04:05:06`).

use arrow::datatypes::IntervalMonthDayNano as Interval;

use super::unit::Unit;

/// The units after the text of a literal: `INTERVAL '5' MONTH`, `INTERVAL '1-2' YEAR TO MONTH`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Fields {
    /// The unit, or the first of two.
    pub first: Option<Unit>,
    /// The unit after TO.
    pub last: Option<Unit>,
}

/// Parses an interval; `None` for a text that is none, or that is out of range.
pub fn parse_interval(text: &str, fields: Fields) -> Option<Interval> {
    let text = text.trim();
    match text.strip_prefix('P') {
        Some(iso) => iso_8601(iso),
        None => words(text, fields),
    }
}

/// The sum so far, and the units that occurred.
#[derive(Default)]
struct Sum {
    months: i64,
    days: i64,
    nanos: i128,
    seen: u32,
}

/// A number: `sign * (whole + fraction)`.
#[derive(Clone, Copy)]
struct Number {
    negative: bool,
    whole: i64,
    /// Less than 1.
    fraction: f64,
}

impl Sum {
    /// Adds a number of a unit. A unit may occur once.
    fn add(&mut self, number: Number, unit: Unit) -> Option<()> {
        let bit = 1 << unit as u32;
        if self.seen & bit != 0 {
            return None;
        }
        self.seen |= bit;
        let sign = if number.negative { -1 } else { 1 };
        let fraction = number.fraction * sign as f64;
        let whole = number.whole * sign;
        match (unit, unit.months(), unit.nanoseconds()) {
            (Unit::Month, ..) => {
                self.add_months(whole)?;
                self.add_days(fraction * 30.0)
            }
            // A fraction of a year is rounded to months.
            (_, Some(months), _) => {
                self.add_months(whole.checked_mul(months)?)?;
                self.add_months((fraction * months as f64).round_ties_even() as i64)
            }
            (_, _, Some(nanos)) => {
                self.nanos += i128::from(whole) * i128::from(nanos);
                self.add_time(fraction * nanos as f64 / 1000.0);
                Some(())
            }
            (unit, ..) => {
                let days = if unit == Unit::Week { 7 } else { 1 };
                self.days = self.days.checked_add(whole.checked_mul(days)?)?;
                self.add_days(fraction * days as f64)
            }
        }
    }

    fn add_months(&mut self, months: i64) -> Option<()> {
        self.months = self.months.checked_add(months)?;
        Some(())
    }

    /// Days, whose fraction becomes time.
    fn add_days(&mut self, days: f64) -> Option<()> {
        self.days = self.days.checked_add(days as i64)?;
        self.add_time(days.fract() * 86_400e6);
        Some(())
    }

    /// Microseconds, rounded.
    fn add_time(&mut self, micros: f64) {
        self.nanos += i128::from(micros.round() as i64) * 1000;
    }

    fn finish(self, ago: bool) -> Option<Interval> {
        let sign = if ago { -1 } else { 1 };
        Some(Interval::new(
            i32::try_from(self.months * sign).ok()?,
            i32::try_from(self.days * sign).ok()?,
            i64::try_from(self.nanos * i128::from(sign)).ok()?,
        ))
    }
}

/// A parser over the rest of the text.
#[derive(Clone, Copy)]
struct Reader<'a>(&'a str);

impl<'a> Reader<'a> {
    fn skip_blanks(&mut self) {
        self.0 = self.0.trim_start();
    }

    fn take(&mut self, wanted: char) -> bool {
        let rest = self.0.strip_prefix(wanted);
        self.0 = rest.unwrap_or(self.0);
        rest.is_some()
    }

    /// Consumes the leading characters that satisfy a predicate.
    fn while_is(&mut self, is_of: impl Fn(char) -> bool) -> &'a str {
        let end = self.0.find(|c: char| !is_of(c)).unwrap_or(self.0.len());
        let (front, rest) = self.0.split_at(end);
        self.0 = rest;
        front
    }

    fn digits(&mut self) -> &'a str {
        self.while_is(|c| c.is_ascii_digit())
    }

    /// `12`, `1.5`, `.5`, `1.` or `1e3`, with an optional sign.
    fn number(&mut self) -> Option<Number> {
        let negative = self.sign();
        self.unsigned(negative)
    }

    fn sign(&mut self) -> bool {
        let negative = self.take('-');
        if !negative {
            self.take('+');
        }
        self.skip_blanks();
        negative
    }

    fn unsigned(&mut self, negative: bool) -> Option<Number> {
        let whole = self.digits();
        let decimals = if self.take('.') { self.digits() } else { "" };
        if whole.is_empty() && decimals.is_empty() {
            return None;
        }
        if let Some(power) = self.exponent() {
            let value: f64 = format!("{whole}.{decimals}e{power}").parse().ok()?;
            let fits = value < i64::MAX as f64;
            return fits.then(|| Number { negative, whole: value as i64, fraction: value.fract() });
        }
        let whole = if whole.is_empty() { 0 } else { whole.parse().ok()? };
        Some(Number { negative, whole, fraction: fraction(decimals) })
    }

    /// The factor of the exponent in `1e3`. An `e` without digits is part of a word.
    fn exponent(&mut self) -> Option<i32> {
        let mut ahead = *self;
        if !ahead.take('e') && !ahead.take('E') {
            return None;
        }
        let negative = ahead.take('-');
        let power: i32 = ahead.digits().parse().ok()?;
        *self = ahead;
        Some(if negative { -power } else { power })
    }
}

fn fraction(digits: &str) -> f64 {
    format!("0.{digits}0").parse().unwrap_or_default()
}

fn words(text: &str, fields: Fields) -> Option<Interval> {
    let mut reader = Reader(text);
    let mut sum = Sum::default();
    let mut any = false;
    reader.take('@');
    loop {
        reader.skip_blanks();
        if reader.0.is_empty() {
            return if any { sum.finish(false) } else { None };
        }
        if any && reader.0.eq_ignore_ascii_case("ago") {
            return sum.finish(true);
        }
        field(&mut reader, &mut sum, fields)?;
        any = true;
    }
}

/// A number with its unit, a time of day, or years and months.
fn field(reader: &mut Reader<'_>, sum: &mut Sum, fields: Fields) -> Option<()> {
    let negative = reader.sign();
    let mut ahead = *reader;
    let whole = ahead.digits();
    if !whole.is_empty() && ahead.take(':') {
        *reader = ahead;
        return clock(negative, whole.parse().ok()?, reader, sum, fields);
    }
    if !whole.is_empty() && ahead.take('-') {
        *reader = ahead;
        return years_and_months(negative, whole.parse().ok()?, reader, sum);
    }
    let number = reader.unsigned(negative)?;
    reader.skip_blanks();
    let mut ahead = *reader;
    let word = ahead.while_is(char::is_alphabetic);
    let unit = match word {
        "" => unit_of_bare(reader.0, fields),
        word if word.eq_ignore_ascii_case("ago") => fields.last.or(fields.first).unwrap_or(Unit::Second),
        word => {
            *reader = ahead;
            Unit::from_word(word)?
        }
    };
    sum.add(number, unit)
}

/// The unit of a bare number: days before a time of day (`1 04:05:06`), otherwise the last unit of the
/// literal, otherwise seconds.
fn unit_of_bare(rest: &str, fields: Fields) -> Unit {
    let last = fields.last.or(fields.first).unwrap_or(Unit::Second);
    if rest.is_empty() { last } else { Unit::Day }
}

/// The rest of `04:05:06.5` after the hours. Two numbers are minutes and seconds where the literal says so.
fn clock(negative: bool, first: i64, reader: &mut Reader<'_>, sum: &mut Sum, fields: Fields) -> Option<()> {
    let second = reader.unsigned(negative)?;
    let is_two = !reader.take(':');
    let minutes_first = is_two && (fields.last == Some(Unit::Second) || second.fraction > 0.0);
    let zero = Number { negative, whole: 0, fraction: 0.0 };
    let part = |whole| Number { whole, ..zero };
    let (hours, minutes, seconds) = if minutes_first {
        (zero, part(first), second)
    } else if is_two {
        (part(first), second, zero)
    } else {
        (part(first), second, reader.unsigned(negative)?)
    };
    let in_range = minutes.whole < 60 && seconds.whole < 60 && minutes.fraction == 0.0;
    if !in_range || !(reader.0.is_empty() || reader.0.starts_with(char::is_whitespace)) {
        return None;
    }
    sum.add(hours, Unit::Hour)?;
    sum.add(minutes, Unit::Minute)?;
    sum.add(seconds, Unit::Second)
}

fn years_and_months(negative: bool, years: i64, reader: &mut Reader<'_>, sum: &mut Sum) -> Option<()> {
    let months: i64 = reader.digits().parse().ok()?;
    if months >= 12 || !(reader.0.is_empty() || reader.0.starts_with(char::is_whitespace)) {
        return None;
    }
    sum.add(Number { negative, whole: years, fraction: 0.0 }, Unit::Year)?;
    sum.add(Number { negative, whole: months, fraction: 0.0 }, Unit::Month)
}

/// The rest of an ISO 8601 interval after `P`.
fn iso_8601(text: &str) -> Option<Interval> {
    let (date, time) = match text.split_once('T') {
        Some((date, time)) => (date, Some(time)),
        None => (text, None),
    };
    if text.is_empty() || time == Some("") {
        return None;
    }
    let mut sum = Sum::default();
    match iso_date(date) {
        Some(parts) => {
            for (whole, unit) in parts.into_iter().zip([Unit::Year, Unit::Month, Unit::Day]) {
                sum.add(Number { negative: false, whole, fraction: 0.0 }, unit)?;
            }
        }
        None => iso_fields(date, &mut sum, iso_date_unit)?,
    }
    match time {
        Some(time) if time.contains(':') => iso_clock(time, &mut sum)?,
        Some(time) => iso_fields(time, &mut sum, iso_time_unit)?,
        None => {}
    }
    sum.finish(false)
}

/// Numbers with unit letters: `1Y2M`.
fn iso_fields(text: &str, sum: &mut Sum, unit_of: fn(char) -> Option<Unit>) -> Option<()> {
    let mut reader = Reader(text);
    while !reader.0.is_empty() {
        let number = reader.number()?;
        let letter = reader.0.chars().next()?;
        reader.take(letter);
        sum.add(number, unit_of(letter)?)?;
    }
    Some(())
}

fn iso_date_unit(letter: char) -> Option<Unit> {
    Some(match letter {
        'Y' => Unit::Year,
        'M' => Unit::Month,
        'W' => Unit::Week,
        'D' => Unit::Day,
        _ => return None,
    })
}

fn iso_time_unit(letter: char) -> Option<Unit> {
    Some(match letter {
        'H' => Unit::Hour,
        'M' => Unit::Minute,
        'S' => Unit::Second,
        _ => return None,
    })
}

/// `0001-02-03`.
fn iso_date(text: &str) -> Option<[i64; 3]> {
    let mut parts = text.splitn(3, '-').map(|part| part.parse::<i64>().ok());
    Some([parts.next()??, parts.next()??, parts.next()??])
}

/// `04:05:06`.
fn iso_clock(text: &str, sum: &mut Sum) -> Option<()> {
    let mut reader = Reader(text);
    let negative = reader.sign();
    let hours = reader.digits().parse().ok()?;
    if !reader.take(':') {
        return None;
    }
    clock(negative, hours, &mut reader, sum, Fields::default())?;
    reader.0.is_empty().then_some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: i64 = 3_600_000_000_000;
    const SECOND: i64 = 1_000_000_000;

    #[track_caller]
    fn check(text: &str, months: i32, days: i32, nanos: i64) {
        let expected = Interval::new(months, days, nanos);
        assert_eq!(parse_interval(text, Fields::default()), Some(expected), "{text}");
    }

    #[test]
    fn texts() {
        check("42", 0, 0, 42 * SECOND);
        check("-1.5", 0, 0, -1_500_000_000);
        check("1 year 2 months 3 days 04:05:06", 14, 3, 4 * HOUR + 306 * SECOND);
        check("0.05 month", 0, 1, 12 * HOUR);
        check("0.05 year", 1, 0, 0);
        check("1.5 years", 18, 0, 0);
        check("1.5 weeks", 0, 10, 12 * HOUR);
        check("1 day ago", 0, -1, 0);
        check("@ 1 minute", 0, 0, 60 * SECOND);
        check("1d2h", 0, 1, 2 * HOUR);
        check("1-2", 14, 0, 0);
        check("-1-2", -14, 0, 0);
        check("3 4:05:06", 0, 3, 4 * HOUR + 306 * SECOND);
        check("-04:05:06.5", 0, 0, -(4 * HOUR + 306 * SECOND + SECOND / 2));
        check("100:00", 0, 0, 100 * HOUR);
        check("1 day -00:30", 0, 1, -1800 * SECOND);
        check("5 milliseconds", 0, 0, 5_000_000);
        check("5 ns", 0, 0, 5);
        check("2 quarters", 6, 0, 0);
        check("1 decade", 120, 0, 0);
        check("1 century", 1200, 0, 0);
        check("2 millennia", 24_000, 0, 0);
        check("1 mons", 1, 0, 0);
        check("1e3 seconds", 0, 0, 1000 * SECOND);
        check("0.000000005 secs", 0, 0, 0);
    }

    #[test]
    fn iso_8601_texts() {
        check("P1Y2M3DT4H5M6S", 14, 3, 4 * HOUR + 306 * SECOND);
        check("P0001-02-03T04:05:06", 14, 3, 4 * HOUR + 306 * SECOND);
        check("PT0.5S", 0, 0, SECOND / 2);
        check("P-1Y", -12, 0, 0);
        check("P2W", 0, 14, 0);
        check("PT36H", 0, 0, 36 * HOUR);
    }

    #[test]
    fn units_of_the_literal() {
        let fields = |first, last| Fields { first: Some(first), last };
        let months = |text, fields| parse_interval(text, fields).map(|x| x.months);
        assert_eq!(months("5", fields(Unit::Month, None)), Some(5));
        assert_eq!(months("1-2", fields(Unit::Year, Some(Unit::Month))), Some(14));
        let nanos = |text, fields| parse_interval(text, fields).map(|x| x.nanoseconds);
        assert_eq!(nanos("02:03", fields(Unit::Minute, Some(Unit::Second))), Some(123 * SECOND));
        assert_eq!(nanos("1 2", fields(Unit::Day, Some(Unit::Hour))), Some(2 * HOUR));
    }

    #[test]
    fn no_intervals() {
        for text in [
            "",
            "x",
            "1 fortnight",
            "1 day 2 days",
            "ago",
            "P",
            "PT",
            "P1X",
            "1:60",
            "5 days x",
            "1-13",
            "-",
            "1e",
        ] {
            assert_eq!(parse_interval(text, Fields::default()), None, "{text}");
        }
        assert_eq!(parse_interval("3000000000 months", Fields::default()), None);
    }
}
