//! `TIME_BUCKET(width, t)`, and intervals made of numbers.

use arrow::datatypes::IntervalMonthDayNano;
use linal_dataset::{Error, Result};
use linal_error::Code;
use linal_store::temporal::{self, DAY};

use super::calendar::{local, out_of_range, utc};
use super::kind::Kind::{Date, Float, Int, Interval, Timestamp, Zoned};
use super::output::{Output, Value};
use super::row::Row;
use super::row_function::{RowFunction, of};
use crate::udf::error::wrong_arguments;

macro_rules! whole {
    ($name:literal, $months:literal, $days:literal, $nanos:literal) => {
        RowFunction {
            name: $name,
            aliases: &[],
            overloads: &[of(&[Int], Output::Interval, |row| interval(row.int(0), $months, $days, $nanos))],
        }
    };
}

macro_rules! fraction {
    ($name:literal, $nanos:literal) => {
        RowFunction {
            name: $name,
            aliases: &[],
            overloads: &[
                of(&[Int], Output::Interval, |row| interval(row.int(0), 0, 0, $nanos)),
                of(&[Float], Output::Interval, |row| fractional(row.float(0), $nanos)),
            ],
        }
    };
}

pub(super) static FUNCTIONS: &[RowFunction] = &[
    RowFunction {
        name: "time_bucket",
        aliases: &[],
        overloads: &[
            of(&[Interval, Date], Output::Date, |row| of_date(row, Origin::Default)),
            of(&[Interval, Date, Interval], Output::Date, |row| of_date(row, Origin::Offset)),
            of(&[Interval, Date, Date], Output::Date, |row| of_date(row, Origin::Date)),
            of(&[Interval, Timestamp], Output::Timestamp, |row| of_timestamp(row, Origin::Default)),
            of(&[Interval, Timestamp, Interval], Output::Timestamp, |row| of_timestamp(row, Origin::Offset)),
            of(&[Interval, Timestamp, Timestamp], Output::Timestamp, |row| {
                of_timestamp(row, Origin::Timestamp)
            }),
            of(&[Interval, Zoned], Output::Zoned, |row| of_zoned(row, Origin::Default)),
            of(&[Interval, Zoned, Interval], Output::Zoned, |row| of_zoned(row, Origin::Offset)),
            of(&[Interval, Zoned, Zoned], Output::Zoned, |row| of_zoned(row, Origin::Zoned)),
        ],
    },
    whole!("to_millennia", 12_000, 0, 0),
    whole!("to_centuries", 1200, 0, 0),
    whole!("to_decades", 120, 0, 0),
    whole!("to_years", 12, 0, 0),
    whole!("to_quarters", 3, 0, 0),
    whole!("to_months", 1, 0, 0),
    whole!("to_weeks", 0, 7, 0),
    whole!("to_days", 0, 1, 0),
    whole!("to_hours", 0, 0, 3_600_000_000_000),
    whole!("to_minutes", 0, 0, 60_000_000_000),
    fraction!("to_seconds", 1_000_000_000),
    fraction!("to_milliseconds", 1_000_000),
    whole!("to_microseconds", 0, 0, 1000),
    RowFunction {
        name: "normalized_interval",
        aliases: &[],
        overloads: &[of(&[Interval], Output::Interval, |row| {
            let nanos = temporal::compare_key(row.interval(0));
            temporal::from_nanoseconds(nanos).map(Value::Interval).ok_or_else(out_of_range)
        })],
    },
];

fn interval(count: i64, months: i64, days: i64, nanos: i64) -> Result<Value> {
    let part = |of_one: i64| count.checked_mul(of_one).and_then(|part| i32::try_from(part).ok());
    let parts = (part(months), part(days), count.checked_mul(nanos));
    let (Some(months), Some(days), Some(nanos)) = parts else {
        return Err(Error::new(
            Code::ValueOutOfRange,
            format!("an interval of {count} units is out of range"),
        ));
    };
    Ok(Value::Interval(IntervalMonthDayNano::new(months, days, nanos)))
}

/// Fractions are rounded to microseconds.
fn fractional(count: f64, nanos: i64) -> Result<Value> {
    let micros = (count * (nanos / 1000) as f64).round();
    if !micros.is_finite() || micros.abs() >= (i64::MAX / 1000) as f64 {
        return Err(Error::new(
            Code::ValueOutOfRange,
            format!("an interval of {count} units is out of range"),
        ));
    }
    Ok(Value::Interval(IntervalMonthDayNano::new(0, 0, micros as i64 * 1000)))
}

/// Where buckets begin.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Origin {
    Default,
    /// At the default plus the interval of the third argument.
    Offset,
    Date,
    Timestamp,
    Zoned,
}

/// Buckets of months begin at 2000-01-01, others at the Monday 2000-01-03.
const MONTHS_BEGIN: i64 = 10_957 * DAY;
const DAYS_BEGIN: i64 = 10_959 * DAY;

/// The start of the bucket of a local time.
fn bucket(row: &Row<'_>, moment: i64, origin: Origin) -> Result<i64> {
    let width = row.interval(0);
    let default = if width.months != 0 { MONTHS_BEGIN } else { DAYS_BEGIN };
    let begin = match origin {
        Origin::Default | Origin::Offset => default,
        Origin::Date => row.int(2).checked_mul(DAY).ok_or_else(out_of_range)?,
        Origin::Timestamp => row.int(2),
        Origin::Zoned => local(row.zone(), row.int(2))?,
    };
    let shifted = |moment: i64, by: IntervalMonthDayNano| {
        temporal::add_to_timestamp(moment, by).ok_or_else(out_of_range)
    };
    let negated = || temporal::negate(row.interval(2)).ok_or_else(out_of_range);
    let moment = if origin == Origin::Offset { shifted(moment, negated()?)? } else { moment };
    let start = temporal::date_bin(width, moment, begin)
        .ok_or_else(|| wrong_arguments("TIME_BUCKET takes a width above 0, of months or of days and time"))?;
    if origin == Origin::Offset { shifted(start, row.interval(2)) } else { Ok(start) }
}

fn of_date(row: &Row<'_>, origin: Origin) -> Result<Value> {
    let moment = row.int(1).checked_mul(DAY).ok_or_else(out_of_range)?;
    Ok(Value::Int(bucket(row, moment, origin)?.div_euclid(DAY)))
}

fn of_timestamp(row: &Row<'_>, origin: Origin) -> Result<Value> {
    Ok(Value::Int(bucket(row, row.int(1), origin)?))
}

fn of_zoned(row: &Row<'_>, origin: Origin) -> Result<Value> {
    let start = bucket(row, local(row.zone(), row.int(1))?, origin)?;
    Ok(Value::Int(utc(row.zone(), start)?))
}
