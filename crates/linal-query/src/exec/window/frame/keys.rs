//! The values of a RANGE frame's order, and the offsets of its bounds.

use std::cmp::Ordering;

use arrow::array::{Array, ArrayRef, ArrowPrimitiveType, AsArray};
use arrow::compute::cast;
use arrow::datatypes::{
    DataType, Decimal256Type, Field, Float64Type, Int64Type, IntervalMonthDayNano, IntervalMonthDayNanoType,
    IntervalUnit, i256,
};
use datafusion::common::{Result, ScalarValue};
use linal_dataset::Error;
use linal_error::Code;
use linal_store::ColumnType;
use linal_store::temporal::compare_key;

use super::calendar;
use crate::error::external;

/// The offset of a bound from the row's value.
#[derive(Clone, Copy)]
pub(super) struct Difference<'t> {
    pub text: &'t str,
    /// Whether the bound precedes the row in the window's order.
    pub is_before: bool,
}

/// A column as values that can be compared and moved. Values of NULLs are arbitrary.
pub(super) enum Keys {
    /// Integers.
    Integers(Vec<i128>),
    Decimals(Vec<i256>, i8),
    Floats(Vec<f64>),
    /// Dates and timestamps, in nanoseconds.
    Moments(Vec<i128>),
    /// Intervals and differences of timestamps, in nanoseconds.
    Lengths(Vec<i128>),
    /// Times of day, in nanoseconds.
    Times(Vec<i128>),
}

/// The same values moved by an offset, towards the start or the end of the order.
pub(super) enum Targets {
    Integers(Vec<i128>),
    Decimals(Vec<i256>),
    Floats(Vec<f64>),
}

impl Keys {
    pub fn of(column: &ArrayRef) -> Result<Keys> {
        use DataType as T;
        Ok(match column.data_type() {
            T::Int8 | T::Int16 | T::Int32 | T::Int64 | T::UInt8 | T::UInt16 | T::UInt32 => {
                Keys::Integers(numbers::<Int64Type, _>(&cast(column, &T::Int64)?, i128::from))
            }
            T::UInt64 => Keys::Integers(numbers::<arrow::datatypes::UInt64Type, _>(column, i128::from)),
            T::Float16 | T::Float32 | T::Float64 => {
                Keys::Floats(numbers::<Float64Type, _>(&cast(column, &T::Float64)?, |x| x))
            }
            T::Decimal32(_, scale)
            | T::Decimal64(_, scale)
            | T::Decimal128(_, scale)
            | T::Decimal256(_, scale) => {
                let wide = cast(column, &T::Decimal256(76, *scale))?;
                Keys::Decimals(numbers::<Decimal256Type, _>(&wide, |x| x), *scale)
            }
            T::Date32 | T::Date64 => {
                let days = cast(&cast(column, &T::Date32)?, &T::Int32)?;
                let days = cast(&days, &T::Int64)?;
                Keys::Moments(numbers::<Int64Type, _>(&days, |day| i128::from(day) * calendar::DAY))
            }
            T::Timestamp(unit, _) => Keys::Moments(ticks(column, calendar::tick(*unit))?),
            T::Time64(unit) => Keys::Times(ticks(column, calendar::tick(*unit))?),
            T::Time32(unit) => {
                let ticks = cast(&cast(column, &T::Int32)?, &T::Int64)?;
                let tick = calendar::tick(*unit);
                Keys::Times(numbers::<Int64Type, _>(&ticks, |x| i128::from(x) * tick))
            }
            T::Duration(unit) => Keys::Lengths(ticks(column, calendar::tick(*unit))?),
            T::Interval(_) => {
                let intervals = cast(column, &T::Interval(IntervalUnit::MonthDayNano))?;
                Keys::Lengths(numbers::<IntervalMonthDayNanoType, _>(&intervals, compare_key))
            }
            other => return Err(no_range(other)),
        })
    }

    /// The values moved by an offset, in the direction of the window's order.
    pub fn moved(&self, by: Difference<'_>, is_descending: bool) -> Result<Targets> {
        let is_back = by.is_before != is_descending;
        Ok(match self {
            Keys::Integers(keys) => {
                let by = integer(by.text)?;
                let by = if is_back { -by } else { by };
                Targets::Integers(keys.iter().map(|key| key.saturating_add(by)).collect())
            }
            Keys::Decimals(keys, scale) => {
                let by = decimal(by.text, *scale)?;
                let by = if is_back { by.wrapping_neg() } else { by };
                Targets::Decimals(keys.iter().map(|key| key.wrapping_add(by)).collect())
            }
            Keys::Floats(keys) => {
                let by = float(by.text)?;
                let by = if is_back { -by } else { by };
                Targets::Floats(keys.iter().map(|key| key + by).collect())
            }
            Keys::Moments(keys) => {
                let by = interval(by.text)?;
                Targets::Integers(keys.iter().map(|&key| calendar::moved(key, by, is_back)).collect())
            }
            Keys::Lengths(keys) => {
                let by = compare_key(interval(by.text)?);
                let by = if is_back { -by } else { by };
                Targets::Integers(keys.iter().map(|key| key + by).collect())
            }
            Keys::Times(keys) => {
                let by = i128::from(interval(by.text)?.nanoseconds);
                let by = if is_back { -by } else { by };
                Targets::Integers(keys.iter().map(|key| key + by).collect())
            }
        })
    }

