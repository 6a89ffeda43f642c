//! Versions of a dataset.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::{Array, ArrayData, RecordBatch};
use arrow::buffer::Buffer;
use arrow::datatypes::SchemaRef;
use linal_tensor::MemoryPool;

use super::Origin;
use super::chunk::Chunk;
use super::definition::{ColumnDef, find, position, same_name, schema_of};
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
    /// Counts changes of rows and columns. A version that is not published yet has the number of its
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
            version: 0,
            schema_version: 0,
            metadata: Arc::default(),
            origin: Origin::default(),
            pool: pool.clone(),
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

    /// The same dataset with other chunks.
    pub fn with_chunks(&self, chunks: Vec<Arc<Chunk>>) -> Snapshot {
        let rows = chunks.iter().map(|chunk| chunk.rows()).sum();
        Snapshot { chunks, rows, ..self.clone() }
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
