//! Versions of a dataset.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::{Array, ArrayData, ArrayRef, RecordBatch};
use arrow::buffer::Buffer;
use arrow::datatypes::SchemaRef;
use linal_store::ColumnType;
use linal_tensor::MemoryPool;

use super::Origin;
use super::chunk::Chunk;
use super::definition::{ColumnDef, find, position, same_name, schema_of};
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
    /// The lineage of the rows at creation.
    pub origin: Origin,
    /// The pool that the rows are charged to.
    pub pool: Arc<MemoryPool>,
    /// What a durable store knows of it; `None` without one, and for a dataset that was not committed yet.
    pub stored: Option<Arc<Stored>>,
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
        self.batches().flat_map(RecordBatch::columns).any(|column| holds(&column.to_data(), buffer))
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
            origin: Origin::default(),
            pool: pool.clone(),
            stored: None,
        }
    }

    /// The batches, in order.
    pub fn batches(&self) -> impl Iterator<Item = &RecordBatch> {
        self.chunks.iter().map(|chunk| &chunk.batch)
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
        Snapshot { chunks, rows, ..self.clone() }
    }

    /// The same columns without rows, as a dataset that no store knows.
    pub fn without_all_rows(&self) -> Snapshot {
        Snapshot { stored: None, ..self.with_chunks(Vec::new()) }
    }

    /// The dataset with the rows of another snapshot of the same columns appended, which are shared.
    pub fn with_rows_of(&self, other: &Snapshot) -> Snapshot {
        let chunks = self.chunks.iter().chain(&other.chunks).cloned().collect();
        self.with_chunks(chunks).note_appended(other.rows)
    }

    /// The dataset with batches of its columns appended, which are charged to its pool.
    ///
    /// # Errors
    /// When they do not fit the memory limit.
    pub fn with_batches(&self, batches: Vec<RecordBatch>) -> Result<Snapshot> {
        let mut chunks = self.chunks.clone();
        let mut rows = 0;
        for batch in batches.into_iter().filter(|batch| batch.num_rows() > 0) {
            rows += batch.num_rows();
            chunks.push(Chunk::new(batch, &self.pool)?);
        }
        Ok(self.with_chunks(chunks).note_appended(rows))
    }

    /// The dataset with the rows that a store has for it. Vectors are in mapped files, which the system can
    /// drop from memory, and are not charged; `definition` has everything else.
    ///
    /// # Errors
    /// When the other columns do not fit the memory limit.
    pub fn with_stored_rows(&self, batches: Vec<RecordBatch>, stored: Stored) -> Result<Snapshot> {
        let mut chunks = Vec::with_capacity(batches.len());
        for batch in batches.into_iter().filter(|batch| batch.num_rows() > 0) {
            let charge = |(column, values): (&ColumnDef, &ArrayRef)| match column.column_type {
                ColumnType::Tensor(_) => Ok(None),
                _ => self.charge(values),
            };
            let charges = self.columns.iter().zip(batch.columns()).map(charge).collect::<Result<_>>()?;
            chunks.push(Chunk::with_charges(batch, charges));
        }
        Ok(Snapshot { stored: Some(Arc::new(stored)), ..self.with_chunks(chunks) })
    }

    /// The rows that this snapshot has appended, behind those of another one of the same dataset; `None` when it
    /// has other changes, or the columns differ.
    ///
    /// # Errors
    /// When the copy does not fit the memory limit.
    pub fn appended_to(&self, now: &Snapshot) -> Result<Option<Snapshot>> {
        let (Some(stored), true) = (&self.stored, self.columns == now.columns) else { return Ok(None) };
        let only_appends =
            !stored.has_changed_rows() && stored.deleted().is_empty() && !stored.has_other_metadata(self);
        if !only_appends || now.stored.is_none() {
            return Ok(None);
        }
        now.with_batches(self.rows_in(stored.new_rows())).map(Some)
    }

    /// The rows of a range of row numbers, as slices of the batches.
    pub fn rows_in(&self, rows: std::ops::Range<usize>) -> Vec<RecordBatch> {
        let mut first = 0;
        let mut slices = Vec::new();
        for batch in self.batches() {
            let (start, end) = (rows.start.max(first), rows.end.min(first + batch.num_rows()));
            if start < end {
                slices.push(batch.slice(start - first, end - start));
            }
            first += batch.num_rows();
        }
        slices
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
        Ok(Snapshot { chunks: vec![chunk], ..self.clone() })
    }
}