    /// Compares a row's value with a target, in ascending order.
    pub fn compare(&self, row: usize, targets: &Targets, target: usize) -> Ordering {
        match (self, targets) {
            (Keys::Decimals(keys, _), Targets::Decimals(targets)) => keys[row].cmp(&targets[target]),
            (Keys::Floats(keys), Targets::Floats(targets)) => compare_floats(keys[row], targets[target]),
            (
                Keys::Integers(keys) | Keys::Moments(keys) | Keys::Lengths(keys) | Keys::Times(keys),
                Targets::Integers(targets),
            ) => keys[row].cmp(&targets[target]),
            // Targets have the type of these keys.
            _ => Ordering::Equal,
        }
    }
}

/// NaN is greater than all numbers, as in the order of rows.
fn compare_floats(left: f64, right: f64) -> Ordering {
    left.partial_cmp(&right).unwrap_or_else(|| left.is_nan().cmp(&right.is_nan()))
}

fn numbers<T: ArrowPrimitiveType, V>(column: &ArrayRef, value: impl Fn(T::Native) -> V) -> Vec<V> {
    column.as_primitive::<T>().values().iter().map(|&x| value(x)).collect()
}

fn ticks(column: &ArrayRef, tick: i128) -> Result<Vec<i128>> {
    let ticks = cast(column, &DataType::Int64)?;
    Ok(numbers::<Int64Type, _>(&ticks, |x| i128::from(x) * tick))
}

fn no_range(data_type: &DataType) -> datafusion::common::DataFusionError {
    let column = ColumnType::of(&Field::new("", data_type.clone(), true));
    let message = format!("RANGE with an offset orders by a number or a time, not by a {column}");
    external(Error::new(Code::BadQuery, message).with_help("ROWS BETWEEN counts rows"))
}

fn bad_offset(text: &str, wanted: &str) -> datafusion::common::DataFusionError {
    let message = format!("this RANGE frame takes {wanted} as its offset, not `{text}`");
    external(Error::new(Code::BadQuery, message))
}

fn negative(text: &str) -> datafusion::common::DataFusionError {
    let message = format!("the offset of a frame is not negative, and `{text}` is");
    external(Error::new(Code::BadQuery, message).with_help("PRECEDING and FOLLOWING say the direction"))
}

/// The offset of a frame over integers. A fraction reaches no further integer.
fn integer(text: &str) -> Result<i128> {
    let whole = match text.parse::<i128>() {
        Ok(whole) => whole,
        Err(_) => float(text)?.floor() as i128,
    };
    if whole < 0 { Err(negative(text)) } else { Ok(whole.min(i128::from(u64::MAX))) }
}

fn float(text: &str) -> Result<f64> {
    match text.parse::<f64>() {
        Ok(number) if number < 0.0 => Err(negative(text)),
        Ok(number) if !number.is_nan() => Ok(number),
        _ => Err(bad_offset(text, "a number")),
    }
}

/// The offset of a frame over decimals, scaled to their last digit. Further digits reach no further decimal.
fn decimal(text: &str, scale: i8) -> Result<i256> {
    let number = float(text)?;
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let scale = usize::try_from(scale).unwrap_or(0);
    if !digits(whole) || !digits(fraction) {
        return Ok(i256::from_i128((number * 10f64.powi(scale as i32)).floor() as i128));
    }
    let fraction: String = fraction.chars().chain(std::iter::repeat('0')).take(scale).collect();
    i256::from_string(&format!("0{whole}{fraction}")).ok_or_else(|| bad_offset(text, "a number"))
}

/// The offset of a frame over times.
fn interval(text: &str) -> Result<IntervalMonthDayNano> {
    let is_number = text.parse::<f64>().is_ok();
    let parsed =
        ScalarValue::try_from_string(text.to_string(), &DataType::Interval(IntervalUnit::MonthDayNano));
    match parsed {
        Ok(ScalarValue::IntervalMonthDayNano(Some(interval))) if !is_number => {
            if compare_key(interval) < 0 {
                Err(negative(text))
            } else {
                Ok(interval)
            }
        }
        _ => Err(bad_offset(text, "an interval")),
    }
}
