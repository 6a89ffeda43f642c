//! Where the values of a column of a chunk are.

use std::ops::Range;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, BooleanArray, StringViewArray};
use arrow::compute::{FilterBuilder, filter};
use linal_store::database::{GroupColumn, RowGroup, SpilledRows, StagedRows, StoreError};
use linal_tensor::Reservation;

use super::arrow_error;
use super::column_cache::{CachedColumn, ColumnCache};
use crate::error::{Error, Result};

/// A shared reservation; dropping the last share releases it.
pub type Charge = Option<Arc<Reservation>>;

/// The values of a column of a chunk.
#[derive(Clone, Debug)]
pub enum ColumnValues {
    /// In memory, with the reservation. Columns that were created together share one; a column whose memory
    /// belongs to a tensor has none.
    Memory(ArrayRef, Charge),
    /// In a directory, read when they are needed.
    Stored(StoredColumn),
}

/// A column of a row group of a directory, which may be in memory as well.
#[derive(Clone, Debug)]
pub struct StoredColumn {
    rows: Arc<StoredRows>,
    /// The number of the column.
    number: u64,
    cached: Arc<CachedColumn>,
}

/// The stored rows of a chunk.
#[derive(Debug)]
pub(crate) struct StoredRows {
    source: Source,
    /// Which rows of the source there are; `None`: all.
    kept: Option<BooleanArray>,
    cache: Arc<ColumnCache>,
    /// What the group is a part of, before its commit.
    staged: Option<Arc<StagedRows>>,
}

/// Where rows are read from.
#[derive(Clone, Debug)]
enum Source {
    /// A row group of a dataset.
    Group(RowGroup),
    /// Values that a statement has computed; the number of a column is its place in the file.
    Spilled(SpilledRows),
}

impl ColumnValues {
    /// The columns of a row group, by their numbers.
    pub fn of_group(
        group: RowGroup,
        columns: &[u64],
        cache: &Arc<ColumnCache>,
        staged: Option<Arc<StagedRows>>,
    ) -> Vec<ColumnValues> {
        StoredRows { source: Source::Group(group), kept: None, cache: cache.clone(), staged }.columns(columns)
    }

    /// The columns of rows that were spilled, in their order.
    pub fn of_spilled(rows: SpilledRows, columns: usize, cache: &Arc<ColumnCache>) -> Vec<ColumnValues> {
        let numbers: Vec<u64> = (0..columns as u64).collect();
        let source = Source::Spilled(rows);
        StoredRows { source, kept: None, cache: cache.clone(), staged: None }.columns(&numbers)
    }

    /// Whether two columns have the same values because they are the same memory, or the same rows of a file.
    pub fn is_same(&self, other: &ColumnValues) -> bool {
        match (self, other) {
            (ColumnValues::Memory(own, _), ColumnValues::Memory(other, _)) => Arc::ptr_eq(own, other),
            (ColumnValues::Stored(own), ColumnValues::Stored(other)) => own.is_same(other),
            _ => false,
        }
    }

    /// The values, if they are in memory now.
    pub fn known(&self) -> Option<ArrayRef> {
        match self {
            ColumnValues::Memory(values, _) => Some(values.clone()),
            ColumnValues::Stored(stored) => stored.cached.values(),
        }
    }

    /// Size in bytes; that of a column that is not in memory is an estimate from its type.
    pub fn bytes(&self, data_type: &arrow::datatypes::DataType, rows: usize) -> usize {
        match self {
            ColumnValues::Memory(values, _) => values.get_array_memory_size(),
            ColumnValues::Stored(_) => rows * width(data_type),
        }
    }
}

/// The bytes of a value, roughly.
fn width(data_type: &arrow::datatypes::DataType) -> usize {
    use arrow::datatypes::DataType;
    // A view, and a text of some length.
    const TEXT: usize = 32;
    match data_type {
        DataType::FixedSizeList(item, size) => *size as usize * width(item.data_type()),
        DataType::Boolean => 1,
        other => other.primitive_width().unwrap_or(TEXT),
    }
}

