//! Vectors without the validity of elements of NULL rows.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, FixedSizeListArray, make_array};
use arrow::datatypes::DataType;

/// Vectors whose elements are NULL only where the whole vector is: the validity of the elements is dropped,
/// so that kernels see plain buffers.
pub(crate) fn without_padding(array: ArrayRef) -> ArrayRef {
    let Some(list) = array.as_fixed_size_list_opt() else { return array };
    let (values, width) = (list.values(), list.value_length() as usize);
    let Some(marks) = values.nulls().filter(|marks| marks.null_count() > 0) else { return array };
    let within = (0..list.len()).filter(|&row| list.is_null(row)).count() * width;
    let elsewhere =
        (0..list.len()).any(|row| list.is_valid(row) && marks.slice(row * width, width).null_count() > 0);
    if elsewhere || within == 0 {
        return array;
    }
    let DataType::FixedSizeList(item, size) = list.data_type() else { return array };
    let plain = values.to_data().into_builder().nulls(None).build();
    let Ok(plain) = plain else { return array };
    let list = FixedSizeListArray::try_new(item.clone(), *size, make_array(plain), list.nulls().cloned());
    list.map_or(array, |list| Arc::new(list) as ArrayRef)
}
