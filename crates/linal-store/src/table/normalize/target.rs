//! The types that columns of foreign files become.

use std::collections::HashMap;
use std::sync::Arc;

use arrow::datatypes::{DataType, Field, FieldRef, Fields, TimeUnit};

use super::survey::Losses;
use crate::column::TensorType;

/// The target type of a column.
pub(super) fn target_type(kind: &DataType, losses: Losses) -> DataType {
    let micros = |zone| DataType::Timestamp(TimeUnit::Microsecond, zone);
    match kind {
        DataType::UInt64 if losses.large_unsigned => DataType::Decimal128(38, 0),
        kind if kind.is_integer() => DataType::Int64,
        DataType::Float16 => DataType::Float32,
        DataType::Null | DataType::Utf8 | DataType::LargeUtf8 => DataType::Utf8View,
        DataType::Date64 if losses.times_of_day => micros(None),
        DataType::Date64 => DataType::Date32,
        DataType::Timestamp(TimeUnit::Nanosecond, zone) if losses.nanoseconds => {
            DataType::Timestamp(TimeUnit::Nanosecond, zone.clone().map(offset))
        }
        DataType::Timestamp(_, zone) => micros(zone.clone().map(offset)),
        DataType::Dictionary(_, values) => target_type(values, losses),
        DataType::RunEndEncoded(_, values) => target_type(values.data_type(), losses),
        DataType::FixedSizeList(item, width) => DataType::FixedSizeList(item_field(item, losses), *width),
        DataType::List(item) => DataType::List(item_field(item, losses)),
        DataType::LargeList(item) => DataType::LargeList(item_field(item, losses)),
        DataType::Struct(fields) => {
            DataType::Struct(fields.iter().map(|field| inner(field, losses)).collect::<Fields>())
        }
        other => other.clone(),
    }
}

fn inner(field: &FieldRef, losses: Losses) -> FieldRef {
    Arc::new(field.as_ref().clone().with_data_type(target_type(field.data_type(), losses)))
}

/// The field of the elements of lists and vectors, with a uniform name.
fn item_field(item: &FieldRef, losses: Losses) -> FieldRef {
    Arc::new(Field::new_list_field(target_type(item.data_type(), losses), true))
}

/// Names for UTC become an offset, the only notation that Arrow reads without a time zone database.
fn offset(zone: Arc<str>) -> Arc<str> {
    match zone.to_ascii_lowercase().as_str() {
        "utc" | "etc/utc" | "z" | "gmt" | "etc/gmt" | "zulu" => Arc::from("+00:00"),
        _ => zone,
    }
}

/// The metadata of tensor shapes; all other metadata of a file is dropped.
pub(super) fn tensor_metadata(field: &Field) -> HashMap<String, String> {
    TensorType::of(
        &Field::new("", target_type(field.data_type(), Losses::default()), true)
            .with_metadata(field.metadata().clone()),
    )
    .map(|tensor| tensor.metadata())
    .unwrap_or_default()
}