impl StoredRows {
    fn columns(self, numbers: &[u64]) -> Vec<ColumnValues> {
        let rows = Arc::new(self);
        let column = |&number: &u64| {
            ColumnValues::Stored(StoredColumn { rows: rows.clone(), number, cached: Arc::default() })
        };
        numbers.iter().map(column).collect()
    }

    fn group(&self) -> Option<&RowGroup> {
        match &self.source {
            Source::Group(group) => Some(group),
            Source::Spilled(_) => None,
        }
    }

    fn read_source(&self, numbers: &[u64]) -> Result<Vec<GroupColumn>> {
        match &self.source {
            Source::Group(group) => group.read(numbers).map_err(store_error),
            Source::Spilled(rows) => {
                let all = rows.read().map_err(store_error)?;
                Ok(numbers.iter().map(|at| GroupColumn::Decoded(all[*at as usize].clone())).collect())
            }
        }
    }

    /// Reads columns, and keeps them in the cache.
    fn read(&self, columns: &[&StoredColumn]) -> Result<Vec<ArrayRef>> {
        let numbers: Vec<u64> = columns.iter().map(|column| column.number).collect();
        let read = self.read_source(&numbers)?;
        let keep = |(column, values): (&&StoredColumn, GroupColumn)| {
            let (values, is_mapped) = match (&self.kept, values) {
                (Some(kept), values) => (filter(values.array(), kept).map_err(arrow_error)?, false),
                (None, GroupColumn::Decoded(values)) => (values, false),
                (None, GroupColumn::Mapped(values)) => (values, true),
            };
            let mapped = self.group().filter(|_| is_mapped);
            self.cache.keep(&column.cached, &values, mapped, bytes_of(&values));
            Ok(values)
        };
        columns.iter().zip(read).map(keep).collect()
    }
}

impl StoredColumn {
    /// The statistics of the column; they may be those of more rows.
    pub fn statistics(&self) -> linal_store::database::ColumnStatistics {
        self.rows.group().map(|group| group.statistics(self.number)).unwrap_or_default()
    }

    /// The statistics of the column in the rows of the chunk, or of more rows; they may be read from a file.
    ///
    /// # Errors
    /// A file that is missing or damaged.
    pub fn own_statistics(&self) -> Result<linal_store::database::ColumnStatistics> {
        let own = self.rows.group().map(|group| group.own_statistics(self.number).map_err(store_error));
        own.unwrap_or_else(|| Ok(Default::default()))
    }

    /// The staged rows that the column was written with, if none of them is missing here.
    pub fn staged(&self) -> Option<&Arc<StagedRows>> {
        self.rows.staged.as_ref().filter(|_| self.rows.kept.is_none())
    }

    /// The number of the column in the directory.
    pub fn number(&self) -> u64 {
        self.number
    }

    /// Some of the rows. Of a mapped column that is not in memory only these are read and verified.
    pub(crate) fn slice(&self, rows: Range<usize>) -> Result<Option<ArrayRef>> {
        if self.rows.kept.is_some() {
            return Ok(None);
        }
        let slice = self.rows.group().map(|group| group.vector_slice(self.number, rows));
        slice.transpose().map(Option::flatten).map_err(store_error)
    }

    fn is_same(&self, other: &StoredColumn) -> bool {
        let is_whole = self.rows.kept.is_none() && other.rows.kept.is_none();
        let is_one = Arc::ptr_eq(&self.rows, &other.rows)
            || is_whole
                && matches!((self.rows.group(), other.rows.group()), (Some(own), Some(other)) if own.has_same_rows(other));
        is_one && self.number == other.number
    }

    /// The number of the segment; `None` for rows of the catalog.
    pub fn segment(&self) -> Option<u64> {
        self.rows.group().and_then(RowGroup::segment)
    }
}

