//! Dates and timestamps: names of days, differences, buckets, epochs, and values made of parts.

use linal_dataset::{Error, Result};
use linal_error::Code;
use linal_store::temporal::{self, Civil, DAY, HOUR, MINUTE, SECOND, Unit, Zone, days_of};

use super::kind::Kind::{Date, Float, Int, Interval, Text, Time, Timestamp, Zoned};
use super::output::{Output, Value};
use super::row::Row;
use super::row_function::{Overload, RowFunction, of};
use crate::udf::error::wrong_arguments;

/// Overloads of a function of one day: of dates, timestamps, and timestamps with a zone.
const fn of_day(
    output: Output,
    of_date: fn(&Row<'_>) -> Result<Value>,
    of_timestamp: fn(&Row<'_>) -> Result<Value>,
    of_zoned: fn(&Row<'_>) -> Result<Value>,
) -> [Overload; 3] {
    [of(&[Date], output, of_date), of(&[Timestamp], output, of_timestamp), of(&[Zoned], output, of_zoned)]
}

fn date(row: &Row<'_>) -> Result<Civil> {
    Ok(Civil::of_days(row.int(0)))
}

fn timestamp(row: &Row<'_>) -> Result<Civil> {
    Ok(Civil::of_days(row.int(0).div_euclid(DAY)))
}

fn zoned(row: &Row<'_>) -> Result<Civil> {
    Ok(Civil::of_days(local(row.zone(), row.int(0))?.div_euclid(DAY)))
}

/// The local time of an instant.
pub(super) fn local(zone: &Zone, utc: i64) -> Result<i64> {
    zone.to_local(utc).ok_or_else(out_of_range)
}

/// The instant of a local time.
pub(super) fn utc(zone: &Zone, local: i64) -> Result<i64> {
    zone.to_utc(local).ok_or_else(out_of_range)
}

pub(super) fn out_of_range() -> Error {
    Error::new(Code::ValueOutOfRange, "a timestamp is out of range")
}

static LAST_DAY: [Overload; 3] = of_day(
    Output::Date,
    |row| last_day(date(row)?),
    |row| last_day(timestamp(row)?),
    |row| last_day(zoned(row)?),
);

static DAY_NAME: [Overload; 3] = of_day(
    Output::Text,
    |row| Ok(day_name(date(row)?)),
    |row| Ok(day_name(timestamp(row)?)),
    |row| Ok(day_name(zoned(row)?)),
);

static MONTH_NAME: [Overload; 3] = of_day(
    Output::Text,
    |row| Ok(month_name(date(row)?)),
    |row| Ok(month_name(timestamp(row)?)),
    |row| Ok(month_name(zoned(row)?)),
);

pub(super) static FUNCTIONS: &[RowFunction] = &[
    RowFunction { name: "last_day", aliases: &[], overloads: &LAST_DAY },
    RowFunction { name: "dayname", aliases: &[], overloads: &DAY_NAME },
    RowFunction { name: "monthname", aliases: &[], overloads: &MONTH_NAME },
    RowFunction {
        name: "age",
        aliases: &[],
        overloads: &[
            of(&[Timestamp, Timestamp], Output::Interval, |row| age(row.int(0), row.int(1))),
            of(&[Zoned, Zoned], Output::Interval, |row| {
                age(local(row.zone(), row.int(0))?, local(row.zone(), row.int(1))?)
            }),
        ],
    },
    RowFunction {
        name: "date_diff",
        aliases: &["datediff"],
        overloads: &[
            of(&[Text, Timestamp, Timestamp], Output::Int, |row| {
                Ok(temporal::boundaries(unit(row.text(0))?, row.int(1), row.int(2)).into())
            }),
            of(&[Text, Zoned, Zoned], Output::Int, |row| {
                let (start, end) = (local(row.zone(), row.int(1))?, local(row.zone(), row.int(2))?);
                Ok(temporal::boundaries(unit(row.text(0))?, start, end).into())
            }),
            of(&[Text, Time, Time], Output::Int, |row| {
                Ok(temporal::boundaries(unit_of_time(row.text(0))?, row.int(1), row.int(2)).into())
            }),
        ],
    },
    RowFunction {
        name: "date_sub",
        aliases: &["datesub"],
        overloads: &[
            of(&[Text, Timestamp, Timestamp], Output::Int, |row| {
                Ok(temporal::whole_units(unit(row.text(0))?, row.int(1), row.int(2)).into())
            }),
            of(&[Text, Zoned, Zoned], Output::Int, |row| {
                let (start, end) = (local(row.zone(), row.int(1))?, local(row.zone(), row.int(2))?);
                Ok(temporal::whole_units(unit(row.text(0))?, start, end).into())
            }),
            of(&[Text, Time, Time], Output::Int, |row| {
                Ok(temporal::whole_units(unit_of_time(row.text(0))?, row.int(1), row.int(2)).into())
            }),
        ],
    },
    RowFunction {
        name: "epoch_ms",
        aliases: &[],
        overloads: &[
            of(&[Timestamp], Output::Int, |row| Ok(row.int(0).div_euclid(1000).into())),
            of(&[Zoned], Output::Int, |row| Ok(row.int(0).div_euclid(1000).into())),
            of(&[Time], Output::Int, |row| Ok((row.int(0) / 1000).into())),
            of(&[Interval], Output::Int, |row| Ok((micros(row) / 1000).into())),
            of(&[Int], Output::Timestamp, |row| scaled(row.int(0), 1000)),
        ],
    },
    RowFunction {
        name: "epoch_us",
        aliases: &[],
        overloads: &[
            of(&[Timestamp], Output::Int, |row| Ok(row.int(0).into())),
            of(&[Zoned], Output::Int, |row| Ok(row.int(0).into())),
            of(&[Time], Output::Int, |row| Ok(row.int(0).into())),
            of(&[Interval], Output::Int, |row| Ok(micros(row).into())),
        ],
    },
    RowFunction {
        name: "epoch_ns",
        aliases: &[],
        overloads: &[
            of(&[Timestamp], Output::Int, |row| scaled(row.int(0), 1000)),
            of(&[Zoned], Output::Int, |row| scaled(row.int(0), 1000)),
            of(&[Time], Output::Int, |row| scaled(row.int(0), 1000)),
            of(&[Interval], Output::Int, |row| scaled(micros(row), 1000)),
        ],
    },
    RowFunction {
        name: "make_time",
        aliases: &[],
        overloads: &[of(&[Int, Int, Float], Output::Time, |row| {
            Ok(time_of(row.int(0), row.int(1), row.float(2))?.into())
        })],
    },
    RowFunction {
        name: "make_timestamp",
        aliases: &["make_timestamp_us"],
        overloads: &[
            of(&[Int, Int, Int, Int, Int, Float], Output::Timestamp, |row| Ok(moment_of(row)?.into())),
            of(&[Int], Output::Timestamp, |row| Ok(row.int(0).into())),
        ],
    },
    RowFunction {
        name: "make_timestamp_ms",
        aliases: &[],
        overloads: &[of(&[Int], Output::Timestamp, |row| scaled(row.int(0), 1000))],
    },
    RowFunction {
        name: "make_timestamp_ns",
        aliases: &[],
        overloads: &[of(&[Int], Output::Timestamp, |row| Ok(row.int(0).div_euclid(1000).into()))],
    },
    RowFunction {
        name: "make_timestamptz",
        aliases: &[],
        overloads: &[
            of(&[Int, Int, Int, Int, Int, Float], Output::Zoned, |row| {
                Ok(utc(row.zone(), moment_of(row)?)?.into())
            }),
            of(&[Int, Int, Int, Int, Int, Float, Text], Output::Zoned, |row| {
                let name = row.text(6);
                let zone = Zone::parse(name)
                    .ok_or_else(|| wrong_arguments(format!("there is no time zone '{name}'")))?;
                Ok(utc(&zone, moment_of(row)?)?.into())
            }),
            of(&[Int], Output::Zoned, |row| Ok(row.int(0).into())),
        ],
    },
];

fn last_day(civil: Civil) -> Result<Value> {
    let first = Civil { day: 1, ..civil };
    Ok(Value::Int(first.plus_months(1).days() - 1))
}

const DAYS: [&str; 7] = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];

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

fn named(names: &[&str], number: i64) -> Value {
    usize::try_from(number - 1).ok().and_then(|at| names.get(at)).copied().unwrap_or_default().into()
}

fn day_name(civil: Civil) -> Value {
    named(&DAYS, civil.iso_weekday())
}

fn month_name(civil: Civil) -> Value {
    named(&MONTHS, civil.month)
}

fn age(later: i64, earlier: i64) -> Result<Value> {
    temporal::age(later, earlier).map(Value::Interval).ok_or_else(out_of_range)
}

/// The unit that a word names; words for fields that are no units stand for the unit that they count.
fn unit(word: &str) -> Result<Unit> {
    let other = match word.trim().to_ascii_lowercase().as_str() {
        "dow" | "dayofweek" | "weekday" | "isodow" | "doy" | "dayofyear" | "dayofmonth" | "julian" => {
            Some(Unit::Day)
        }
        "isoyear" => Some(Unit::Year),
        "weekofyear" | "yearweek" | "isoweek" => Some(Unit::Week),
        "epoch" => Some(Unit::Second),
        _ => None,
    };
    other.or_else(|| Unit::from_word(word.trim())).ok_or_else(|| {
        Error::new(Code::WrongArguments, format!("there is no unit `{word}`"))
            .suggest(word, Unit::names())
            .or_help("units are second, minute, hour, day, week, month, quarter, year and longer ones")
    })
}

fn unit_of_time(word: &str) -> Result<Unit> {
    let unit = unit(word)?;
    if unit < Unit::Day { Ok(unit) } else { Err(wrong_arguments(format!("a Time has no {}", unit.name()))) }
}

/// An interval in microseconds: a month has 30 days, a day 24 hours.
fn micros(row: &Row<'_>) -> i64 {
    i64::try_from(temporal::compare_key(row.interval(0)) / 1000).unwrap_or(i64::MAX)
}

fn scaled(value: i64, factor: i64) -> Result<Value> {
    value.checked_mul(factor).map(Value::Int).ok_or_else(out_of_range)
}

/// A negative year is BC: -44 is 44 BC. There is no year 0.
fn date_of(row: &Row<'_>) -> Result<i64> {
    let (year, month, day) = (row.int(0), row.int(1), row.int(2));
    let days = match year {
        0 => None,
        year if year < 0 => days_of(year + 1, month, day),
        year => days_of(year, month, day),
    };
    days.ok_or_else(|| {
        let message = format!("there is no date with year {year}, month {month} and day {day}");
        Error::new(Code::ValueOutOfRange, message)
    })
}

fn time_of(hour: i64, minute: i64, second: f64) -> Result<i64> {
    let is_time = (0..24).contains(&hour) && (0..60).contains(&minute) && (0.0..60.0).contains(&second);
    if !is_time {
        let message = format!("there is no time with hour {hour}, minute {minute} and second {second}");
        return Err(Error::new(Code::ValueOutOfRange, message));
    }
    let micros = (second * SECOND as f64).round() as i64;
    Ok(hour * HOUR + minute * MINUTE + micros)
}

fn moment_of(row: &Row<'_>) -> Result<i64> {
    let days = date_of(row)?;
    let time = time_of(row.int(3), row.int(4), row.float(5))?;
    days.checked_mul(DAY).and_then(|start| start.checked_add(time)).ok_or_else(out_of_range)
}
