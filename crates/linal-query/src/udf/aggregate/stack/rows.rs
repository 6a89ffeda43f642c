//! Contiguous cells in one buffer, and their keys.

use std::ops::Range;
use std::sync::Arc;

use arrow::array::{
    Array, ArrayData, ArrayRef, AsArray, BinaryArray, BooleanArray, FixedSizeListArray, ListArray, make_array,
};
use arrow::buffer::{BooleanBuffer, Buffer, MutableBuffer, NullBuffer, OffsetBuffer};
use arrow::compute::prep_null_mask_filter;
use arrow::datatypes::{DataType, Field, FieldRef};
use datafusion::common::{Result as DfResult, exec_err, internal_err};

use super::keys::Keys;
use crate::udf::aggregate::cells::check_elements;

/// The type of a stack of cells.
pub(super) fn lists_of(cell: &DataType) -> DataType {
    DataType::List(Arc::new(Field::new_list_field(cell.clone(), true)))
}

/// The layout of a cell in the buffer: elements of one size, Booleans in a byte each.
#[derive(Clone, Debug)]
struct Layout {
    item: FieldRef,
    /// Elements per cell.
    width: i32,
    /// Bytes per cell.
    bytes: usize,
}

impl Layout {
    fn of(cell: &DataType) -> DfResult<Layout> {
        let DataType::FixedSizeList(item, width) = cell else { return internal_err!("a STACK of {cell}") };
        let element = match item.data_type() {
            DataType::Boolean => Some(1),
            other => other.primitive_width(),
        };
        match (element, usize::try_from(*width)) {
            (Some(element), Ok(elements)) => {
                Ok(Layout { item: item.clone(), width: *width, bytes: elements * element })
            }
            _ => internal_err!("a STACK of {cell}"),
        }
    }

    /// The elements of a column in the buffer's layout; numbers are not copied.
    fn bytes_of(&self, cells: &FixedSizeListArray) -> DfResult<Buffer> {
        check_elements(cells)?;
        if let Some(truths) = cells.values().as_boolean_opt() {
            return Ok(truths.values().iter().map(u8::from).collect());
        }
        let elements = cells.values().to_data();
        let (start, bytes) = match self.item.data_type().primitive_width() {
            Some(size) => (elements.offset() * size, cells.len() * self.bytes),
            None => (0, 0),
        };
        match elements.buffers() {
            [numbers] if numbers.len() >= start + bytes => Ok(numbers.slice_with_length(start, bytes)),
            _ => internal_err!("a STACK over another column than planned"),
        }
    }

    /// The cells in a buffer as a column.
    fn column(&self, bytes: Buffer, cells: usize) -> DfResult<FixedSizeListArray> {
        let elements = cells * self.width as usize;
        let values: ArrayRef = match self.item.data_type() {
            DataType::Boolean => {
                let truths = BooleanBuffer::collect_bool(elements, |at| bytes[at] != 0);
                Arc::new(BooleanArray::new(truths, None))
            }
            number => make_array(ArrayData::builder(number.clone()).len(elements).add_buffer(bytes).build()?),
        };
        self.cells(values, None, cells)
    }

    fn cells(&self, values: ArrayRef, nulls: Option<NullBuffer>, len: usize) -> DfResult<FixedSizeListArray> {
        let item = self.item.clone();
        Ok(FixedSizeListArray::try_new_with_length(item, self.width, values, nulls, len)?)
    }
}

/// Cells of all groups in order of arrival.
#[derive(Debug)]
pub(super) struct Rows {
    layout: Layout,
    /// Grows in place while it is not shared, and is copied while a result still refers to it.
    cells: Buffer,
    len: usize,
    keys: Option<Keys>,
}

/// Cells of a batch or of states, and their keys.
pub(super) struct Source {
    bytes: Buffer,
    keys: Option<BinaryArray>,
}

impl Rows {
    pub fn new(cell: &DataType, keys: Option<Keys>) -> DfResult<Rows> {
        let cells = MutableBuffer::new(0).into();
        Ok(Rows { layout: Layout::of(cell)?, cells, len: 0, keys })
    }

    /// No cells, of the same layout.
    fn emptied(&self) -> Rows {
        let keys = self.keys.as_ref().map(Keys::emptied);
        Rows { layout: self.layout.clone(), cells: MutableBuffer::new(0).into(), len: 0, keys }
    }

