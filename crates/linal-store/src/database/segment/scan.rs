//! Reads the rows of a segment as they are in its files: without deletions and changes.

use std::collections::VecDeque;
use std::ops::Range;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, RecordBatch};
use arrow::compute::{cast, concat};
use arrow::datatypes::DataType;
use parquet::arrow::arrow_reader::{RowSelection, RowSelector};

use super::super::column::Column;
use super::super::error::{Result, StoreError};
use super::open::{OpenSegment, SegmentReader};
use super::relabel::relabel;
use super::stored;
use crate::table::without_padding;

/// Row ids as ascending ranges without overlaps.
pub type RowIdRanges = Vec<Range<u64>>;

/// Rows of a segment.
#[derive(Debug)]
pub(in crate::database) struct SegmentBatch {
    /// The columns in the order of the scan.
    pub columns: Vec<ArrayRef>,
    /// Number of rows.
    pub rows: usize,
    /// The places of the rows in the file.
    pub positions: Vec<Range<u64>>,
}

/// An iterator over the rows of a segment.
pub(in crate::database) struct SegmentScan {
    segment: Arc<OpenSegment>,
    columns: Vec<(Column, Source)>,
    vectors: Option<Arc<dyn VectorSource>>,
    parquet: Option<SegmentReader>,
    /// The places that are not read yet.
    left: VecDeque<Range<u64>>,
    batch_rows: u64,
}

/// Reads tensor columns of a segment from the file beside it.
pub(in crate::database) trait VectorSource: Send + Sync {
    /// Whether a column is there.
    fn has(&self, column: u64) -> bool;

    /// The values of a column in rows of the segment, by their places in it.
    ///
    /// # Errors
    /// A segment that is damaged, besides the file.
    fn slice(&self, column: u64, rows: Range<u64>) -> Result<ArrayRef>;
}

/// Where the values of a column are.
enum Source {
    /// This column of the batches of the Parquet reader.
    Parquet(usize),
    /// The tensor columns beside the segment.
    Mapped,
    /// Nowhere: the column is younger than the segment, or lazy.
    Absent,
}

impl SegmentScan {
    /// A scan of columns by their field ids, of the rows with the given ids or of all, in batches of at most
    /// `batch_rows` rows. Columns that `vectors` has are not decoded.
    ///
    /// # Errors
    /// A file that is missing or damaged.
    pub fn new(
        segment: Arc<OpenSegment>,
        columns: &[Column],
        row_ids: Option<&[Range<u64>]>,
        batch_rows: usize,
        vectors: Option<Arc<dyn VectorSource>>,
    ) -> Result<SegmentScan> {
        let left: VecDeque<Range<u64>> = match row_ids {
            None => std::iter::once(0..segment.segment.rows).collect(),
            Some(ranges) => positions_of(&segment, ranges)?,
        };
        let mut places: Vec<usize> = Vec::new();
        let mut found = Vec::with_capacity(columns.len());
        for column in columns {
            let place = if column.is_lazy() { None } else { segment.position(column.id) };
            let is_mapped = vectors.as_ref().is_some_and(|vectors| vectors.has(column.id));
            places.extend(place.filter(|_| !is_mapped));
            found.push((place, is_mapped));
        }
        places.sort_unstable();
        places.dedup();
        let sources = found.into_iter().map(|(place, is_mapped)| match place {
            Some(_) if is_mapped => Source::Mapped,
            Some(place) => Source::Parquet(places.partition_point(|&other| other < place)),
            None => Source::Absent,
        });
        let columns = columns.iter().cloned().zip(sources).collect();
        let batch_rows = batch_rows.max(1);
        let parquet = if places.is_empty() || left.is_empty() {
            None
        } else {
            let selection = row_ids.map(|_| selection(&left, segment.segment.rows));
            let rows = batch_rows.min(segment.segment.rows as usize);
            Some(segment.reader(&places, selection, rows)?)
        };
        Ok(SegmentScan { segment, columns, vectors, parquet, left, batch_rows: batch_rows as u64 })
    }

