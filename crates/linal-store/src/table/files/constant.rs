//! Columns with one value in all rows of a file.

use std::path::Path;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, StringViewArray, UInt32Array};
use arrow::compute::take;
use arrow::error::ArrowError;

/// The array with the only element of another `rows` times. Texts are shared, not copied.
pub(super) fn repeat(element: &ArrayRef, rows: usize) -> Result<ArrayRef, ArrowError> {
    take(element, &UInt32Array::from_value(0, rows), None)
}

/// The memory of the array, and of what it is made with.
pub(super) fn memory(element: &ArrayRef, rows: usize) -> usize {
    element.get_buffer_memory_size() + rows.saturating_mul(size_of::<u128>() + size_of::<u32>())
}

/// The path of a file, as an array of one element.
pub(super) fn path_element(path: &Path) -> ArrayRef {
    Arc::new(StringViewArray::from(vec![path.to_string_lossy().into_owned()]))
}
