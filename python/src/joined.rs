//! Chunks of a column that lie one behind the other in memory, as one array over it.
//!
//! A query hands out the rows of a dataset in batches, which are slices of the dataset's memory. Put together again they
//! are that memory, so that a column of a million rows is an array without a copy.

use std::panic::AssertUnwindSafe;
use std::ptr::NonNull;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, FixedSizeListArray, PrimitiveArray};
use arrow::buffer::{Buffer, ScalarBuffer};
use arrow::datatypes::{ArrowPrimitiveType, DataType, Float32Type, Float64Type, Int64Type};

/// The chunks as one array, if it takes no copy.
pub fn adjacent(chunks: &[ArrayRef]) -> Option<ArrayRef> {
    let [first, rest @ ..] = chunks else { return None };
    if rest.is_empty() {
        return Some(first.clone());
    }
    if chunks.iter().any(|chunk| chunk.null_count() > 0 || chunk.data_type() != first.data_type()) {
        return None;
    }
    match first.data_type() {
        DataType::Int64 => numbers::<Int64Type>(chunks),
        DataType::Float32 => numbers::<Float32Type>(chunks),
        DataType::Float64 => numbers::<Float64Type>(chunks),
        DataType::FixedSizeList(item, width) => {
            let lists = chunks.iter().map(|chunk| chunk.as_fixed_size_list_opt());
            let values: Option<Vec<ArrayRef>> = lists.map(|list| Some(list?.values().clone())).collect();
            let rows = chunks.iter().map(|chunk| chunk.len()).sum();
            let values = adjacent(&values?)?;
            let list = FixedSizeListArray::try_new_with_length(item.clone(), *width, values, None, rows);
            Some(Arc::new(list.ok()?))
        }
        _ => None,
    }
}

fn numbers<T: ArrowPrimitiveType>(chunks: &[ArrayRef]) -> Option<ArrayRef> {
    let buffers: Option<Vec<Buffer>> =
        chunks.iter().map(|chunk| Some(chunk.as_primitive_opt::<T>()?.values().inner().clone())).collect();
    let buffers: Vec<Buffer> = buffers?.into_iter().filter(|buffer| !buffer.is_empty()).collect();
    let first = buffers.first()?;
    let mut end = first.as_ptr();
    for buffer in &buffers {
        // Neighbours of different allocations are no single piece of memory, even if they touch.
        if buffer.as_ptr() != end || buffer.data_ptr() != first.data_ptr() {
            return None;
        }
        end = end.wrapping_add(buffer.len());
    }
    let length = buffers.iter().map(Buffer::len).sum();
    let start = NonNull::new(first.as_ptr().cast_mut())?;
    // SAFETY: the buffers are slices of one allocation, each begins where the one before ends, and they are kept by
    // the new one. Nobody writes to memory of a buffer.
    let whole = unsafe { Buffer::from_custom_allocation(start, length, Arc::new(AssertUnwindSafe(buffers))) };
    Some(Arc::new(PrimitiveArray::<T>::new(ScalarBuffer::from(whole), None)))
}