    /// The next rows; `None` at the end.
    ///
    /// # Errors
    /// A file that is damaged.
    pub fn next_batch(&mut self) -> Result<Option<SegmentBatch>> {
        if self.left.is_empty() {
            return Ok(None);
        }
        let path = self.segment.path();
        let (batch, rows) = match &mut self.parquet {
            Some(reader) => {
                let next = reader.next_batch()?;
                let batch = next.ok_or_else(|| StoreError::unreadable(path, &"it ends too early"))?;
                let rows = batch.num_rows() as u64;
                (Some(batch), rows)
            }
            // Without a file to follow, a batch is one range, so that it is a slice of the mapped column.
            None => (None, self.left.front().map_or(0, |range| range.end - range.start).min(self.batch_rows)),
        };
        let positions = self.take(rows)?;
        let columns = self
            .columns
            .iter()
            .map(|(column, source)| self.values(column, source, batch.as_ref(), &positions, rows as usize))
            .collect::<Result<Vec<_>>>()?;
        Ok(Some(SegmentBatch { columns, rows: rows as usize, positions }))
    }

    /// The next places.
    fn take(&mut self, mut rows: u64) -> Result<Vec<Range<u64>>> {
        let mut taken = Vec::new();
        while rows > 0 {
            let Some(range) = self.left.front_mut() else {
                return Err(StoreError::unreadable(self.segment.path(), &"it has more rows than it says"));
            };
            let count = rows.min(range.end - range.start);
            taken.push(range.start..range.start + count);
            range.start += count;
            rows -= count;
            if range.is_empty() {
                self.left.pop_front();
            }
        }
        Ok(taken)
    }

    fn values(
        &self,
        column: &Column,
        source: &Source,
        batch: Option<&RecordBatch>,
        positions: &[Range<u64>],
        rows: usize,
    ) -> Result<ArrayRef> {
        match (source, batch, &self.vectors) {
            (Source::Parquet(at), Some(batch), _) => in_type(column, batch.column(*at)),
            (Source::Mapped, _, Some(vectors)) => slices(&**vectors, column.id, positions),
            _ => column.initial_values(rows),
        }
    }
}

/// Values of the file in the type of the column.
pub(super) fn in_type(column: &Column, array: &ArrayRef) -> Result<ArrayRef> {
    let target = column.field.data_type();
    let array = stored::from_stored(target, array)?;
    let array = if array.data_type() == target {
        array
    } else if same_layout(array.data_type(), target) {
        relabel(&array, target)?
    } else {
        cast(&array, target)?
    };
    Ok(if column.is_tensor() { without_padding(array) } else { array })
}

/// Whether types differ at most in the names and metadata of nested fields.
fn same_layout(a: &DataType, b: &DataType) -> bool {
    a.equals_datatype(b)
}

fn slices(vectors: &dyn VectorSource, column: u64, positions: &[Range<u64>]) -> Result<ArrayRef> {
    match positions {
        [range] => vectors.slice(column, range.clone()),
        ranges => {
            let slices = ranges.iter().map(|range| vectors.slice(column, range.clone()));
            let slices = slices.collect::<Result<Vec<ArrayRef>>>()?;
            let slices: Vec<&dyn Array> = slices.iter().map(|slice| slice.as_ref()).collect();
            Ok(concat(&slices)?)
        }
    }
}

/// The places of rows in the file.
fn positions_of(segment: &OpenSegment, ranges: &[Range<u64>]) -> Result<VecDeque<Range<u64>>> {
    let (start, end) = segment.segment.row_ids;
    let inside = ranges.iter().map(|range| range.start.max(start)..range.end.min(end));
    let inside = inside.filter(|range| !range.is_empty());
    let ids = segment.stored_ids()?;
    let place = |id: u64| match &ids {
        None => id - start,
        Some(ids) => ids.partition_point(|&other| other < id) as u64,
    };
    let places = inside.map(|range| place(range.start)..place(range.end));
    Ok(places.filter(|range| !range.is_empty()).collect())
}

fn selection(ranges: &VecDeque<Range<u64>>, rows: u64) -> RowSelection {
    let mut selectors = Vec::with_capacity(2 * ranges.len() + 1);
    let mut at = 0;
    for range in ranges {
        selectors.push(RowSelector::skip((range.start - at) as usize));
        selectors.push(RowSelector::select((range.end - range.start) as usize));
        at = range.end;
    }
    selectors.push(RowSelector::skip((rows - at) as usize));
    selectors.retain(|selector| selector.row_count > 0);
    RowSelection::from(selectors)
}
