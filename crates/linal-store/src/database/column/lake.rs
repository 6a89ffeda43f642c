//! The types of columns in the DuckLake views of the catalog (`docs/format.md`, "Types").

use arrow::datatypes::{DataType, Field, FieldRef, TimeUnit};

use super::field_ids::children;
use crate::column::TensorType;
use crate::column_name::UUID_BYTES;

/// The type of a column in the lake.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::database) struct LakeType {
    /// DuckLake's name of the type.
    pub name: String,
    /// The expression of DuckDB that yields the column's own type, where that is another; `{}` stands for
    /// the column.
    pub cast: Option<String>,
}

/// The type of a field in the lake; `None` for one that the lake does not show.
pub(in crate::database) fn lake_type(field: &Field) -> Option<LakeType> {
    let name = name_of(field.data_type())?;
    let cast = match (field.data_type(), TensorType::of(field)) {
        (_, Some(tensor)) => tensor_cast(field.data_type(), &tensor),
        (DataType::FixedSizeBinary(UUID_BYTES), _) => Some("CAST({} AS UUID)".to_string()),
        (DataType::Duration(unit), _) => Some(duration_cast(*unit)),
        (DataType::Interval(_), _) => Some(
            "to_months({}.months) + to_days({}.days) + to_microseconds({}.nanoseconds // 1000)".to_string(),
        ),
        _ => None,
    };
    Some(LakeType { name, cast })
}

fn duration_cast(unit: TimeUnit) -> String {
    let micros = match unit {
        TimeUnit::Second => "{} * 1000000",
        TimeUnit::Millisecond => "{} * 1000",
        TimeUnit::Microsecond => "{}",
        TimeUnit::Nanosecond => "{} // 1000",
    };
    format!("to_microseconds({micros})")
}

/// Arrays of arrays from the flat list. Complex elements are arrays of two numbers.
fn tensor_cast(data_type: &DataType, tensor: &TensorType) -> Option<String> {
    let element = element_name(data_type)?;
    let mut dims = tensor.shape.dims().to_vec();
    if tensor.dtype.is_complex() {
        dims.push(2);
    }
    let array: String = dims.iter().rev().map(|dim| format!("[{dim}]")).collect();
    let value = if dims.len() == 1 {
        "{}".to_string()
    } else {
        format!("CASE WHEN {{}} IS NOT NULL THEN {} END", nested_lists(&dims))
    };
    Some(format!("CAST({value} AS {element}{array})"))
}

/// The expression that nests a flat list: the innermost lists are slices at an offset of the loop variables.
fn nested_lists(dims: &[usize]) -> String {
    let (&last, outer) = match dims.split_last() {
        Some(split) => split,
        None => return "{}".to_string(),
    };
    let mut offset = "0".to_string();
    for (axis, dim) in outer.iter().enumerate() {
        offset = format!("({offset} * {dim} + i{axis})");
    }
    let mut text = format!("{{}}[{offset} * {last} + 1 : {offset} * {last} + {last}]");
    for (axis, dim) in outer.iter().enumerate().rev() {
        text = format!("list_transform(range({dim}), lambda i{axis}: {text})");
    }
    text
}

/// DuckDB's name of the elements of a tensor.
fn element_name(data_type: &DataType) -> Option<&'static str> {
    let DataType::FixedSizeList(item, _) = data_type else { return None };
    match item.data_type() {
        DataType::Float32 => Some("FLOAT"),
        DataType::Float64 => Some("DOUBLE"),
        DataType::Int64 => Some("BIGINT"),
        DataType::Boolean => Some("BOOLEAN"),
        _ => None,
    }
}

fn name_of(data_type: &DataType) -> Option<String> {
    let name = match data_type {
        DataType::Boolean => "boolean",
        DataType::Int8 => "int8",
        DataType::Int16 => "int16",
        DataType::Int32 | DataType::Null => "int32",
        DataType::Int64 | DataType::Duration(_) => "int64",
        DataType::UInt8 => "uint8",
        DataType::UInt16 => "uint16",
        DataType::UInt32 => "uint32",
        DataType::UInt64 => "uint64",
        DataType::Float16 | DataType::Float32 => "float32",
        DataType::Float64 => "float64",
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => "varchar",
        DataType::Binary | DataType::LargeBinary | DataType::BinaryView | DataType::FixedSizeBinary(_) => {
            "blob"
        }
        DataType::Date32 | DataType::Date64 => "date",
        DataType::Time32(_) | DataType::Time64(_) => "time",
        DataType::Timestamp(_, Some(_)) => "timestamptz",
        DataType::Timestamp(TimeUnit::Second, None) => "timestamp_s",
        DataType::Timestamp(TimeUnit::Millisecond, None) => "timestamp_ms",
        DataType::Timestamp(TimeUnit::Microsecond, None) => "timestamp",
        DataType::Timestamp(TimeUnit::Nanosecond, None) => "timestamp_ns",
        DataType::Decimal32(digits, scale) => return decimal(*digits, *scale),
        DataType::Decimal64(digits, scale) => return decimal(*digits, *scale),
        DataType::Decimal128(digits, scale) => return decimal(*digits, *scale),
        DataType::Decimal256(digits, scale) => return decimal(*digits, *scale),
        DataType::List(item) | DataType::LargeList(item) | DataType::FixedSizeList(item, _) => {
            return name_of(item.data_type()).map(|_| "list".to_string());
        }
        DataType::Struct(fields) => return all_shown(fields.iter(), "struct"),
        DataType::Interval(_) => "struct",
        DataType::Map(_, _) => return all_shown(children(data_type).iter(), "map"),
        DataType::Dictionary(_, values) => return name_of(values),
        _ => return None,
    };
    Some(name.to_string())
}

/// Greatest precision of a decimal of DuckDB.
const MAX_DIGITS: u8 = 38;

fn decimal(digits: u8, scale: i8) -> Option<String> {
    (digits <= MAX_DIGITS && scale >= 0).then(|| format!("decimal({digits},{scale})"))
}

fn all_shown<'f>(mut fields: impl Iterator<Item = &'f FieldRef>, name: &str) -> Option<String> {
    fields.all(|field| name_of(field.data_type()).is_some()).then(|| name.to_string())
}

/// The nested fields of a type with the names that the lake gives them.
pub(in crate::database) fn lake_children(data_type: &DataType) -> Vec<(String, FieldRef)> {
    let fields = children(data_type);
    let name = |at: usize, field: &FieldRef| match data_type {
        DataType::Struct(_) | DataType::Interval(_) => field.name().clone(),
        DataType::Map(_, _) => if at == 0 { "key" } else { "value" }.to_string(),
        _ => "element".to_string(),
    };
    fields.into_iter().enumerate().map(|(at, field)| (name(at, &field), field)).collect()
}
