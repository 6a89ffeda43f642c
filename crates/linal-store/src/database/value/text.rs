//! Values as text that DuckDB casts to their type: numbers, dates as `2020-01-31`, binary as `\x00\xFF`.

use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, FixedSizeBinaryArray, Float16Array, IntervalDayTimeArray,
    IntervalMonthDayNanoArray, IntervalYearMonthArray, NullArray, StringArray, UInt64Array,
};
use arrow::compute::cast;
use arrow::datatypes::{
    DataType, Float16Type, Float32Type, Float64Type, IntervalDayTimeType, IntervalMonthDayNanoType,
    IntervalUnit, IntervalYearMonthType, UInt64Type,
};
use arrow::util::display::{ArrayFormatter, FormatOptions};

use super::super::error::{Result, StoreError};
use super::{float_text, interval_text, list_text};

/// The text of a row; `None` for NULL.
///
/// # Errors
/// A type that has no such text.
pub(in crate::database) fn encode_text(array: &dyn Array, row: usize) -> Result<Option<String>> {
    if array.is_null(row) || *array.data_type() == DataType::Null {
        return Ok(None);
    }
    let text = match array.data_type() {
        DataType::Boolean => array.as_boolean().value(row).to_string(),
        DataType::UInt64 => array.as_primitive::<UInt64Type>().value(row).to_string(),
        DataType::Float16 => float_text::encode(array.as_primitive::<Float16Type>().value(row)),
        DataType::Float32 => float_text::encode(array.as_primitive::<Float32Type>().value(row)),
        DataType::Float64 => float_text::encode(array.as_primitive::<Float64Type>().value(row)),
        DataType::Utf8 => array.as_string::<i32>().value(row).to_string(),
        DataType::LargeUtf8 => array.as_string::<i64>().value(row).to_string(),
        DataType::Utf8View => array.as_string_view().value(row).to_string(),
        DataType::Binary => blob_text(array.as_binary::<i32>().value(row)),
        DataType::LargeBinary => blob_text(array.as_binary::<i64>().value(row)),
        DataType::BinaryView => blob_text(array.as_binary_view().value(row)),
        DataType::FixedSizeBinary(_) => blob_text(array.as_fixed_size_binary().value(row)),
        DataType::Interval(IntervalUnit::YearMonth) => {
            interval_text::encode_year_month(array.as_primitive::<IntervalYearMonthType>().value(row))
        }
        DataType::Interval(IntervalUnit::DayTime) => {
            interval_text::encode_day_time(array.as_primitive::<IntervalDayTimeType>().value(row))
        }
        DataType::Interval(IntervalUnit::MonthDayNano) => {
            interval_text::encode_month_day_nano(array.as_primitive::<IntervalMonthDayNanoType>().value(row))
        }
        DataType::Dictionary(_, values) => return encode_text(&cast(&array.slice(row, 1), values)?, 0),
        DataType::List(_) | DataType::LargeList(_) | DataType::FixedSizeList(_, _) => {
            list_text::encode(array, row)?
        }
        _ => {
            let options = FormatOptions::default();
            ArrayFormatter::try_new(array, &options)?.value(row).try_to_string()?
        }
    };
    Ok(Some(text))
}

/// The text of an array of one value, if DuckDB casts it to the type and it reads back as the same value.
///
/// # Errors
/// A value that Arrow cannot format.
pub(in crate::database) fn shared_text(value: &dyn Array) -> Result<Option<String>> {
    let kind = value.data_type();
    if kind.is_nested() || matches!(kind, DataType::Interval(_) | DataType::Duration(_)) {
        return Ok(None);
    }
    let Some(text) = encode_text(value, 0)? else { return Ok(None) };
    let has_year = matches!(kind, DataType::Date32 | DataType::Date64 | DataType::Timestamp(_, _));
    let is_usual = !has_year
        || text.as_bytes().get(4) == Some(&b'-')
            && !text.starts_with(['-', '+'])
            && !text.starts_with("0000");
    let reads_back = decode_text(kind, &text).is_ok_and(|back| back.to_data() == value.to_data());
    Ok((is_usual && (reads_back || is_nan(value))).then_some(text))
}

/// Whether a float is NaN, which equals no other.
fn is_nan(value: &dyn Array) -> bool {
    match value.data_type() {
        DataType::Float16 => value.as_primitive::<Float16Type>().value(0).is_nan(),
        DataType::Float32 => value.as_primitive::<Float32Type>().value(0).is_nan(),
        DataType::Float64 => value.as_primitive::<Float64Type>().value(0).is_nan(),
        _ => false,
    }
}

