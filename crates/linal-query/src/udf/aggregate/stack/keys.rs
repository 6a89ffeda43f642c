//! The sort keys of the cells in a stack.

use std::ops::Range;
use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, BinaryArray};
use arrow::buffer::{OffsetBuffer, ScalarBuffer};
use arrow::datatypes::Schema;
use arrow::row::{RowConverter, SortField};
use datafusion::common::{Result as DfResult, exec_err, internal_err};
use datafusion::physical_expr::PhysicalSortExpr;

/// The sort keys of cells: the columns of an ORDER BY in a row format that compares as bytes.
#[derive(Debug)]
pub(super) struct Keys {
    converter: Arc<RowConverter>,
    bytes: Vec<u8>,
    /// The end of each key; the first one starts at 0.
    ends: Vec<i32>,
}

impl Keys {
    pub fn new(order: &[PhysicalSortExpr], schema: &Schema) -> DfResult<Keys> {
        let field = |key: &PhysicalSortExpr| {
            Ok(SortField::new_with_options(key.expr.data_type(schema)?, key.options))
        };
        let fields = order.iter().map(field).collect::<DfResult<Vec<_>>>()?;
        let converter = Arc::new(RowConverter::new(fields)?);
        Ok(Keys { converter, bytes: Vec::new(), ends: Vec::new() })
    }

    /// No keys, for the same columns.
    pub fn emptied(&self) -> Keys {
        Keys { converter: self.converter.clone(), bytes: Vec::new(), ends: Vec::new() }
    }

    /// The keys of a batch, from the columns of the ORDER BY.
    pub fn of(&self, columns: &[ArrayRef]) -> DfResult<BinaryArray> {
        Ok(self.converter.convert_columns(columns)?.try_into_binary()?)
    }

    /// Appends ranges of other keys.
    pub fn extend(&mut self, from: &BinaryArray, ranges: &[Range<usize>]) -> DfResult<()> {
        let (offsets, values) = (from.value_offsets(), from.value_data());
        for range in ranges.iter().filter(|range| !range.is_empty()) {
            let start = offsets[range.start];
            self.add(
                &values[start as usize..offsets[range.end] as usize],
                |at| offsets[range.start + at + 1] - start,
                range.len(),
            )?;
        }
        Ok(())
    }

    /// The keys with these indices, in this order.
    pub fn gather(&self, order: &[u32]) -> DfResult<Keys> {
        let mut gathered = self.emptied();
        gathered.ends.reserve_exact(order.len());
        for &at in order {
            let key = self.get(at as usize);
            gathered.add(key, |_| key.len() as i32, 1)?;
        }
        Ok(gathered)
    }

    pub fn get(&self, at: usize) -> &[u8] {
        let start = if at == 0 { 0 } else { self.ends[at - 1] };
        &self.bytes[start as usize..self.ends[at] as usize]
    }

    /// Appends contiguous keys, whose ends relative to the first one are given by `end`.
    fn add(&mut self, bytes: &[u8], end: impl Fn(usize) -> i32, count: usize) -> DfResult<()> {
        let base = self.bytes.len();
        if i32::try_from(base + bytes.len()).is_err() {
            return exec_err!("the keys of a STACK take more than 2 GiB");
        }
        self.bytes.extend_from_slice(bytes);
        self.ends.extend((0..count).map(|at| base as i32 + end(at)));
        Ok(())
    }

    /// The keys as a column, for partial states.
    pub fn into_column(self) -> DfResult<ArrayRef> {
        let offsets: Vec<i32> = std::iter::once(0).chain(self.ends).collect();
        let offsets = OffsetBuffer::new(ScalarBuffer::from(offsets));
        Ok(Arc::new(BinaryArray::try_new(offsets, self.bytes.into(), None)?))
    }

    /// Reads the keys of partial states.
    pub fn of_column(column: &ArrayRef) -> DfResult<BinaryArray> {
        match column.as_binary_opt::<i32>() {
            Some(keys) => Ok(keys.clone()),
            None => internal_err!("the keys of a STACK are of another type"),
        }
    }

    pub fn size(&self) -> usize {
        self.converter.size() + self.bytes.capacity() + self.ends.capacity() * size_of::<i32>()
    }
}
