//! A dataset in a snapshot.

use std::collections::HashMap;
use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use linal_error::Code;

use super::super::catalog::{self, DatasetEntry, InlineRows};
use super::super::column::{Column, schema_of};
use super::super::error::{Result, StoreError};
use super::super::ids::{DatabaseId, DatasetId};
use super::super::inner::{Inner, Pin};
use super::super::segment::SegmentFiles;
use super::part::Part;
use super::scan::{PartBatch, Scan};

/// A dataset in a snapshot: its definition, and its rows as a list of parts. It never changes and is cheap to
/// clone. Rows of segments are read when they are needed.
#[derive(Clone)]
pub struct DatasetSnapshot(pub(super) Arc<Contents>);

pub(super) struct Contents {
    pin: Arc<Pin>,
    entry: DatasetEntry,
    pub columns: Vec<Column>,
    pub schema: SchemaRef,
    version: u64,
    schema_version: u64,
    next_column_id: u64,
    rows: u64,
    pub segments: Vec<SegmentFiles>,
    /// The places of deleted rows by segment.
    pub deletions: HashMap<u64, Arc<[u64]>>,
    pub inline: InlineRows,
}

impl fmt::Debug for DatasetSnapshot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DatasetSnapshot")
            .field("name", &self.0.entry.name)
            .field("version", &self.0.version)
            .field("rows", &self.0.rows)
            .finish_non_exhaustive()
    }
}

impl DatasetSnapshot {
    pub(super) fn load(pin: &Arc<Pin>, entry: &DatasetEntry) -> Result<DatasetSnapshot> {
        let (id, snapshot) = (entry.id, pin.number());
        pin.inner().readers.with(|connection| {
            let missing =
                || StoreError::damaged(format!("the catalog lacks parts of the dataset `{}`", entry.name));
            let head = catalog::head(connection, id)?.ok_or_else(missing)?;
            if snapshot < head.oldest {
                let message = format!("the rows of `{}` in snapshot {snapshot} have expired", entry.name);
                return Err(StoreError::new(Code::UnknownVersion, message));
            }
            let (version, rows, _) = catalog::version_in(connection, id, snapshot)?.ok_or_else(missing)?;
            let columns = catalog::columns(connection, id, snapshot)?;
            let schemas = catalog::inline_schemas(connection, id, snapshot)?;
            let inline = catalog::inline_rows(connection, id, snapshot, &columns, &schemas)?;
            let deletions = catalog::deletions(connection, id, snapshot)?;
            let segments = catalog::segments(connection, id, snapshot)?;
            let deletions = deletions.into_iter().map(|(segment, places)| (segment, places.into()));
            Ok(DatasetSnapshot(Arc::new(Contents {
                pin: pin.clone(),
                entry: entry.clone(),
                schema: schema_of(&columns),
                columns,
                version,
                schema_version: catalog::schema_version(connection, id, snapshot)?.ok_or_else(missing)?,
                next_column_id: head.next_column_id,
                rows,
                segments,
                deletions: deletions.collect(),
                inline,
            })))
        })
    }

    pub(in crate::database) fn inner(&self) -> &Arc<Inner> {
        self.0.pin.inner()
    }

    /// The number.
    pub fn id(&self) -> DatasetId {
        self.0.entry.id
    }

    /// The database.
    pub fn database(&self) -> DatabaseId {
        self.0.entry.database
    }

    /// The name in its original case.
    pub fn name(&self) -> &str {
        &self.0.entry.name
    }

    /// Name, database and metadata.
    pub fn entry(&self) -> &DatasetEntry {
        &self.0.entry
    }

    /// The snapshot.
    pub fn snapshot_number(&self) -> u64 {
        self.0.pin.number()
    }

    /// The columns, in order.
    pub fn columns(&self) -> &[Column] {
        &self.0.columns
    }

    /// The Arrow schema of the columns.
    pub fn schema(&self) -> &SchemaRef {
        &self.0.schema
    }

    /// The version, from 1.
    pub fn version(&self) -> u64 {
        self.0.version
    }

    /// The number of the schema, from 1.
    pub fn schema_version(&self) -> u64 {
        self.0.schema_version
    }

    /// The number of the next column of the dataset, at least.
    pub(in crate::database) fn next_column_id(&self) -> u64 {
        self.0.next_column_id
    }

    /// Number of rows.
    pub fn rows(&self) -> u64 {
        self.0.rows
    }

    /// Whether any rows, changes or deletions are in the catalog rather than in segments.
    pub fn has_inline(&self) -> bool {
        !self.0.inline.ids.is_empty()
            || self.0.segments.iter().any(|segment| self.0.deletions.contains_key(&segment.id))
    }

    /// The rows of the catalog with their row ids, which are part of [`DatasetSnapshot::parts`].
    pub fn inline_rows(&self) -> (&[u64], &RecordBatch) {
        (&self.0.inline.ids, &self.0.inline.rows)
    }

    /// The rows as parts, in order: the row ids of a part are less than those of the next.
    pub fn parts(&self) -> Vec<Part> {
        let mut parts = Vec::with_capacity(self.0.segments.len() + 1);
        let ids = &self.0.inline.ids;
        let mut inline = 0;
        for (at, segment) in self.0.segments.iter().enumerate() {
            let (start, end) = segment.row_ids;
            let gap = inline..ids.partition_point(|&id| id < start);
            self.push_inline(&mut parts, gap.clone());
            inline = ids.partition_point(|&id| id < end);
            parts.push(Part::segment(self.clone(), at, gap.end..inline));
        }
        self.push_inline(&mut parts, inline..ids.len());
        parts
    }

    fn push_inline(&self, parts: &mut Vec<Part>, rows: Range<usize>) {
        if !rows.is_empty() {
            parts.push(Part::inline(self.clone(), rows));
        }
    }

    /// All rows of a scan, in order.
    pub fn scan(&self, scan: &Scan) -> impl Iterator<Item = Result<PartBatch>> + use<> {
        let scan = scan.clone();
        self.parts().into_iter().flat_map(move |part| match part.scan(&scan) {
            Ok(batches) => Box::new(batches) as Box<dyn Iterator<Item = Result<PartBatch>>>,
            Err(error) => Box::new(std::iter::once(Err(error))),
        })
    }

    /// All rows in memory, for small datasets and tests.
    ///
    /// # Errors
    /// A file that is missing or damaged.
    pub fn read(&self) -> Result<RecordBatch> {
        let batches = self.scan(&Scan::default()).map(|batch| batch.map(|batch| batch.rows));
        let batches = batches.collect::<Result<Vec<_>>>()?;
        Ok(arrow::compute::concat_batches(&self.0.schema, &batches)?)
    }
}
