//! Arrays under another type of the same layout: the names and metadata of nested fields differ.

use arrow::array::{Array, ArrayData, ArrayRef, make_array};
use arrow::datatypes::DataType;
use arrow::error::ArrowError;

use super::super::error::Result;

/// The array in another type of the same layout.
///
/// # Errors
/// A type of another layout.
pub(super) fn relabel(array: &ArrayRef, data_type: &DataType) -> Result<ArrayRef> {
    if array.data_type() == data_type {
        return Ok(array.clone());
    }
    Ok(make_array(relabel_data(array.to_data(), data_type)?))
}

fn relabel_data(data: ArrayData, data_type: &DataType) -> std::result::Result<ArrayData, ArrowError> {
    let kinds: Vec<&DataType> = match data_type {
        DataType::List(item)
        | DataType::LargeList(item)
        | DataType::FixedSizeList(item, _)
        | DataType::Map(item, _) => vec![item.data_type()],
        DataType::Struct(fields) => fields.iter().map(|field| field.data_type()).collect(),
        _ => return data.into_builder().data_type(data_type.clone()).build(),
    };
    let children = data.child_data().iter().cloned().zip(kinds);
    let children = children.map(|(child, kind)| relabel_data(child, kind));
    let children = children.collect::<std::result::Result<Vec<_>, _>>()?;
    data.into_builder().data_type(data_type.clone()).child_data(children).build()
}