/// The values of columns. Those that are read from one row group are read together.
///
/// # Errors
/// A file that is missing or damaged.
pub(crate) fn read(columns: &[&ColumnValues]) -> Result<Vec<ArrayRef>> {
    let mut arrays: Vec<Option<ArrayRef>> = columns.iter().map(|column| column.known()).collect();
    loop {
        let missing: Vec<(usize, &StoredColumn)> = columns
            .iter()
            .enumerate()
            .filter(|(at, _)| arrays[*at].is_none())
            .filter_map(|(at, column)| match column {
                ColumnValues::Stored(stored) => Some((at, stored)),
                ColumnValues::Memory(..) => None,
            })
            .collect();
        let Some((_, first)) = missing.first() else { break };
        let together: Vec<(usize, &StoredColumn)> =
            missing.iter().filter(|(_, column)| Arc::ptr_eq(&column.rows, &first.rows)).copied().collect();
        let stored: Vec<&StoredColumn> = together.iter().map(|(_, column)| *column).collect();
        let read = first.rows.read(&stored)?;
        together.iter().zip(read).for_each(|((at, _), values)| arrays[*at] = Some(values));
    }
    Ok(arrays.into_iter().flatten().collect())
}

/// Columns without some of their rows. `kept` says which rows stay; stored columns are not read.
///
/// # Errors
/// Internal errors only.
pub(crate) fn filtered(columns: &[ColumnValues], kept: &BooleanArray) -> Result<Vec<Filtered>> {
    let mut groups: Vec<(Arc<StoredRows>, Arc<StoredRows>)> = Vec::new();
    let mut of_rows = |rows: &Arc<StoredRows>| -> Result<Arc<StoredRows>> {
        if let Some((_, known)) = groups.iter().find(|(before, _)| Arc::ptr_eq(before, rows)) {
            return Ok(known.clone());
        }
        let left = match &rows.kept {
            Some(before) => refined(before, kept),
            None => kept.clone(),
        };
        let next = Arc::new(StoredRows {
            source: rows.source.clone(),
            kept: Some(left),
            cache: rows.cache.clone(),
            staged: rows.staged.clone(),
        });
        groups.push((rows.clone(), next.clone()));
        Ok(next)
    };
    // Places that stay are listed once for several columns.
    let in_memory = columns.iter().filter(|column| matches!(column, ColumnValues::Memory(..)));
    let listed = (in_memory.count() > 1).then(|| FilterBuilder::new(kept).optimize().build());
    let filter_values = |values: &ArrayRef| match &listed {
        Some(listed) => listed.filter(values),
        None => filter(values, kept),
    };
    let filter_column = |column: &ColumnValues| match column {
        ColumnValues::Memory(values, _) => filter_values(values).map(Filtered::Memory).map_err(arrow_error),
        ColumnValues::Stored(stored) => Ok(Filtered::Stored(StoredColumn {
            rows: of_rows(&stored.rows)?,
            number: stored.number,
            cached: Arc::default(),
        })),
    };
    columns.iter().map(filter_column).collect()
}

/// A column without some of its rows.
pub(crate) enum Filtered {
    /// New values, which are not charged yet.
    Memory(ArrayRef),
    /// Stored ones.
    Stored(StoredColumn),
}

/// Which rows of a group are left, where `kept` is about those that were left before.
fn refined(before: &BooleanArray, kept: &BooleanArray) -> BooleanArray {
    let mut next = kept.values().iter();
    before.values().iter().map(|was_kept| Some(was_kept && next.next().unwrap_or(false))).collect()
}

/// The error of a statement for one of the store.
pub fn store_error(error: StoreError) -> Error {
    let converted = Error::new(error.code(), error.to_string());
    match error.help() {
        Some(help) => converted.with_help(help),
        None => converted,
    }
}

/// Size of a column's rows in bytes, regardless of the size of its buffers.
pub fn bytes_of(column: &dyn Array) -> usize {
    let fixed = column.to_data().get_slice_memory_size().unwrap_or_else(|_| column.get_array_memory_size());
    // The size of the views does not include the text that they point to.
    fixed + column.as_string_view_opt().map_or(0, StringViewArray::total_buffer_bytes_used)
}
