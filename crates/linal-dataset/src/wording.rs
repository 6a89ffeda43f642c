//! The names of types in error messages.

use arrow::datatypes::DataType;
use linal_store::{ColumnType, UUID_BYTES};

/// The name of a type in the language, never Arrow's name.
pub fn spoken(column_type: &ColumnType) -> String {
    match column_type {
        ColumnType::Other(other) => of_arrow(other),
        known => known.to_string(),
    }
}

fn of_arrow(data_type: &DataType) -> String {
    match data_type {
        DataType::List(item)
        | DataType::LargeList(item)
        | DataType::ListView(item)
        | DataType::LargeListView(item) => format!("{}[]", spoken(&ColumnType::of(item))),
        DataType::FixedSizeList(item, length) => format!("{}[{length}]", spoken(&ColumnType::of(item))),
        DataType::Time32(_) | DataType::Time64(_) => "Time".to_string(),
        DataType::Timestamp(_, Some(_)) => "Timestamp with time zone".to_string(),
        DataType::Timestamp(_, None) => "Timestamp".to_string(),
        DataType::Interval(_) | DataType::Duration(_) => "Interval".to_string(),
        DataType::Date32 | DataType::Date64 => "Date".to_string(),
        DataType::FixedSizeBinary(UUID_BYTES) => "Uuid".to_string(),
        DataType::Binary | DataType::LargeBinary | DataType::BinaryView | DataType::FixedSizeBinary(_) => {
            "Blob".to_string()
        }
        DataType::Decimal32(digits, scale)
        | DataType::Decimal64(digits, scale)
        | DataType::Decimal128(digits, scale)
        | DataType::Decimal256(digits, scale) => format!("Decimal({digits}, {scale})"),
        DataType::Struct(_) | DataType::Map(..) => ColumnType::Other(data_type.clone()).to_string(),
        DataType::Null => "NULL".to_string(),
        number if number.is_integer() => "Int".to_string(),
        number if number.is_floating() => "Float".to_string(),
        text if text.is_string() => "String".to_string(),
        other => ColumnType::Other(other.clone()).to_string(),
    }
}
