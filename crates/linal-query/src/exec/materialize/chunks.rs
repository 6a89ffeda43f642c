//! Takes rows of a column from the chunks of a snapshot.

use std::ops::Range;
use std::sync::Arc;

use arrow::array::{
    Array, ArrayData, ArrayRef, AsArray, FixedSizeListArray, Int64Array, make_array, new_null_array,
};
use arrow::buffer::{Buffer, MutableBuffer};
use arrow::compute::interleave;
use arrow::datatypes::DataType;
use datafusion::common::{Result, internal_err};
use linal_dataset::Snapshot;

use super::DeferredColumn;

/// The chunks of a column.
pub(super) struct Chunks {
    /// The row number of each chunk's first row.
    starts: Vec<usize>,
    /// The chunks, followed by one NULL row.
    arrays: Vec<ArrayRef>,
    /// The chunks as bytes, if no row is NULL.
    plain: Option<Plain>,
}

/// The chunks of a column without NULLs, whose rows have a fixed number of bytes.
struct Plain {
    /// Each buffer begins with the first row of its chunk.
    buffers: Vec<Buffer>,
    row_bytes: usize,
}

impl Chunks {
    pub fn of(snapshot: &Snapshot, column: &DeferredColumn) -> Chunks {
        let (mut starts, mut arrays, mut rows) = (Vec::new(), Vec::new(), 0);
        for batch in snapshot.batches() {
            starts.push(rows);
            arrays.push(batch.column(column.column).clone());
            rows += batch.num_rows();
        }
        let plain = Plain::of(&arrays);
        arrays.push(new_null_array(column.field.data_type(), 1));
        Chunks { starts, arrays, plain }
    }

    /// The chunk of a row, and its index in the chunk.
    fn place(&self, row: usize) -> (usize, usize) {
        let chunk = self.starts.partition_point(|&start| start <= row) - 1;
        (chunk, row - self.starts[chunk])
    }

    /// Takes the tensors of rows by their row numbers.
    pub fn take(&self, numbers: &Int64Array) -> Result<ArrayRef> {
        if let Some(plain) = self.plain.as_ref().filter(|_| numbers.null_count() == 0) {
            let places = numbers.values().iter().map(|&number| self.place(number as usize));
            return plain.take(places, self.arrays[0].data_type());
        }
        let places: Vec<(usize, usize)> = numbers
            .iter()
            .map(|number| number.map_or((self.starts.len(), 0), |number| self.place(number as usize)))
            .collect();
        let arrays: Vec<&dyn Array> = self.arrays.iter().map(|array| array.as_ref()).collect();
        Ok(interleave(&arrays, &places)?)
    }
}

impl Plain {
    fn of(chunks: &[ArrayRef]) -> Option<Plain> {
        let mut plain = Plain { buffers: Vec::new(), row_bytes: 0 };
        for chunk in chunks {
            let list = chunk.as_fixed_size_list_opt().filter(|list| list.null_count() == 0)?;
            let values = list.values().to_data();
            let bytes = values.data_type().primitive_width().filter(|_| values.null_count() == 0)?;
            plain.row_bytes = bytes * list.value_length() as usize;
            let (from, len) = (values.offset() * bytes, values.len() * bytes);
            plain.buffers.push(values.buffers()[0].slice_with_length(from, len));
        }
        (!plain.buffers.is_empty()).then_some(plain)
    }

    /// Copies rows; adjacent rows are copied together.
    fn take(
        &self,
        places: impl ExactSizeIterator<Item = (usize, usize)>,
        data_type: &DataType,
    ) -> Result<ArrayRef> {
        let DataType::FixedSizeList(item, size) = data_type else {
            return internal_err!("tensors in a column of {data_type}");
        };
        let rows = places.len();
        let mut bytes = MutableBuffer::with_capacity(rows * self.row_bytes);
        let mut copy = |chunk: usize, rows: Range<usize>| {
            let range = rows.start * self.row_bytes..rows.end * self.row_bytes;
            bytes.extend_from_slice(&self.buffers[chunk].as_slice()[range]);
        };
        let (mut chunk, mut run) = (0, 0..0);
        for (next, row) in places {
            if next == chunk && row == run.end {
                run.end += 1;
            } else {
                copy(chunk, run);
                (chunk, run) = (next, row..row + 1);
            }
        }
        copy(chunk, run);
        let values = ArrayData::builder(item.data_type().clone())
            .len(rows * *size as usize)
            .add_buffer(bytes.into())
            .build()?;
        Ok(Arc::new(FixedSizeListArray::try_new(item.clone(), *size, make_array(values), None)?))
    }
}
