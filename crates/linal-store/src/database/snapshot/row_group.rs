//! Row groups: the rows that are read and kept in memory at once.

use std::ops::Range;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, RecordBatch};
use arrow::compute::concat;

use super::super::column::Column;
use super::super::error::{Result, StoreError};
use super::super::held_files::FileHold;
use super::super::segment::ColumnStatistics;
use super::part::{Part, PartRows};
use super::scan::{RowIds, Scan};

/// Rows of a group: a column of 8-byte values has 1 MiB.
const GROUP_ROWS: u64 = 1 << 17;

/// Adjacent rows of a part. It can be read as long as it exists, also when its snapshot has expired, and is
/// cheap to clone.
#[derive(Clone, Debug)]
pub struct RowGroup {
    part: Arc<HeldPart>,
    /// Bounds of the row ids.
    ids: Range<u64>,
    rows: usize,
}

/// The rows of a part, whose files stay.
#[derive(Debug)]
struct HeldPart {
    /// Dropped before the rows, which may be the last to hold the store: files are removed while it locks the
    /// directory.
    _files: Option<FileHold>,
    rows: PartRows,
    /// The statistics of all columns of a segment, by the number of the column.
    statistics: Vec<(u64, ColumnStatistics)>,
}

/// The values of a column of a row group.
#[derive(Clone, Debug)]
pub enum GroupColumn {
    /// Decoded values, whose memory the caller charges.
    Decoded(ArrayRef),
    /// A slice of a mapped file, whose pages the system may drop.
    Mapped(ArrayRef),
}

impl GroupColumn {
    /// The values.
    pub fn array(&self) -> &ArrayRef {
        match self {
            GroupColumn::Decoded(array) | GroupColumn::Mapped(array) => array,
        }
    }
}

impl Part {
    /// The rows as groups. Those of a segment whose row ids have gaps are one group.
    ///
    /// # Errors
    /// A catalog that cannot be read.
    pub fn row_groups(&self) -> Result<Vec<RowGroup>> {
        let ids = self.row_ids();
        let statistics = self.all_statistics()?;
        let files = self.files().map(|segment| self.rows.inner.held.hold(segment));
        let part = Arc::new(HeldPart { _files: files, rows: self.rows.clone(), statistics });
        let rows = self.rows() as usize;
        if rows == 0 {
            return Ok(Vec::new());
        }
        if !self.rows.is_dense() {
            return Ok(vec![RowGroup { part, ids, rows }]);
        }
        let groups = (ids.start..ids.end).step_by(GROUP_ROWS as usize).map(|start| {
            let ids = start..ids.end.min(start + GROUP_ROWS);
            let rows = part.rows.rows_within(&ids);
            RowGroup { part: part.clone(), ids, rows }
        });
        Ok(groups.filter(|group| group.rows > 0).collect())
    }
}

impl Part {
    /// The row ids, as ascending ranges. A segment whose ids have no gaps is not read for it.
    ///
    /// # Errors
    /// A file that is missing or damaged.
    pub fn live_ids(&self) -> Result<Vec<Range<u64>>> {
        let mut ranges: Vec<Range<u64>> = Vec::new();
        if !self.rows.is_dense() {
            for batch in self.rows.scan(&[], &Scan::default())? {
                match batch?.row_ids {
                    RowIds::Range(range) => push(&mut ranges, range),
                    RowIds::List(ids) => ids.iter().for_each(|&id| push(&mut ranges, id..id + 1)),
                }
            }
            return Ok(ranges);
        }
        let ids = self.row_ids();
        let mut start = ids.start;
        let changed = &self.rows.inline.ids;
        let deleted = self.rows.deletions.iter().map(|place| ids.start + place);
        for id in deleted.filter(|id| changed.binary_search(id).is_err()) {
            push(&mut ranges, start..id);
            start = id + 1;
        }
        push(&mut ranges, start..ids.end);
        Ok(ranges)
    }
}

/// Adds a range behind the others.
fn push(ranges: &mut Vec<Range<u64>>, range: Range<u64>) {
    match ranges.last_mut() {
        _ if range.is_empty() => {}
        Some(last) if last.end == range.start => last.end = range.end,
        _ => ranges.push(range),
    }
}

impl RowGroup {
    /// Number of rows, at least 1.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Whether the rows are in the catalog, and so in memory.
    pub fn is_inline(&self) -> bool {
        self.part.rows.segment.is_none()
    }

    /// Bounds of the row ids.
    pub fn row_ids(&self) -> Range<u64> {
        self.ids.clone()
    }

    /// The number of the segment; `None` for rows of the catalog.
    pub fn segment(&self) -> Option<u64> {
        self.part.rows.segment.as_ref().map(|segment| segment.id)
    }

