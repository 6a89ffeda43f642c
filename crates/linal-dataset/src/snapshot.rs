//! Versions of a dataset.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::{Array, ArrayData, ArrayRef, RecordBatch, new_empty_array};
use arrow::buffer::Buffer;
use arrow::compute::concat;
use arrow::datatypes::SchemaRef;
use linal_store::database::RowGroup;
use linal_tensor::{MemoryPool, Reservation};

use super::Origin;
use super::arrow_error;
use super::chunk::Chunk;
use super::column_cache::ColumnCache;
use super::constraint::Constraint;
use super::definition::{ColumnDef, find, position, same_name, schema_of};
use super::key_index::KeyIndexes;
use super::stored::Stored;
use crate::error::Result;

/// An immutable version of a dataset, which a statement reads from start to end. A new version shares what
/// did not change.
#[derive(Clone, Debug)]
pub struct Snapshot {
    /// The dataset's name in its original case.
    pub name: Arc<str>,
    /// The columns.
    pub columns: Arc<[ColumnDef]>,
    /// The Arrow schema of the columns.
    pub schema: SchemaRef,
    /// The rows, in order.
    pub chunks: Vec<Arc<Chunk>>,
    /// Number of rows in all chunks.
    pub rows: usize,
    /// Counts changes of rows and columns, from 1. A version that is not published yet has the number of its
    /// predecessor.
    pub version: u64,
    /// Counts changes of columns.
    pub schema_version: u64,
    /// The entries of SET DATASET METADATA, by key.
    pub metadata: Arc<BTreeMap<String, String>>,
    /// The constraints that its rows satisfy.
    pub constraints: Arc<[Constraint]>,
    /// The indexes of its keys.
    pub keys: KeyIndexes,
    /// The lineage of the rows at creation.
    pub origin: Origin,
    /// The pool that the rows are charged to.
    pub pool: Arc<MemoryPool>,
    /// Columns that are in one array as well, by their positions.
    pub whole: Vec<(usize, WholeColumn)>,
    /// What a durable store knows of it; `None` without one, and for a dataset that was not committed yet.
    pub stored: Option<Arc<Stored>>,
}

/// The values of a column in one array, with the reservation of its memory.
#[derive(Clone, Debug)]
pub struct WholeColumn {
    values: ArrayRef,
    _charge: Arc<Reservation>,
}

impl Snapshot {
    /// The minimum and maximum of an integer or date column; `None` for columns of other types.
    pub fn range(&self, column: usize) -> Option<(i64, i64)> {
        let ranges = self.chunks.iter().filter_map(|chunk| chunk.range(column));
        ranges.reduce(|all, range| (all.0.min(range.0), all.1.max(range.1)))
    }

    /// Whether a buffer is memory of a column.
    pub fn holds(&self, buffer: &Buffer) -> bool {
        fn holds(data: &ArrayData, buffer: &Buffer) -> bool {
            data.buffers().iter().any(|own| own.data_ptr() == buffer.data_ptr())
                || data.child_data().iter().any(|child| holds(child, buffer))
        }
        self.in_memory().any(|column| holds(&column.to_data(), buffer))
    }

    /// The arrays of columns that are in memory now.
    pub fn in_memory(&self) -> impl Iterator<Item = ArrayRef> {
        let whole = self.whole.iter().map(|(_, whole)| whole.values.clone());
        self.chunks.iter().flat_map(|chunk| chunk.in_memory()).chain(whole)
    }

    /// A dataset without rows.
    pub fn empty(name: &str, columns: Vec<ColumnDef>, pool: &Arc<MemoryPool>) -> Snapshot {
        Snapshot {
            name: name.into(),
            schema: schema_of(&columns),
            columns: columns.into(),
            chunks: Vec::new(),
            rows: 0,
            version: 1,
            schema_version: 0,
            metadata: Arc::default(),
            constraints: Arc::default(),
            keys: KeyIndexes::default(),
            origin: Origin::default(),
            pool: pool.clone(),
            whole: Vec::new(),
            stored: None,
        }
    }

    /// The rows, chunk by chunk.
    ///
    /// # Errors
    /// A file of the directory that is missing or damaged.
    pub fn batches(&self) -> impl Iterator<Item = Result<RecordBatch>> {
        self.chunks.iter().map(|chunk| chunk.batch(&self.schema))
    }

    /// The values of a column, chunk by chunk.
    ///
    /// # Errors
    /// A file of the directory that is missing or damaged.
    pub fn values(&self, column: usize) -> impl Iterator<Item = Result<ArrayRef>> {
        self.chunks.iter().map(move |chunk| chunk.column(column))
    }

