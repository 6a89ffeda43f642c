//! Collects the cells of a column as text until the types of all are known.

use std::sync::Arc;

use arrow::array::{
    ArrayRef, BooleanArray, BooleanBufferBuilder, Date32Array, Decimal128Array, Float64Array, Int64Array,
    StringViewBuilder, TimestampMicrosecondArray,
};
use arrow::datatypes::DataType;

use super::cell;
use super::infer::{self, CellType, Class, TypeSet};
use crate::column::ColumnType;
use crate::numeric;
use crate::table::datetime;

/// Cells whose classes are counted; more would not change the majority.
const CLASSIFIED_CELLS: usize = 10_000;

/// A column under construction.
#[derive(Debug)]
pub(super) struct Column {
    bytes: Vec<u8>,
    /// The end offset of each cell.
    ends: Vec<usize>,
    /// The validity of each cell.
    valid: BooleanBufferBuilder,
    kinds: TypeSet,
    /// Whether a cell has a value that is not blank.
    filled: bool,
    /// Whether a cell has an unquoted value.
    plain: bool,
    /// Counts of each [`Class`] among the first cells with a value.
    counts: [usize; Class::COUNT],
}

impl Column {
    pub(super) fn new() -> Column {
        Column {
            bytes: Vec::new(),
            ends: Vec::new(),
            valid: BooleanBufferBuilder::new(0),
            kinds: TypeSet::ALL,
            filled: false,
            plain: false,
            counts: [0; Class::COUNT],
        }
    }

    /// Appends a cell. An empty unquoted cell is NULL, and so is a blank one unless the column is text.
    pub(super) fn push(&mut self, text: &[u8], quoted: bool) {
        let trimmed = cell::trim(text);
        self.plain |= !quoted && !trimmed.is_empty();
        if !trimmed.is_empty() || quoted {
            self.kinds.narrow(trimmed);
            self.filled = true;
            if self.counts.iter().sum::<usize>() < CLASSIFIED_CELLS {
                self.counts[Class::of_cell(trimmed) as usize] += 1;
            }
        }
        self.bytes.extend_from_slice(text);
        self.ends.push(self.bytes.len());
        self.valid.append(quoted || !text.is_empty());
    }

    /// The same cells after a first one.
    pub(super) fn behind(self, text: &[u8], quoted: bool) -> Column {
        let mut column = Column::new();
        column.push(text, quoted);
        let start = column.bytes.len();
        column.bytes.extend_from_slice(&self.bytes);
        column.ends.extend(self.ends.iter().map(|end| end + start));
        for at in 0..self.ends.len() {
            column.valid.append(self.valid.get_bit(at));
        }
        if self.filled {
            column.kinds = if column.filled { column.kinds.and(self.kinds) } else { self.kinds };
            column.filled = true;
        }
        column
    }

    /// The inferred type.
    pub(super) fn kind(&self) -> CellType {
        if self.filled { self.kinds.narrowest() } else { CellType::String }
    }

    /// The class of all cells, or of at least half of the first cells. A column without values is text.
    pub(super) fn class(&self) -> Class {
        let total: usize = self.counts.iter().sum();
        let mostly = |class: &Class| total > 0 && 2 * self.counts[*class as usize] >= total;
        match self.kind() {
            CellType::Bool => Class::Bool,
            CellType::Int | CellType::Float | CellType::Decimal(_) => Class::Number,
            CellType::Date | CellType::Timestamp => Class::DateTime,
            CellType::String => {
                let values = [Class::Number, Class::DateTime, Class::Bool, Class::Code];
                values.into_iter().find(mostly).unwrap_or(Class::Text)
            }
        }
    }

    /// Whether a cell has a value.
    pub(super) fn has_values(&self) -> bool {
        self.filled
    }

    /// Whether a cell has an unquoted value.
    pub(super) fn has_plain_values(&self) -> bool {
        self.plain
    }

    /// The allocated bytes.
    pub(super) fn memory(&self) -> usize {
        self.bytes.capacity() + self.ends.capacity() * size_of::<usize>() + self.valid.capacity() / 8
    }

    /// The greatest size of its array.
    pub(super) fn array_memory(&self) -> usize {
        self.ends.len() * 33 + if self.kind() == CellType::String { self.bytes.len() } else { 0 }
    }

    /// The array, its type, and whether a cell is NULL.
    pub(super) fn finish(&self) -> (ColumnType, ArrayRef) {
        match self.kind() {
            CellType::Bool => {
                (ColumnType::Bool, Arc::new(self.parsed(infer::bool).collect::<BooleanArray>()))
            }
            CellType::Int => (ColumnType::Int, Arc::new(self.parsed(infer::int).collect::<Int64Array>())),
            CellType::Float => {
                (ColumnType::Float, Arc::new(self.parsed(numeric::float).collect::<Float64Array>()))
            }
            CellType::Decimal(scale) => self.decimals(scale),
            CellType::Date => {
                (ColumnType::Date, Arc::new(self.parsed(datetime::date).collect::<Date32Array>()))
            }
            CellType::Timestamp => {
                let values = self.parsed(datetime::timestamp).collect::<TimestampMicrosecondArray>();
                (ColumnType::Timestamp, Arc::new(values))
            }
            CellType::String => (ColumnType::String, Arc::new(self.texts())),
        }
    }

    fn cells(&self) -> impl Iterator<Item = &[u8]> {
        let mut start = 0;
        self.ends.iter().map(move |&end| {
            let cell = &self.bytes[start..end];
            start = end;
            cell
        })
    }

    /// Parses the values; each cell that is not blank parses, since its type was inferred from it.
    fn parsed<T>(&self, parse: impl Fn(&[u8]) -> Option<T>) -> impl Iterator<Item = Option<T>> {
        self.cells().map(move |text| parse(cell::trim(text)))
    }

    fn decimals(&self, scale: u8) -> (ColumnType, ArrayRef) {
        let scale_of_type = i8::try_from(scale).unwrap_or(0);
        let data_type = DataType::Decimal128(38, scale_of_type);
        let values = self.parsed(|text| numeric::decimal(text, scale)).collect::<Decimal128Array>();
        (ColumnType::Other(data_type.clone()), Arc::new(values.with_data_type(data_type)))
    }

    fn texts(&self) -> arrow::array::StringViewArray {
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
