//! Intervals in Parquet: a struct of 32-bit months and days and 64-bit nanoseconds, since Parquet's own
//! INTERVAL has milliseconds.

use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, Int32Array, Int64Array, IntervalDayTimeArray, IntervalMonthDayNanoArray,
    IntervalYearMonthArray, StructArray,
};
use arrow::datatypes::{
    DataType, Int32Type, Int64Type, IntervalDayTime, IntervalDayTimeType, IntervalMonthDayNano,
    IntervalMonthDayNanoType, IntervalUnit, IntervalYearMonthType,
};

use super::super::column::interval_fields;
use super::super::error::{Result, StoreError};

/// The type that Parquet has for a column.
pub(super) fn stored_type(data_type: &DataType) -> DataType {
    if !matches!(data_type, DataType::Interval(_)) {
        return data_type.clone();
    }
    DataType::Struct(interval_fields())
}

/// The values that Parquet has for a column, in the stored field.
pub(super) fn to_stored(array: &ArrayRef) -> Result<ArrayRef> {
    let DataType::Interval(unit) = array.data_type() else { return Ok(array.clone()) };
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
    let DataType::Struct(fields) = stored_type(array.data_type()) else {
        return Err(StoreError::internal("an interval is stored as a struct"));
    };
    Ok(Arc::new(StructArray::try_new(fields, columns, array.nulls().cloned())?))
}

/// The values of a column from those of Parquet.
pub(super) fn from_stored(data_type: &DataType, array: &ArrayRef) -> Result<ArrayRef> {
    let DataType::Interval(unit) = data_type else { return Ok(array.clone()) };
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