    /// Size of a column in bytes; that of rows that are not in memory is an estimate.
    pub fn bytes(&self, column: usize) -> usize {
        let data_type = self.schema.field(column).data_type();
        self.chunks.iter().map(|chunk| chunk.columns()[column].bytes(data_type, chunk.rows())).sum()
    }

    /// Whether any rows are read from a directory when they are needed.
    pub fn is_stored(&self) -> bool {
        self.chunks.iter().any(|chunk| chunk.is_stored())
    }

    /// The position of a column. Names are matched without regard to case.
    pub fn position(&self, name: &str) -> Option<usize> {
        position(&self.columns, name)
    }

    /// The position of an existing column.
    ///
    /// # Errors
    /// `E0603 unknown_column` with the nearest name.
    pub fn column(&self, name: &str) -> Result<usize> {
        find(&self.name, &self.columns, name)
    }

    /// The same dataset with other chunks. What the store knows of the rows stays as it is.
    pub(crate) fn with_chunks(&self, chunks: Vec<Arc<Chunk>>) -> Snapshot {
        let rows = chunks.iter().map(|chunk| chunk.rows()).sum();
        let keys = KeyIndexes::unknown(self.constraints.len());
        Snapshot { chunks, rows, whole: Vec::new(), keys, ..self.clone() }
    }

    /// The same rows in other chunks.
    pub(crate) fn rearranged(&self, chunks: Vec<Arc<Chunk>>) -> Snapshot {
        Snapshot { keys: self.keys.clone(), ..self.with_chunks(chunks) }
    }

    /// The same dataset with the indexes of the keys of another snapshot, whose rows have the same keys.
    pub fn with_keys_of(self, other: &Snapshot) -> Snapshot {
        Snapshot { keys: other.keys.clone(), ..self }
    }

    /// The same rows in the chunks of another snapshot of the dataset.
    pub fn with_chunks_of(&self, other: &Snapshot) -> Snapshot {
        self.rearranged(other.chunks.clone())
    }

    /// The same columns without rows, as a dataset that no store knows.
    pub fn without_all_rows(&self) -> Snapshot {
        Snapshot { stored: None, ..self.with_chunks(Vec::new()) }
    }

    /// The same dataset without rows, before others take their place in one change.
    pub fn emptied(&self) -> Snapshot {
        self.with_chunks(Vec::new()).note_cleared()
    }

    /// Whether the rows of another dataset may replace those of this one: the columns are the same, and none is computed
    /// or has a default.
    pub fn has_columns_of(&self, other: &Snapshot) -> bool {
        let is_same = |(own, other): (&ColumnDef, &ColumnDef)| {
            own.name == other.name
                && own.column_type == other.column_type
                && own.limit == other.limit
                && own.nullable == other.nullable
                && [own, other].iter().all(|column| column.computed.is_none() && column.default.is_none())
        };
        self.columns.len() == other.columns.len()
            && self.columns.iter().zip(other.columns.iter()).all(is_same)
    }

    /// The dataset with the rows of another snapshot of the same columns appended, which are shared.
    pub fn with_rows_of(&self, other: &Snapshot) -> Snapshot {
        let chunks = self.chunks.iter().chain(&other.chunks).cloned().collect();
        self.with_chunks(chunks).note_appended(other.rows)
    }

    /// The dataset with the rows that a store has for it; `self` has everything else.
    ///
    /// # Errors
    /// When rows of the catalog do not fit the memory limit.
    pub fn with_row_groups(
        &self,
        groups: Vec<RowGroup>,
        stored: Stored,
        cache: &Arc<ColumnCache>,
    ) -> Result<Snapshot> {
        let numbers: Vec<u64> = self.columns.iter().map(|column| column.number).collect();
        let chunk = |group| Chunk::stored(group, &numbers, cache, &self.pool);
        let chunks = groups.into_iter().map(chunk).collect::<Result<_>>()?;
        Ok(Snapshot { stored: Some(Arc::new(stored)), ..self.with_chunks(chunks) })
    }

    /// The rows that this snapshot has appended, behind those of another one of the same dataset; `None` when it
    /// has other changes, or the columns differ.
    ///
    /// # Errors
    /// When the copy does not fit the memory limit.
    pub fn appended_to(&self, now: &Snapshot) -> Result<Option<Snapshot>> {
        if self.columns != now.columns || self.constraints != now.constraints || now.stored.is_none() {
            return Ok(None);
        }
        Ok(self.appended_rows()?.map(|rows| now.with_shared_rows(rows)))
    }

