//! Values in rows of the catalog (`docs/format.md`, "Inline values").

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, BooleanArray, FixedSizeBinaryArray, LargeBinaryArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, TimeUnit};
use rusqlite::types::Value;

use super::super::error::{Result, StoreError};
use super::integers;
use super::text::{decode_texts, encode_text};

/// The type of the SQLite column.
pub(in crate::database) fn inline_sql_type(data_type: &DataType) -> &'static str {
    match data_type {
        DataType::Boolean => "INTEGER",
        DataType::Dictionary(_, values) => inline_sql_type(values),
        kind if integers::integer_type(kind).is_some() => "INTEGER",
        kind if is_binary(kind) => "BLOB",
        _ => "TEXT",
    }
}

fn is_binary(data_type: &DataType) -> bool {
    matches!(
        data_type,
        DataType::Binary | DataType::LargeBinary | DataType::BinaryView | DataType::FixedSizeBinary(_)
    )
}

/// The expression of DuckDB that yields the value of a column of a table of inline rows.
pub(in crate::database) fn inline_view_expr(data_type: &DataType, column: &str) -> String {
    let micros = |unit: TimeUnit| match unit {
        TimeUnit::Second => format!("make_timestamp({column} * 1000000)"),
        TimeUnit::Millisecond => format!("make_timestamp({column} * 1000)"),
        TimeUnit::Microsecond => format!("make_timestamp({column})"),
        TimeUnit::Nanosecond => format!("make_timestamp_ns({column})"),
    };
    match data_type {
        DataType::Date32 => format!("CAST('1970-01-01' AS DATE) + CAST({column} AS INTEGER)"),
        DataType::Date64 => format!("CAST(make_timestamp({column} * 1000) AS DATE)"),
        DataType::Time32(unit) | DataType::Time64(unit) => {
            format!("CAST({} AS TIME)", micros(*unit))
        }
        DataType::Timestamp(unit, None) => micros(*unit),
        DataType::Timestamp(unit, Some(_)) => format!("({}) || '+00'", micros(*unit)),
        DataType::Interval(_) => format!(
            "regexp_replace({column}, '^(-?[0-9]+) months (-?[0-9]+) days (-?[0-9]+) nanoseconds$', \
             '{{''months'': \\1, ''days'': \\2, ''nanoseconds'': \\3}}')"
        ),
        DataType::Dictionary(_, values) => inline_view_expr(values, column),
        _ => column.to_string(),
    }
}

/// The value of a row.
///
/// # Errors
/// A type that has no inline form.
pub(in crate::database) fn encode_inline(array: &dyn Array, row: usize) -> Result<Value> {
    if array.is_null(row) || *array.data_type() == DataType::Null {
        return Ok(Value::Null);
    }
    let blob = |bytes: &[u8]| Ok(Value::Blob(bytes.to_vec()));
    match array.data_type() {
        DataType::Boolean => Ok(Value::Integer(array.as_boolean().value(row).into())),
        DataType::Binary => blob(array.as_binary::<i32>().value(row)),
        DataType::LargeBinary => blob(array.as_binary::<i64>().value(row)),
        DataType::BinaryView => blob(array.as_binary_view().value(row)),
        DataType::FixedSizeBinary(_) => blob(array.as_fixed_size_binary().value(row)),
        DataType::Dictionary(_, values) => encode_inline(&cast(&array.slice(row, 1), values)?, 0),
        _ => match integers::encode(array, row) {
            Some(integer) => Ok(Value::Integer(integer)),
            None => Ok(encode_text(array, row)?.map_or(Value::Null, Value::Text)),
        },
    }
}

/// The column of values.
///
/// # Errors
/// A value that the type does not have.
pub(in crate::database) fn decode_inline(data_type: &DataType, values: Vec<Value>) -> Result<ArrayRef> {
    match data_type {
        DataType::Boolean => {
            let values = integers_of(values)?;
            let bits: BooleanArray = values.into_iter().map(|value| value.map(|value| value != 0)).collect();
            Ok(Arc::new(bits))
        }
        DataType::FixedSizeBinary(width) => {
            let values = blobs_of(values)?.into_iter();
            Ok(Arc::new(FixedSizeBinaryArray::try_from_sparse_iter_with_size(values, *width)?))
        }
        DataType::Dictionary(_, inner) => Ok(cast(&decode_inline(inner, values)?, data_type)?),
        kind if is_binary(kind) => Ok(cast(&LargeBinaryArray::from_iter(blobs_of(values)?), kind)?),
        kind if integers::integer_type(kind).is_some() => integers::decode(kind, &integers_of(values)?),
        kind => decode_texts(kind, texts_of(values)?),
    }
}

fn integers_of(values: Vec<Value>) -> Result<Vec<Option<i64>>> {
    let one = |value| match value {
        Value::Null => Ok(None),
        Value::Integer(integer) => Ok(Some(integer)),
        _ => Err(damaged()),
    };
    values.into_iter().map(one).collect()
}

fn texts_of(values: Vec<Value>) -> Result<Vec<Option<String>>> {
    let one = |value| match value {
        Value::Null => Ok(None),
        Value::Text(text) => Ok(Some(text)),
        _ => Err(damaged()),
    };
    values.into_iter().map(one).collect()
}

fn blobs_of(values: Vec<Value>) -> Result<Vec<Option<Vec<u8>>>> {
    let one = |value| match value {
        Value::Null => Ok(None),
        Value::Blob(bytes) => Ok(Some(bytes)),
        _ => Err(damaged()),
    };
    values.into_iter().map(one).collect()
}

fn damaged() -> StoreError {
    StoreError::damaged("a row of the catalog has a value of another kind than its column")
}