    /// Takes all cells and leaves none.
    pub fn take(&mut self) -> Rows {
        let none = self.emptied();
        std::mem::replace(self, none)
    }

    pub fn len(&self) -> usize {
        self.len
    }

    pub fn keys(&self) -> Option<&Keys> {
        self.keys.as_ref()
    }

    /// The arguments of a batch, cells first.
    pub fn arguments(&self, arguments: &[ArrayRef]) -> DfResult<Source> {
        let [cells, order @ ..] = arguments else { return internal_err!("a STACK of nothing") };
        let keys = self.keys.as_ref().map(|keys| keys.of(order)).transpose()?;
        Ok(Source { bytes: self.layout.bytes_of(cells_of(cells)?)?, keys })
    }

    /// The lists of partial states, and their cells and keys.
    pub fn states(&self, states: &[ArrayRef]) -> DfResult<(ListArray, Source)> {
        let [lists, keys @ ..] = states else { return internal_err!("a STACK without its state") };
        let lists = list_of(lists)?;
        let keys = match (&self.keys, keys) {
            (None, []) => None,
            (Some(_), [keys]) => {
                let keys = list_of(keys)?;
                if keys.value_offsets() != lists.value_offsets() {
                    return internal_err!("a STACK with other keys than cells");
                }
                Some(Keys::of_column(keys.values())?)
            }
            _ => return internal_err!("a STACK of another state"),
        };
        let source = Source { bytes: self.layout.bytes_of(cells_of(lists.values())?)?, keys };
        Ok((lists.clone(), source))
    }

    /// Appends ranges of other cells.
    pub fn extend(&mut self, from: &Source, ranges: &[Range<usize>]) -> DfResult<()> {
        let more: usize = ranges.iter().map(Range::len).sum();
        if more == 0 {
            return Ok(());
        }
        if i32::try_from(self.len + more).is_err() {
            return exec_err!("a STACK of more than 2147483647 tensors");
        }
        if let (Some(keys), Some(from)) = (&mut self.keys, &from.keys) {
            keys.extend(from, ranges)?;
        }
        let mut cells = self.open();
        cells.reserve(more * self.layout.bytes);
        for range in ranges {
            cells.extend_from_slice(
                &from.bytes[range.start * self.layout.bytes..range.end * self.layout.bytes],
            );
        }
        self.cells = cells.into();
        self.len += more;
        Ok(())
    }

    /// The buffer for appending.
    fn open(&mut self) -> MutableBuffer {
        std::mem::take(&mut self.cells).into_mutable().unwrap_or_else(|shared| {
            let mut copy = MutableBuffer::new(shared.len());
            copy.extend_from_slice(&shared);
            copy
        })
    }

    /// Copies the cells with these indices in this order, and their keys, so that the memory of the others
    /// can be released.
    pub fn kept(&self, order: &[u32]) -> DfResult<Rows> {
        Ok(Rows { keys: self.keys_at(order)?, ..self.copied(order) })
    }

    /// As [`Rows::kept`], for a result.
    pub fn rows_at(&self, order: &[u32]) -> DfResult<Rows> {
        Ok(Rows { keys: self.keys_at(order)?, ..self.cells_at(order) })
    }

    /// As [`Rows::rows_at`], without keys. If the order is that of the cells, as is common, nothing is
    /// copied.
    pub fn cells_at(&self, order: &[u32]) -> Rows {
        let first = order.first().map_or(self.len, |&first| first as usize);
        let same =
            order.len() == self.len - first && (first..).zip(order).all(|(at, &from)| at == from as usize);
        if same { self.behind(first) } else { self.copied(order) }
    }

    fn keys_at(&self, order: &[u32]) -> DfResult<Option<Keys>> {
        self.keys.as_ref().map(|keys| keys.gather(order)).transpose()
    }

    fn copied(&self, order: &[u32]) -> Rows {
        let size = self.layout.bytes;
        let mut cells = MutableBuffer::new(order.len() * size);
        for &at in order {
            cells.extend_from_slice(&self.cells[at as usize * size..][..size]);
        }
        Rows { layout: self.layout.clone(), cells: cells.into(), len: order.len(), keys: None }
    }

