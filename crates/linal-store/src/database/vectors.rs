//! The tensor columns of segments: mapped from the files beside them, which are built again when they are
//! damaged.

use std::ops::Range;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, new_empty_array};
use arrow::compute::concat;

use super::column::Column;
use super::error::{Result, StoreError};
use super::inner::{Inner, locked};
use super::segment::{
    FileEntry, OpenSegment, SegmentScan, VectorColumns, VectorSource, map_vectors, rebuild,
};

/// Reads tensor columns of a segment. Values are slices of the mapped file; the blocks behind them are verified
/// when they are asked for, and damage is repaired from the segment.
#[derive(Clone)]
pub(super) struct VectorReader {
    inner: Arc<Inner>,
    open: Arc<OpenSegment>,
    columns: Arc<[Column]>,
    vectors: Arc<VectorColumns>,
}

impl VectorReader {
    /// A reader of a segment in the columns of a snapshot; `None` for a segment without tensor columns.
    ///
    /// # Errors
    /// A segment that is missing or damaged, besides the file of tensors.
    pub fn new(
        inner: &Arc<Inner>,
        open: &Arc<OpenSegment>,
        columns: &Arc<[Column]>,
    ) -> Result<Option<VectorReader>> {
        let vectors = inner.vectors(open, columns)?;
        let (inner, open, columns) = (inner.clone(), open.clone(), columns.clone());
        Ok(vectors.map(|vectors| VectorReader { inner, open, columns, vectors }))
    }

    /// Tells the system that the pages of an array of this reader may leave the memory of the process.
    pub fn release(&self, array: &dyn Array) {
        self.vectors.release(array);
    }

    fn repaired(&self, column: u64, rows: &Range<u64>) -> Result<ArrayRef> {
        let vectors = self.inner.repaired_vectors(&self.open, &self.columns, &self.vectors)?;
        match vectors.slice(column, rows) {
            Ok(Some(slice)) => Ok(slice),
            // Another snapshot, which does not have the column, has built the file again; or the disk does not
            // keep what is written.
            Ok(None) | Err(_) => self.decoded(column, rows),
        }
    }

    fn decoded(&self, column: u64, rows: &Range<u64>) -> Result<ArrayRef> {
        let missing = || StoreError::internal("a segment was asked for a column that it does not have");
        let column = self.columns.iter().find(|other| other.id == column).ok_or_else(missing)?;
        let columns = std::slice::from_ref(column);
        let ids = self.open.row_ids_at(rows)?;
        let decoded = decode(&self.open, columns, Some(std::slice::from_ref(&ids)))?;
        decoded.into_iter().next().map(|(_, array)| array).ok_or_else(missing)
    }
}

impl VectorSource for VectorReader {
    fn has(&self, column: u64) -> bool {
        self.vectors.has(column)
    }

    fn slice(&self, column: u64, rows: Range<u64>) -> Result<ArrayRef> {
        if rows.start > rows.end || rows.end > self.open.segment.rows {
            return Err(StoreError::internal("a segment has fewer rows than were asked for"));
        }
        match self.vectors.slice(column, &rows) {
            Ok(Some(slice)) => Ok(slice),
            Ok(None) => self.decoded(column, &rows),
            Err(_) => self.repaired(column, &rows),
        }
    }
}

/// Columns of a segment, all rows or those with ids of ranges, from its Parquet file.
fn decode(
    open: &Arc<OpenSegment>,
    columns: &[Column],
    row_ids: Option<&[Range<u64>]>,
) -> Result<Vec<(Column, ArrayRef)>> {
    let rows = open.segment.rows as usize;
    let mut scan = SegmentScan::new(open.clone(), columns, row_ids, rows, None)?;
    let mut parts: Vec<Vec<ArrayRef>> = columns.iter().map(|_| Vec::new()).collect();
    while let Some(batch) = scan.next_batch()? {
        parts.iter_mut().zip(batch.columns).for_each(|(part, array)| part.push(array));
    }
    let joined = columns.iter().zip(parts).map(|(column, parts)| {
        let parts: Vec<&dyn Array> = parts.iter().map(|part| part.as_ref()).collect();
        let array = match parts.as_slice() {
            [] => new_empty_array(column.field.data_type()),
            parts => concat(parts)?,
        };
        Ok((column.clone(), array))
    });
    joined.collect()
}

impl Inner {
    /// The tensor columns of a segment. A file that is missing, or whose metadata are damaged, is written again
    /// from the Parquet file.
    fn vectors(&self, open: &Arc<OpenSegment>, columns: &[Column]) -> Result<Option<Arc<VectorColumns>>> {
        let mut vectors = locked(&open.vectors);
        if let Some(known) = &*vectors {
            return Ok(Some(known.clone()));
        }
        let Some(file) = &open.segment.vectors else { return Ok(None) };
        let found = match self.mapped(open, file) {
            Ok(mapped) => mapped,
            Err(_) => self.rebuilt(open, file, columns)?,
        };
        Ok(Some(vectors.insert(Arc::new(found)).clone()))
    }

    fn mapped(&self, open: &OpenSegment, file: &FileEntry) -> Result<VectorColumns> {
        let file = self.with_checksums(file)?;
        map_vectors(&self.files, &file, self.blocks(&file)?, open.segment.rows)
    }

    /// The tensor columns of a segment after damage was found in `damaged`, which somebody else may have
    /// repaired already.
    fn repaired_vectors(
        &self,
        open: &Arc<OpenSegment>,
        columns: &[Column],
        damaged: &Arc<VectorColumns>,
    ) -> Result<Arc<VectorColumns>> {
        let mut vectors = locked(&open.vectors);
        if let Some(known) = &*vectors
            && !Arc::ptr_eq(known, damaged)
        {
            return Ok(known.clone());
        }
        let missing = || StoreError::internal("a segment without tensors has a file for them");
        let file = open.segment.vectors.as_ref().ok_or_else(missing)?;
        let rebuilt = self.rebuilt(open, file, columns)?;
        Ok(vectors.insert(Arc::new(rebuilt)).clone())
    }

    /// The tensor columns from the Parquet file. A store that writes maps them from a new file; another keeps
    /// them in memory, as does one whose file no commit has named yet.
    fn rebuilt(
        &self,
        open: &Arc<OpenSegment>,
        file: &FileEntry,
        columns: &[Column],
    ) -> Result<VectorColumns> {
        let tensors: Vec<Column> = columns.iter().filter(|column| column.is_tensor()).cloned().collect();
        let arrays = decode(open, &tensors, None)?;
        let in_memory = || {
            let arrays = arrays.iter().map(|(column, array)| (column.id, array.clone()));
            VectorColumns::in_memory(arrays.collect())
        };
        let Some(committer) = self.committer.as_ref().filter(|_| file.id != 0) else {
            return Ok(in_memory());
        };
        // A failure to write the copy is no failure to read.
        let rows = open.segment.rows as usize;
        let Ok(written) = rebuild(&self.files, &file.path, &arrays, rows) else { return Ok(in_memory()) };
        if committer.replace_file(file.id, &written).is_err() {
            return Ok(in_memory());
        }
        self.mapped(open, &written.entry(file.id)).or_else(|_| Ok(in_memory()))
    }
}
