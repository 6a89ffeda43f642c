//! Which types the store keeps, and which of them rows of the catalog can hold.

use arrow::datatypes::{DataType, Field};
use linal_error::Code;

use super::super::error::{Result, StoreError};
use super::definition::Column;
use super::field_ids::children;

/// Checks that segments can hold a column.
///
/// # Errors
/// `E0405 unsupported` with the name of the column and the type.
pub(in crate::database) fn check_stored(field: &Field) -> Result<()> {
    if let Some(kind) = first_refused(field.data_type(), true) {
        let message = format!("the column `{}` cannot be stored: there is no form for {kind}", field.name());
        return Err(StoreError::new(Code::Unsupported, message));
    }
    Ok(())
}

/// The first part of a type that Parquet has no form for.
fn first_refused(data_type: &DataType, is_top: bool) -> Option<&DataType> {
    match data_type {
        DataType::Union(_, _)
        | DataType::RunEndEncoded(_, _)
        | DataType::ListView(_)
        | DataType::LargeListView(_) => Some(data_type),
        // Below the top level, an interval would lose its nanoseconds.
        DataType::Interval(_) if !is_top => Some(data_type),
        DataType::Dictionary(_, values) if values.is_nested() => Some(data_type),
        DataType::Struct(fields) if fields.is_empty() => Some(data_type),
        DataType::List(item)
        | DataType::LargeList(item)
        | DataType::FixedSizeList(item, _)
        | DataType::Map(item, _) => first_refused(item.data_type(), false),
        DataType::Struct(fields) => fields.iter().find_map(|field| first_refused(field.data_type(), false)),
        _ => None,
    }
}

/// The columns that a table of inline rows has besides those of the dataset. DuckDB reads it through a view in
/// which a column of one of these names would be there twice.
const RESERVED: [&str; 3] = ["row_id", "begin_snapshot", "end_snapshot"];

/// Whether rows of the catalog can hold rows with these columns.
pub(in crate::database) fn allows_inline(columns: &[Column]) -> bool {
    let is_free = |column: &Column| !RESERVED.iter().any(|name| name.eq_ignore_ascii_case(column.name()));
    columns
        .iter()
        .all(|column| is_free(column) && (column.is_lazy() || has_inline_form(column.field.data_type())))
}

/// Whether rows of the catalog can hold the values of a type.
fn has_inline_form(data_type: &DataType) -> bool {
    match data_type {
        DataType::Dictionary(_, values) => has_inline_form(values),
        DataType::Interval(_) => true,
        DataType::List(item) | DataType::LargeList(item) | DataType::FixedSizeList(item, _) => {
            is_number(item.data_type())
        }
        other => children(other).is_empty() && !matches!(other, DataType::Struct(_) | DataType::Map(_, _)),
    }
}

fn is_number(data_type: &DataType) -> bool {
    data_type.is_integer() || data_type.is_floating() || *data_type == DataType::Boolean
}