/// An array of one value.
///
/// # Errors
/// A text that is no value of the type.
pub(in crate::database) fn decode_text(data_type: &DataType, text: &str) -> Result<ArrayRef> {
    decode_texts(data_type, vec![Some(text.to_string())])
}

/// The array of texts.
///
/// # Errors
/// A text that is no value of the type.
pub(super) fn decode_texts(data_type: &DataType, texts: Vec<Option<String>>) -> Result<ArrayRef> {
    match data_type {
        DataType::Boolean => {
            parsed(texts, |text| text.parse::<bool>().ok()).map(|all| Arc::new(BooleanArray::from(all)) as _)
        }
        DataType::UInt64 => {
            parsed(texts, |text| text.parse().ok()).map(|all| Arc::new(UInt64Array::from(all)) as _)
        }
        DataType::Float16 => {
            parsed(texts, float_text::decode::<half::f16>).map(|all| Arc::new(Float16Array::from(all)) as _)
        }
        DataType::Float32 => floats::<Float32Type>(texts),
        DataType::Float64 => floats::<Float64Type>(texts),
        DataType::Null => Ok(Arc::new(NullArray::new(texts.len()))),
        DataType::Utf8 => Ok(Arc::new(StringArray::from(texts))),
        DataType::Binary | DataType::LargeBinary | DataType::BinaryView => blobs(data_type, texts),
        DataType::FixedSizeBinary(width) => {
            let values = parsed(texts, blob_of_text)?;
            Ok(Arc::new(FixedSizeBinaryArray::try_from_sparse_iter_with_size(values.into_iter(), *width)?))
        }
        DataType::Interval(IntervalUnit::YearMonth) => parsed(texts, interval_text::decode_year_month)
            .map(|all| Arc::new(IntervalYearMonthArray::from(all)) as _),
        DataType::Interval(IntervalUnit::DayTime) => parsed(texts, interval_text::decode_day_time)
            .map(|all| Arc::new(IntervalDayTimeArray::from(all)) as _),
        DataType::Interval(IntervalUnit::MonthDayNano) => parsed(texts, interval_text::decode_month_day_nano)
            .map(|all| Arc::new(IntervalMonthDayNanoArray::from(all)) as _),
        DataType::Dictionary(_, values) => Ok(cast(&decode_texts(values, texts)?, data_type)?),
        DataType::List(_) | DataType::LargeList(_) | DataType::FixedSizeList(_, _) => {
            list_text::decode(data_type, &texts)
        }
        _ => from_cast(data_type, texts),
    }
}

/// Values that Arrow's cast parses. One that it does not parse would be NULL.
fn from_cast(data_type: &DataType, texts: Vec<Option<String>>) -> Result<ArrayRef> {
    let texts = StringArray::from(texts);
    let damaged = || StoreError::damaged(format!("the catalog has a text that is no {data_type}"));
    let values = cast(&texts, data_type).map_err(|_| damaged())?;
    if values.null_count() == texts.null_count() { Ok(values) } else { Err(damaged()) }
}

fn damaged() -> StoreError {
    StoreError::damaged("the catalog has a text that is no value of its column's type")
}

fn parsed<T>(texts: Vec<Option<String>>, parse: impl Fn(&str) -> Option<T>) -> Result<Vec<Option<T>>> {
    let one = |text: Option<String>| text.map(|text| parse(&text).ok_or_else(damaged)).transpose();
    texts.into_iter().map(one).collect()
}

fn floats<T: arrow::datatypes::ArrowPrimitiveType<Native: std::str::FromStr>>(
    texts: Vec<Option<String>>,
) -> Result<ArrayRef> {
    let values = parsed(texts, float_text::decode::<T::Native>)?;
    Ok(Arc::new(values.into_iter().collect::<arrow::array::PrimitiveArray<T>>()))
}

fn blobs(data_type: &DataType, texts: Vec<Option<String>>) -> Result<ArrayRef> {
    let values = parsed(texts, blob_of_text)?;
    let values = arrow::array::LargeBinaryArray::from_iter(values);
    Ok(cast(&values, data_type)?)
}

/// Each byte as `\x00`.
fn blob_text(bytes: &[u8]) -> String {
    use std::fmt::Write;
    let mut text = String::with_capacity(4 * bytes.len());
    for byte in bytes {
        // Writing to a String cannot fail.
        let _ = write!(text, "\\x{byte:02X}");
    }
    text
}

fn blob_of_text(text: &str) -> Option<Vec<u8>> {
    let byte = |chunk: &[u8]| {
        let digits = std::str::from_utf8(chunk.strip_prefix(b"\\x")?).ok()?;
        u8::from_str_radix(digits, 16).ok()
    };
    text.as_bytes().chunks(4).map(byte).collect()
}
