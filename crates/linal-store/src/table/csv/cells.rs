//! The cells of a column as text, and the array that they become.

use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, BooleanArray, BooleanBufferBuilder, Date32Array, Decimal128Array, Float64Array,
    Int64Array, StringViewArray, StringViewBuilder, TimestampMicrosecondArray,
};

use super::cell;
use super::infer::{self, CellType};
use crate::numeric;
use crate::table::datetime;

/// The collected cells of a column, or of a part of it.
#[derive(Debug)]
pub(super) struct Cells {
    bytes: Vec<u8>,
    /// The end offset of each cell.
    ends: Vec<usize>,
    /// Whether a cell has a value if the column is text.
    valid: BooleanBufferBuilder,
}

impl Cells {
    pub(super) fn new() -> Cells {
        Cells { bytes: Vec::new(), ends: Vec::new(), valid: BooleanBufferBuilder::new(0) }
    }

    /// Appends a cell. An empty unquoted cell is NULL, and so is a blank one unless the column is text.
    pub(super) fn push(&mut self, text: &[u8], quoted: bool) {
        self.bytes.extend_from_slice(text);
        self.ends.push(self.bytes.len());
        self.valid.append(quoted || !text.is_empty());
    }

    /// The same cells after a first one.
    pub(super) fn behind(&self, text: &[u8], quoted: bool) -> Cells {
        let mut cells = Cells::new();
        cells.push(text, quoted);
        let start = cells.bytes.len();
        cells.bytes.extend_from_slice(&self.bytes);
        cells.ends.extend(self.ends.iter().map(|end| end + start));
        for at in 0..self.ends.len() {
            cells.valid.append(self.valid.get_bit(at));
        }
        cells
    }

    /// The allocated bytes.
    pub(super) fn memory(&self) -> usize {
        self.bytes.capacity() + self.ends.capacity() * size_of::<usize>() + self.valid.capacity() / 8
    }

    /// The bytes of the cells.
    pub(super) fn text_bytes(&self) -> usize {
        self.bytes.len()
    }

    /// The greatest size of the array.
    pub(super) fn array_memory(&self, kind: CellType) -> usize {
        self.ends.len() * 33 + if kind == CellType::String { self.bytes.len() } else { 0 }
    }

    /// The array, in which a cell that is not of the kind is NULL.
    pub(super) fn finish(&self, kind: CellType) -> ArrayRef {
        match kind {
            CellType::Bool => Arc::new(self.parsed(infer::bool).collect::<BooleanArray>()),
            CellType::Int => Arc::new(self.parsed(infer::int).collect::<Int64Array>()),
            CellType::Float => Arc::new(self.parsed(numeric::float).collect::<Float64Array>()),
            CellType::Decimal(scale) => {
                let values = self.parsed(|text| numeric::decimal(text, scale)).collect::<Decimal128Array>();
                Arc::new(values.with_data_type(kind.column_type().data_type()))
            }
            CellType::Date => Arc::new(self.parsed(datetime::date).collect::<Date32Array>()),
            CellType::Timestamp => {
                Arc::new(self.parsed(datetime::timestamp).collect::<TimestampMicrosecondArray>())
            }
            CellType::String => Arc::new(self.texts()),
        }
    }

    /// The array, unless a cell with a value is not of the kind.
    pub(super) fn checked(&self, kind: CellType) -> Option<ArrayRef> {
        let array = self.finish(kind);
        let blanks = || self.cells().filter(|text| cell::trim(text).is_empty()).count();
        let fits = kind == CellType::String || array.null_count() == 0 || array.null_count() == blanks();
        fits.then_some(array)
    }

    fn cells(&self) -> impl Iterator<Item = &[u8]> {
        let mut start = 0;
        self.ends.iter().map(move |&end| {
            let cell = &self.bytes[start..end];
            start = end;
            cell
        })
    }

    /// Parses the values. Each cell that is not blank parses if the type was inferred from it.
    fn parsed<T>(&self, parse: impl Fn(&[u8]) -> Option<T>) -> impl Iterator<Item = Option<T>> {
        self.cells().map(move |text| parse(cell::trim(text)))
    }

    fn texts(&self) -> StringViewArray {
        let mut builder = StringViewBuilder::with_capacity(self.ends.len());
        for (at, text) in self.cells().enumerate() {
            // The scanner has checked that rows are UTF-8.
            match std::str::from_utf8(text) {
                Ok(text) if self.valid.get_bit(at) => builder.append_value(text),
                _ => builder.append_null(),
            }
        }
        builder.finish()
    }
}
