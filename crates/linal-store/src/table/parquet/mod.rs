//! Apache Parquet.

mod file;
mod int96;
mod read;
mod size;
mod stream;
mod survey;

use arrow::array::{Array, AsArray, RecordBatch, StringViewArray};
use arrow::datatypes::DataType;

pub(super) use read::read;
pub(super) use stream::open;

/// The size of a batch.
pub(crate) fn memory(batch: &RecordBatch) -> usize {
    let sizes = batch.columns().iter().map(|column| column.to_data().get_slice_memory_size().unwrap_or(0));
    // Views are counted without the text that they reference.
    let texts = batch.columns().iter().filter(|column| matches!(column.data_type(), DataType::Utf8View));
    sizes.sum::<usize>() + texts.map(|column| column.get_buffer_memory_size()).sum::<usize>()
}

/// The size of the rows of a batch alone, whatever else their buffers hold.
pub(crate) fn row_bytes(batch: &RecordBatch) -> usize {
    let sizes = batch.columns().iter().map(|column| column.to_data().get_slice_memory_size().unwrap_or(0));
    let texts = batch.columns().iter().filter_map(|column| column.as_string_view_opt());
    sizes.sum::<usize>() + texts.map(StringViewArray::total_buffer_bytes_used).sum::<usize>()
}