    /// The rows that this snapshot has appended to those of the store, if that is its only change.
    ///
    /// # Errors
    /// When a copy does not fit the memory limit.
    pub fn appended_rows(&self) -> Result<Option<Vec<Arc<Chunk>>>> {
        let Some(stored) = &self.stored else { return Ok(None) };
        let has_other_changes = stored.has_changed_rows()
            || !stored.deleted().is_empty()
            || stored.has_other_metadata(self)
            || stored.has_other_columns(self);
        if has_other_changes {
            return Ok(None);
        }
        let rows = stored.new_rows();
        let mut chunks = Vec::new();
        let mut first = 0;
        for chunk in &self.chunks {
            let (start, end) = (rows.start.max(first), rows.end.min(first + chunk.rows()));
            if end - start.min(end) == chunk.rows() {
                chunks.push(chunk.clone());
            } else if start < end {
                // A chunk that was merged with stored rows.
                let slice = chunk.batch(&self.schema)?.slice(start - first, end - start);
                chunks.push(Chunk::new(slice, &self.pool)?);
            }
            first += chunk.rows();
        }
        Ok(Some(chunks))
    }

    /// The dataset with chunks of its columns appended, which are shared.
    pub fn with_shared_rows(&self, rows: Vec<Arc<Chunk>>) -> Snapshot {
        let count = rows.iter().map(|chunk| chunk.rows()).sum();
        let chunks = self.chunks.iter().cloned().chain(rows).collect();
        self.with_chunks(chunks).note_appended(count)
    }

    /// The rows of a range of row numbers, as slices of the chunks.
    ///
    /// # Errors
    /// A file of the directory that is missing or damaged.
    pub fn rows_in(&self, rows: std::ops::Range<usize>) -> Result<Vec<RecordBatch>> {
        let mut first = 0;
        let mut slices = Vec::new();
        for chunk in &self.chunks {
            let (start, end) = (rows.start.max(first), rows.end.min(first + chunk.rows()));
            if start < end {
                slices.push(chunk.batch(&self.schema)?.slice(start - first, end - start));
            }
            first += chunk.rows();
        }
        Ok(slices)
    }

    /// The dataset under another name.
    pub fn with_name(&self, name: &str) -> Snapshot {
        Snapshot { name: name.into(), schema_version: self.schema_version + 1, ..self.clone() }
    }

    /// The dataset with a metadata entry. Keys are matched without regard to case.
    pub fn with_metadata(&self, key: &str, value: &str) -> Snapshot {
        let mut metadata = BTreeMap::clone(&self.metadata);
        metadata.retain(|known, _| !same_name(known, key));
        metadata.insert(key.to_string(), value.to_string());
        Snapshot { metadata: Arc::new(metadata), ..self.clone() }
    }

    /// All rows in at most one chunk.
    ///
    /// # Errors
    /// When the copy does not fit the memory limit.
    pub fn consolidated(&self) -> Result<Snapshot> {
        if self.chunks.len() <= 1 {
            return Ok(self.clone());
        }
        let chunk = Chunk::concat(&self.schema, &self.chunks, &self.pool)?;
        Ok(self.rearranged(vec![chunk]))
    }

    /// The values of a column in one array. A copy that has to be made is returned with the snapshot that keeps
    /// it.
    ///
    /// # Errors
    /// When the copy does not fit the memory limit; a file of the directory that is missing or damaged.
    pub(crate) fn whole_column(&self, at: usize) -> Result<(ArrayRef, Option<Snapshot>)> {
        if let Some((_, whole)) = self.whole.iter().find(|(known, _)| *known == at) {
            return Ok((whole.values.clone(), None));
        }
        match self.chunks.as_slice() {
            [] => return Ok((new_empty_array(self.schema.field(at).data_type()), None)),
            [one] => return Ok((one.column(at)?, None)),
            _ => {}
        }
        let charge = self.pool.reserve("dataset", self.bytes(at))?;
        let parts: Vec<ArrayRef> = self.values(at).collect::<Result<_>>()?;
        let parts: Vec<&dyn Array> = parts.iter().map(|part| part.as_ref()).collect();
        let values = concat(&parts).map_err(arrow_error)?;
        let mut next = self.clone();
        next.whole.push((at, WholeColumn { values: values.clone(), _charge: Arc::new(charge) }));
        Ok((values, Some(next)))
    }
}
