//! Takes rows of a column from the chunks of a snapshot.

use std::ops::Range;
use std::sync::Arc;

use arrow::array::{
    Array, ArrayData, ArrayRef, AsArray, FixedSizeListArray, Int64Array, make_array, new_null_array,
};
use arrow::buffer::{Buffer, MutableBuffer};
use arrow::compute::{concat, interleave};
use arrow::datatypes::DataType;
use datafusion::common::{Result, internal_err};
use linal_dataset::Snapshot;

use super::DeferredColumn;
use crate::error::external;

/// Rows that are read one by one: a batch of more reads their chunks.
const FEW: usize = 256;

/// The chunks of a column, which are read when a row of theirs is taken.
pub(super) struct Chunks {
    snapshot: Arc<Snapshot>,
    column: DeferredColumn,
    /// The row number of each chunk's first row.
    starts: Vec<usize>,
    read: Vec<Option<ReadChunk>>,
}

/// A chunk of the column.
struct ReadChunk {
    values: ArrayRef,
    /// The values as bytes, if no row is NULL and rows have a fixed number of bytes: the buffer begins with the
    /// first row.
    plain: Option<Plain>,
}

struct Plain {
    buffer: Buffer,
    row_bytes: usize,
}

impl Chunks {
    pub fn of(snapshot: &Arc<Snapshot>, column: &DeferredColumn) -> Chunks {
        let mut starts = Vec::with_capacity(snapshot.chunks.len());
        let mut rows = 0;
        for chunk in &snapshot.chunks {
            starts.push(rows);
            rows += chunk.rows();
        }
        let read = starts.iter().map(|_| None).collect();
        Chunks { snapshot: snapshot.clone(), column: column.clone(), starts, read }
    }

    /// The chunk of a row, and its index in the chunk.
    fn place(&self, row: usize) -> (usize, usize) {
        let chunk = self.starts.partition_point(|&start| start <= row) - 1;
        (chunk, row - self.starts[chunk])
    }

    fn chunk(&mut self, at: usize) -> Result<&ReadChunk> {
        if self.read[at].is_none() {
            let values = self.snapshot.chunks[at].column(self.column.column).map_err(external)?;
            self.read[at] = Some(ReadChunk { plain: Plain::of(&values), values });
        }
        match &self.read[at] {
            Some(read) => Ok(read),
            None => internal_err!("a chunk that was read is missing"),
        }
    }

    /// Takes the tensors of rows by their row numbers; NULL gives NULL.
    pub fn take(&mut self, numbers: &Int64Array) -> Result<ArrayRef> {
        let places: Vec<Option<(usize, usize)>> =
            numbers.iter().map(|number| number.map(|number| self.place(number as usize))).collect();
        let mut used: Vec<usize> = places.iter().flatten().map(|(chunk, _)| *chunk).collect();
        used.sort_unstable();
        used.dedup();
        if let Some(few) = self.few(&places, &used)? {
            return Ok(few);
        }
        let mut row_bytes = None;
        for &chunk in &used {
            let plain = self.chunk(chunk)?.plain.as_ref();
            row_bytes = plain.map(|plain| plain.row_bytes).filter(|_| numbers.null_count() == 0);
            if row_bytes.is_none() {
                break;
            }
        }
        match row_bytes {
            Some(row_bytes) => self.take_plain(places.into_iter().flatten(), numbers.len(), row_bytes),
            None => self.interleaved(&places, &used),
        }
    }

    /// A few rows of chunks in a directory, one by one, so that no more is read and verified.
    fn few(&self, places: &[Option<(usize, usize)>], used: &[usize]) -> Result<Option<ArrayRef>> {
        let is_unread =
            |&chunk: &usize| self.read[chunk].is_none() && self.snapshot.chunks[chunk].is_stored();
        if places.is_empty() || places.len() > FEW || !used.iter().all(is_unread) {
            return Ok(None);
        }
        let null = new_null_array(self.column.field.data_type(), 1);
        let row = |place: &Option<(usize, usize)>| match place {
            Some((chunk, row)) => {
                self.snapshot.chunks[*chunk].slice(self.column.column, *row..row + 1).map_err(external)
            }
            None => Ok(null.clone()),
        };
        let rows: Vec<ArrayRef> = places.iter().map(row).collect::<Result<_>>()?;
        let rows: Vec<&dyn Array> = rows.iter().map(|row| row.as_ref()).collect();
        Ok(Some(concat(&rows)?))
    }

    fn interleaved(&mut self, places: &[Option<(usize, usize)>], used: &[usize]) -> Result<ArrayRef> {
        let mut arrays = Vec::with_capacity(used.len() + 1);
        for &chunk in used {
            arrays.push(self.chunk(chunk)?.values.clone());
        }
        arrays.push(new_null_array(self.column.field.data_type(), 1));
        let null = (used.len(), 0);
        let among_used = |(chunk, row): (usize, usize)| (used.partition_point(|&other| other < chunk), row);
        let places: Vec<(usize, usize)> = places.iter().map(|place| place.map_or(null, among_used)).collect();
        let arrays: Vec<&dyn Array> = arrays.iter().map(|array| array.as_ref()).collect();
        Ok(interleave(&arrays, &places)?)
    }

    /// Copies rows of plain chunks that were read; adjacent rows are copied together.
    fn take_plain(
        &self,
        places: impl Iterator<Item = (usize, usize)>,
        rows: usize,
        row_bytes: usize,
    ) -> Result<ArrayRef> {
        let data_type = self.column.field.data_type();
        let DataType::FixedSizeList(item, size) = data_type else {
            return internal_err!("tensors in a column of {data_type}");
        };
        let mut bytes = MutableBuffer::with_capacity(rows * row_bytes);
        let mut copy = |chunk: usize, rows: Range<usize>| {
            let range = rows.start * row_bytes..rows.end * row_bytes;
            if let Some(Some(ReadChunk { plain: Some(plain), .. })) = self.read.get(chunk) {
                bytes.extend_from_slice(&plain.buffer.as_slice()[range]);
            }
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

impl Plain {
    fn of(chunk: &ArrayRef) -> Option<Plain> {
        let list = chunk.as_fixed_size_list_opt().filter(|list| list.null_count() == 0)?;
        let values = list.values().to_data();
        let bytes = values.data_type().primitive_width().filter(|_| values.null_count() == 0)?;
        let (from, len) = (values.offset() * bytes, values.len() * bytes);
        let buffer = values.buffers()[0].slice_with_length(from, len);
        Some(Plain { buffer, row_bytes: bytes * list.value_length() as usize })
    }
}
