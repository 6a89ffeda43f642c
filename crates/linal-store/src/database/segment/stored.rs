//! Types whose form in Parquet is another.
//!
//! Intervals are a struct of 32-bit months and days and 64-bit nanoseconds, since Parquet's own INTERVAL has
//! milliseconds. Parquet has no seconds: they are milliseconds. Dates of 64 bits are those of 32, as for every
//! reader but Arrow's.

use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, Int32Array, Int64Array, IntervalDayTimeArray, IntervalMonthDayNanoArray,
    IntervalYearMonthArray, StructArray, make_array,
};
use arrow::datatypes::{
    DataType, Int32Type, Int64Type, IntervalDayTime, IntervalDayTimeType, IntervalMonthDayNano,
    IntervalMonthDayNanoType, IntervalUnit, IntervalYearMonthType, TimeUnit,
};
use linal_error::Code;

use super::super::column::interval_fields;
use super::super::error::{Result, StoreError};

/// Milliseconds of a second.
const SECOND: i64 = 1000;

/// Milliseconds of a day.
const DAY: i64 = 86_400_000;

/// The type that Parquet has for a column.
pub(super) fn stored_type(data_type: &DataType) -> DataType {
    match data_type {
        DataType::Interval(_) => DataType::Struct(interval_fields()),
        DataType::Date64 => DataType::Date32,
        DataType::Time32(TimeUnit::Second) => DataType::Time32(TimeUnit::Millisecond),
        DataType::Timestamp(TimeUnit::Second, zone) => {
            DataType::Timestamp(TimeUnit::Millisecond, zone.clone())
        }
        other => other.clone(),
    }
}

/// The values that Parquet has for a column.
///
/// # Errors
/// `E0308 value_out_of_range` for a time of day in a 64-bit date, and for seconds beyond 64 bits of
/// milliseconds.
pub(in crate::database) fn to_stored(array: &ArrayRef) -> Result<ArrayRef> {
    match array.data_type() {
        DataType::Interval(unit) => interval_to_struct(array, *unit),
        DataType::Date64 => {
            scaled(array, |millis| (millis % DAY == 0).then_some(millis / DAY), &DataType::Date32)
        }
        kind @ (DataType::Time32(TimeUnit::Second) | DataType::Timestamp(TimeUnit::Second, _)) => {
            scaled(array, |seconds| seconds.checked_mul(SECOND), &stored_type(kind))
        }
        _ => Ok(array.clone()),
    }
}

/// The values of a column from those of Parquet.
///
/// # Errors
/// A column of another form.
pub(super) fn from_stored(data_type: &DataType, array: &ArrayRef) -> Result<ArrayRef> {
    if !array.data_type().equals_datatype(&stored_type(data_type)) {
        return Ok(array.clone());
    }
    match data_type {
        DataType::Interval(unit) => interval_from_struct(array, *unit),
        DataType::Date64 => scaled(array, |days| days.checked_mul(DAY), data_type),
        DataType::Time32(TimeUnit::Second) | DataType::Timestamp(TimeUnit::Second, _) => {
            scaled(array, |millis| Some(millis / SECOND), data_type)
        }
        _ => Ok(array.clone()),
    }
}

/// Integers in another unit and type.
fn scaled(array: &ArrayRef, scale: impl Fn(i64) -> Option<i64>, target: &DataType) -> Result<ArrayRef> {
    let outside = || {
        let message = format!("a value of {} has no form in a segment", array.data_type());
        StoreError::new(Code::ValueOutOfRange, message)
    };
    let is_narrow = |kind: &DataType| matches!(kind, DataType::Date32 | DataType::Time32(_));
    let from = if is_narrow(array.data_type()) { DataType::Int32 } else { DataType::Int64 };
    let integers = make_array(array.to_data().into_builder().data_type(from).build()?);
    let integers = arrow::compute::cast(&integers, &DataType::Int64)?;
    let values = integers.as_primitive::<Int64Type>().iter();
    let values = values.map(|value| value.map(|value| scale(value).ok_or_else(outside)).transpose());
    let values: Int64Array = values.collect::<Result<_>>()?;
    let integers: ArrayRef = if is_narrow(target) {
        let narrow =
            |value: Option<i64>| value.map(|value| i32::try_from(value).map_err(|_| outside())).transpose();
        Arc::new(values.iter().map(narrow).collect::<Result<Int32Array>>()?)
    } else {
        Arc::new(values)
    };
    Ok(make_array(integers.to_data().into_builder().data_type(target.clone()).build()?))
}

fn interval_to_struct(array: &ArrayRef, unit: IntervalUnit) -> Result<ArrayRef> {
    let parts: Vec<(i32, i32, i64)> = match unit {
        IntervalUnit::YearMonth => array
            .as_primitive::<IntervalYearMonthType>()
            .values()
            .iter()
            .map(|&months| (months, 0, 0))
            .collect(),
        IntervalUnit::DayTime => {
            let values = array.as_primitive::<IntervalDayTimeType>().values().iter();
            values.map(|value| (0, value.days, i64::from(value.milliseconds) * 1_000_000)).collect()
        }
        IntervalUnit::MonthDayNano => {
            let values = array.as_primitive::<IntervalMonthDayNanoType>().values().iter();
            values.map(|value| (value.months, value.days, value.nanoseconds)).collect()
        }
    };
    let columns: Vec<ArrayRef> = vec![
        Arc::new(parts.iter().map(|part| part.0).collect::<Int32Array>()),
        Arc::new(parts.iter().map(|part| part.1).collect::<Int32Array>()),
        Arc::new(parts.iter().map(|part| part.2).collect::<Int64Array>()),
    ];
    Ok(Arc::new(StructArray::try_new(interval_fields(), columns, array.nulls().cloned())?))
}

fn interval_from_struct(array: &ArrayRef, unit: IntervalUnit) -> Result<ArrayRef> {
    let damaged = || StoreError::damaged("a column of intervals has another form than the store writes");
    let parts = array.as_struct_opt().ok_or_else(damaged)?;
    let [months, days, nanos] = parts.columns() else { return Err(damaged()) };
    let months = months.as_primitive_opt::<Int32Type>().ok_or_else(damaged)?.values();
    let days = days.as_primitive_opt::<Int32Type>().ok_or_else(damaged)?.values();
    let nanos = nanos.as_primitive_opt::<Int64Type>().ok_or_else(damaged)?.values();
    let nulls = parts.nulls().cloned();
    Ok(match unit {
        IntervalUnit::YearMonth => Arc::new(IntervalYearMonthArray::try_new(months.clone(), nulls)?),
        IntervalUnit::DayTime => {
            let millis = nanos.iter().map(|nanos| i32::try_from(nanos / 1_000_000).unwrap_or(i32::MAX));
            let values = days.iter().zip(millis).map(|(&days, millis)| IntervalDayTime::new(days, millis));
            Arc::new(IntervalDayTimeArray::try_new(values.collect(), nulls)?)
        }
        IntervalUnit::MonthDayNano => {
            let values = months.iter().zip(days).zip(nanos);
            let values =
                values.map(|((&months, &days), &nanos)| IntervalMonthDayNano::new(months, days, nanos));
            Arc::new(IntervalMonthDayNanoArray::try_new(values.collect(), nulls)?)
        }
    })
}