    /// Whether two groups are the same rows of one segment, none of which is deleted or changed: each column that both
    /// have has the same values.
    pub fn has_same_rows(&self, other: &RowGroup) -> bool {
        let unchanged = |group: &RowGroup| {
            let rows = &group.part.rows;
            rows.inline.ids.is_empty() && rows.has_no_changes_within(&group.ids)
        };
        self.segment().is_some()
            && self.segment() == other.segment()
            && self.ids == other.ids
            && unchanged(self)
            && unchanged(other)
    }

    /// The statistics of a column by its number, which may be those of more rows.
    pub fn statistics(&self, column: u64) -> ColumnStatistics {
        let known = self.part.statistics.iter().find(|(id, _)| *id == column);
        known.map(|(_, statistics)| statistics.clone()).unwrap_or_default()
    }

    /// The statistics of a column by its number in these rows alone, for which the footer of the file is read.
    /// They are those of [`RowGroup::statistics`] where the rows are no row group of the file as it was written.
    ///
    /// # Errors
    /// `E0409 damaged_database` for a file that is missing or damaged.
    pub fn own_statistics(&self, column: u64) -> Result<ColumnStatistics> {
        let of_part = self.statistics(column);
        let rows = &self.part.rows;
        let definition = rows.columns.iter().find(|known| known.id == column);
        let (Some(segment), Some(definition)) = (&rows.segment, definition) else { return Ok(of_part) };
        if !rows.is_dense() || !rows.inline.ids.is_empty() {
            return Ok(of_part);
        }
        let first = segment.row_ids.0;
        let places = self.ids.start - first..self.ids.end - first;
        let own = rows.inner.segment(segment)?.group_statistics(definition, &places)?;
        Ok(match own {
            Some(own) if own.min.is_some() && own.max.is_some() => {
                ColumnStatistics { contains_nan: of_part.contains_nan, ..own }
            }
            _ => of_part,
        })
    }

    /// Some rows of a tensor column, as a slice of the mapped file, of which only their blocks are verified;
    /// `None` for a column that is not a slice of one, which [`RowGroup::read`] has.
    ///
    /// # Errors
    /// `E0409 damaged_database` for a segment that is missing or damaged.
    pub fn vector_slice(&self, column: u64, rows: Range<usize>) -> Result<Option<ArrayRef>> {
        let part = &self.part.rows;
        let Some(segment) = part.segment.as_ref().filter(|_| part.is_dense()) else { return Ok(None) };
        if !part.has_no_changes_within(&self.ids) {
            return Ok(None);
        }
        let first = self.ids.start - segment.row_ids.0;
        part.vector_slice(column, first + rows.start as u64..first + rows.end as u64)
    }

    /// Tells the system that the pages behind a mapped column of this group may leave the memory of the process.
    /// The values stay usable.
    pub fn release(&self, values: &ArrayRef) {
        // A segment that cannot be opened any more has no pages to release.
        let _ = self.part.rows.release_vectors(values);
    }

    /// Columns by their numbers, in the order of `columns`.
    ///
    /// # Errors
    /// `E0409 damaged_database` for a file that is missing or damaged; a column that the dataset does not have.
    pub fn read(&self, columns: &[u64]) -> Result<Vec<GroupColumn>> {
        let find = |id: &u64| {
            let found = self.part.rows.columns.iter().find(|column| column.id == *id).cloned();
            found.ok_or_else(|| StoreError::internal("a row group lacks a column of its dataset"))
        };
        let wanted: Vec<Column> = columns.iter().map(find).collect::<Result<_>>()?;
        let scan = Scan {
            row_ids: (!self.is_inline()).then(|| vec![self.ids.clone()]),
            batch_rows: self.rows.max(1),
            ..Scan::default()
        };
        let batches: Vec<RecordBatch> = self
            .part
            .rows
            .scan(&wanted, &scan)?
            .map(|batch| batch.map(|batch| batch.rows))
            .collect::<Result<_>>()?;
        let rows: usize = batches.iter().map(RecordBatch::num_rows).sum();
        if rows != self.rows {
            return Err(StoreError::damaged(format!(
                "a segment has {rows} rows where the catalog counts {}",
                self.rows
            )));
        }
        // A slice of the mapped file stays one when no row is changed.
        let is_one = batches.len() == 1 && self.part.rows.has_no_changes_within(&self.ids);
        let column = |(at, column): (usize, &Column)| {
            let array = match batches.as_slice() {
                [one] => one.column(at).clone(),
                many => {
                    let parts: Vec<&dyn Array> = many.iter().map(|batch| batch.column(at).as_ref()).collect();
                    concat(&parts)?
                }
            };
            let is_mapped = is_one && self.part.rows.is_mapped(column);
            Ok(if is_mapped { GroupColumn::Mapped(array) } else { GroupColumn::Decoded(array) })
        };
        wanted.iter().enumerate().map(column).collect()
    }
}