    /// The cells from an index on, without keys and without a copy.
    pub fn behind(&self, start: usize) -> Rows {
        let cells = self.cells.slice(start * self.layout.bytes);
        Rows { layout: self.layout.clone(), cells, len: self.len - start, keys: None }
    }

    /// Lists of the cells between `offsets`; NULL for an empty range.
    pub fn into_lists(self, offsets: Vec<i32>) -> DfResult<ListArray> {
        let cells = self.layout.column(self.cells, self.len)?;
        lists(Arc::new(cells), offsets)
    }

    /// Lists of the cells between `offsets`, and of the keys.
    pub fn into_states(mut self, offsets: Vec<i32>) -> DfResult<Vec<ArrayRef>> {
        let keys = self.keys.take().map(|keys| lists(keys.into_column()?, offsets.clone())).transpose()?;
        let cells: ArrayRef = Arc::new(self.into_lists(offsets)?);
        Ok(std::iter::once(cells).chain(keys.map(|keys| Arc::new(keys) as ArrayRef)).collect())
    }

    /// Each row of a batch as the state of its own group. Cells are not copied.
    pub fn each_row(&self, arguments: &[ArrayRef], filter: Option<&BooleanArray>) -> DfResult<Vec<ArrayRef>> {
        let [cells, order @ ..] = arguments else { return internal_err!("a STACK of nothing") };
        let list = cells_of(cells)?;
        check_elements(list)?;
        let nulls = taken(cells, filter).map(NullBuffer::new).filter(|nulls| nulls.null_count() > 0);
        let alone = |values: ArrayRef| -> DfResult<ArrayRef> {
            let field = Arc::new(Field::new_list_field(values.data_type().clone(), true));
            let offsets = OffsetBuffer::from_repeated_length(1, values.len());
            Ok(Arc::new(ListArray::try_new(field, offsets, values, nulls.clone())?))
        };
        let same = self.layout.cells(list.values().clone(), list.nulls().cloned(), list.len())?;
        let mut states = vec![alone(Arc::new(same))?];
        if let Some(keys) = &self.keys {
            states.push(alone(Arc::new(keys.of(order)?))?);
        }
        Ok(states)
    }

    pub fn size(&self) -> usize {
        self.cells.capacity() + self.keys.as_ref().map_or(0, Keys::size)
    }
}

/// The ranges of rows of a batch that are stacked: non-NULL tensors that pass the filter.
pub(super) fn ranges(cells: &ArrayRef, filter: Option<&BooleanArray>) -> Vec<Range<usize>> {
    match taken(cells, filter) {
        None => std::iter::once(0..cells.len()).collect(),
        Some(taken) => taken.set_slices().map(|(start, end)| start..end).collect(),
    }
}

/// As [`ranges`], as a bitmap; `None` for all rows.
fn taken(cells: &ArrayRef, filter: Option<&BooleanArray>) -> Option<BooleanBuffer> {
    let valid = cells.logical_nulls().filter(|nulls| nulls.null_count() > 0).map(NullBuffer::into_inner);
    let filter = filter.map(|filter| match filter.null_count() {
        0 => filter.values().clone(),
        _ => prep_null_mask_filter(filter).values().clone(),
    });
    match (valid, filter) {
        (Some(valid), Some(filter)) => Some(&valid & &filter),
        (valid, filter) => valid.or(filter),
    }
}

fn lists(values: ArrayRef, offsets: Vec<i32>) -> DfResult<ListArray> {
    let valid: NullBuffer = offsets.windows(2).map(|pair| pair[0] < pair[1]).collect();
    let nulls = Some(valid).filter(|valid| valid.null_count() > 0);
    let field = Arc::new(Field::new_list_field(values.data_type().clone(), true));
    Ok(ListArray::try_new(field, OffsetBuffer::new(offsets.into()), values, nulls)?)
}

fn cells_of(array: &ArrayRef) -> DfResult<&FixedSizeListArray> {
    match array.as_fixed_size_list_opt() {
        Some(cells) => Ok(cells),
        None => internal_err!("a STACK over another column than planned"),
    }
}

fn list_of(array: &ArrayRef) -> DfResult<&ListArray> {
    match array.as_list_opt::<i32>() {
        Some(lists) => Ok(lists),
        None => internal_err!("a STACK of a state of another type"),
    }
}
