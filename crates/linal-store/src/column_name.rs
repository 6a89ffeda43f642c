//! The names of Arrow types that have no type of their own in [`ColumnType`], as they are declared.

use std::fmt;

use arrow::datatypes::{DataType, Field};

use crate::column::ColumnType;

/// Bytes of a UUID. A fixed-size binary of this length is one.
pub const UUID_BYTES: i32 = 16;

/// Writes the name of a type: `String[]`, `Struct(a Int, v Vector(3))`, `Map(String, Int)`, `Uuid`, `Blob`. A name of these can be
/// declared again; a type that only files have is written as Arrow has it.
pub(crate) fn write(f: &mut fmt::Formatter<'_>, data_type: &DataType) -> fmt::Result {
    match data_type {
        DataType::Decimal128(digits, scale) => write!(f, "Decimal({digits}, {scale})"),
        DataType::Interval(_) => f.write_str("Interval"),
        DataType::FixedSizeBinary(UUID_BYTES) => f.write_str("Uuid"),
        DataType::Binary | DataType::LargeBinary | DataType::BinaryView => f.write_str("Blob"),
        DataType::List(item) | DataType::LargeList(item) => write!(f, "{}[]", ColumnType::of(item)),
        DataType::FixedSizeList(item, length) => write!(f, "{}[{length}]", ColumnType::of(item)),
        DataType::Struct(fields) => {
            f.write_str("Struct(")?;
            for (at, field) in fields.iter().enumerate() {
                if at > 0 {
                    f.write_str(", ")?;
                }
                write_name(f, field.name())?;
                write!(f, " {}", ColumnType::of(field))?;
            }
            f.write_str(")")
        }
        DataType::Map(entries, _) => match key_and_value(entries) {
            Some((key, value)) => write!(f, "Map({}, {})", ColumnType::of(key), ColumnType::of(value)),
            None => write!(f, "{data_type}"),
        },
        other => write!(f, "{other}"),
    }
}

/// The fields of a map's keys and values.
pub fn key_and_value(entries: &Field) -> Option<(&Field, &Field)> {
    match entries.data_type() {
        DataType::Struct(fields) if fields.len() == 2 => Some((&fields[0], &fields[1])),
        _ => None,
    }
}

/// The name of a struct's field, in backticks if it is no word.
fn write_name(f: &mut fmt::Formatter<'_>, name: &str) -> fmt::Result {
    let is_word = name.chars().all(|c| c.is_alphanumeric() || c == '_')
        && !name.chars().next().is_none_or(|c| c.is_ascii_digit());
    if is_word { f.write_str(name) } else { write!(f, "`{}`", name.replace('`', "``")) }
}
