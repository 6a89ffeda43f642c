//! A dataset in a snapshot.

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::ops::Range;
use std::sync::{Arc, OnceLock};

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use linal_error::Code;
use rusqlite::Connection;

use super::super::catalog::{self, DatasetEntry, InlineRows};
use super::super::column::{Column, schema_of};
use super::super::error::{Result, StoreError};
use super::super::ids::{DatabaseId, DatasetId};
use super::super::inner::{Inner, Pin};
use super::super::segment::{SegmentFiles, StoredStatistics};
use super::super::transaction::StagedFiles;
use super::part::Part;
use super::scan::{PartBatch, Scan};

/// A dataset in a snapshot: its definition, and its rows as a list of parts. It never changes and is cheap to
/// clone. Rows of segments are read when they are needed.
#[derive(Clone)]
pub struct DatasetSnapshot(pub(super) Arc<Contents>);

pub(super) struct Contents {
    pin: Arc<Pin>,
    entry: DatasetEntry,
    pub columns: Arc<[Column]>,
    pub schema: SchemaRef,
    version: u64,
    schema_version: u64,
    next_column_id: u64,
    rows: u64,
    /// The snapshot in which the rows are read, of the same version.
    rows_in: u64,
    stored: OnceLock<Stored>,
    /// The files of the rows, where no commit has named them yet.
    pub staged: Option<Arc<StagedFiles>>,
}

/// Where the rows of a dataset are. It is read when it is needed, since a commit that appends does not.
pub(super) struct Stored {
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
            let rows_in = snapshot.max(head.oldest);
            let (version, rows, made_in) =
                catalog::version_in(connection, id, rows_in)?.ok_or_else(missing)?;
            // The oldest kept version may be read in a later snapshot, in which it is the same.
            if made_in > snapshot {
                let message = format!("the rows of `{}` in snapshot {snapshot} have expired", entry.name);
                return Err(StoreError::new(Code::UnknownVersion, message));
            }
            let schema_version = catalog::schema_version(connection, id, snapshot)?.ok_or_else(missing)?;
            let columns = pin.inner().columns(connection, id, schema_version, snapshot)?;
            Ok(DatasetSnapshot(Arc::new(Contents {
                pin: pin.clone(),
                entry: entry.clone(),
                schema: schema_of(&columns),
                columns,
                version,
                schema_version,
                next_column_id: head.next_column_id,
                rows,
                rows_in,
                stored: OnceLock::new(),
                staged: None,
            })))
        })
    }

    /// Staged rows, with the ids from `first_row_id` on.
    pub(in crate::database) fn staged(
        staged: &Arc<StagedFiles>,
        first_row_id: u64,
    ) -> Result<DatasetSnapshot> {
        let (inner, columns) = (staged.inner(), staged.columns());
        let pin = Arc::new(inner.pin_head()?);
        let mut next = first_row_id;
        let segments = staged.segments().iter().map(|segment| {
            let start = next;
            next += segment.rows;
            SegmentFiles {
                id: segment.id,
                rows: segment.rows,
                row_ids: (start, next),
                stores_row_ids: false,
                schema_version: 0,
                file: segment.file.entry(0),
                vectors: segment.vectors.as_ref().map(|file| file.entry(0)),
            }
        });
        let schema = schema_of(columns);
        let inline = InlineRows { ids: Arc::default(), rows: RecordBatch::new_empty(schema.clone()) };
        let stored = Stored { segments: segments.collect(), deletions: HashMap::new(), inline };
        let (id, database) = (staged.dataset(), DatabaseId(0));
        Ok(DatasetSnapshot(Arc::new(Contents {
            entry: DatasetEntry { id, database, name: String::new(), metadata: BTreeMap::new() },
            schema,
            columns: columns.clone(),
            version: 0,
            schema_version: 0,
            next_column_id: 0,
            rows: staged.rows(),
            rows_in: pin.number(),
            pin,
            stored: OnceLock::from(stored),
            staged: Some(staged.clone()),
        })))
    }

    /// The statistics of a staged segment; `None` for one that the catalog has.
    pub(super) fn staged_statistics(&self, segment: u64) -> Option<&[StoredStatistics]> {
        self.0.staged.as_ref().and_then(|staged| staged.statistics(segment))
    }

    /// Where the rows are.
    pub(super) fn stored(&self) -> Result<&Stored> {
        if let Some(stored) = self.0.stored.get() {
            return Ok(stored);
        }
        let id = self.id();
        let read = self.inner().readers.with(|connection| {
            let snapshot = self.rows_in_now(connection)?;
            let schemas = catalog::inline_schemas(connection, id, snapshot)?;
            let deletions = catalog::deletions(connection, id, snapshot)?;
            let deletions = deletions.into_iter().map(|(segment, places)| (segment, places.into()));
            let stored = Stored {
                segments: catalog::segments(connection, id, snapshot)?,
                deletions: deletions.collect(),
                inline: catalog::inline_rows(connection, id, snapshot, &self.0.columns, &schemas)?,
            };
            self.check_count(&stored)?;
            Ok(stored)
        })?;
        Ok(self.0.stored.get_or_init(|| read))
    }

    /// The snapshot in which the rows can be read now. Another process may have expired versions since the definition
    /// was read: what only earlier snapshots had is gone then, and rows of a later one are those of this version only
    /// when it is the same there.
    ///
    /// # Errors
    /// `E0616 unknown_version`.
    fn rows_in_now(&self, connection: &Connection) -> Result<u64> {
        let (id, then) = (self.id(), self.0.rows_in);
        let oldest = catalog::head(connection, id)?.map_or(0, |head| head.oldest);
        if oldest <= then {
            return Ok(then);
        }
        let version = catalog::version_in(connection, id, oldest)?.map(|(version, ..)| version);
        if version == Some(self.0.version) {
            return Ok(oldest);
        }
        let message = format!("version {} of `{}` has expired", self.0.version, self.name());
        Err(StoreError::new(Code::UnknownVersion, message))
    }

    /// Compares the rows that the catalog names with the number that it has of them.
    ///
    /// # Errors
    /// `E0409 damaged_database`.
    fn check_count(&self, stored: &Stored) -> Result<()> {
        let in_segments: u64 = stored.segments.iter().map(|segment| segment.rows).sum();
        let known =
            |segment: &SegmentFiles| stored.deletions.get(&segment.id).map_or(0, |places| places.len());
        let deleted: usize = stored.segments.iter().map(known).sum();
        let rows = (in_segments + stored.inline.ids.len() as u64).checked_sub(deleted as u64);
        if rows == Some(self.0.rows) {
            return Ok(());
        }
        Err(StoreError::damaged(format!(
            "the catalog counts {} rows of `{}`, and names {}",
            self.0.rows,
            self.name(),
            rows.map_or_else(|| "fewer than none".to_string(), |rows| rows.to_string())
        )))
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
    ///
    /// # Errors
    /// A catalog that cannot be read.
    pub fn has_inline(&self) -> Result<bool> {
        let stored = self.stored()?;
        let is_changed = |segment: &SegmentFiles| stored.deletions.contains_key(&segment.id);
        Ok(!stored.inline.ids.is_empty() || stored.segments.iter().any(is_changed))
    }

    /// The rows of the catalog with their row ids, which are part of [`DatasetSnapshot::parts`].
    ///
    /// # Errors
    /// A catalog that cannot be read.
    pub fn inline_rows(&self) -> Result<(&[u64], &RecordBatch)> {
        let inline = &self.stored()?.inline;
        Ok((&inline.ids, &inline.rows))
    }

    /// The rows as parts, in order: the row ids of a part are less than those of the next.
    ///
    /// # Errors
    /// A catalog that cannot be read.
    pub fn parts(&self) -> Result<Vec<Part>> {
        let stored = self.stored()?;
        let ids = &stored.inline.ids;
        let mut parts = Vec::with_capacity(stored.segments.len() + 1);
        let mut inline = 0;
        for (at, segment) in stored.segments.iter().enumerate() {
            let (start, end) = segment.row_ids;
            let gap = inline..ids.partition_point(|&id| id < start);
            inline = ids.partition_point(|&id| id < end);
            let changes = gap.end..inline;
            self.push_inline(&mut parts, gap)?;
            parts.push(Part::segment(self.clone(), at, changes)?);
        }
        self.push_inline(&mut parts, inline..ids.len())?;
        Ok(parts)
    }

    fn push_inline(&self, parts: &mut Vec<Part>, rows: Range<usize>) -> Result<()> {
        if !rows.is_empty() {
            parts.push(Part::inline(self.clone(), rows)?);
        }
        Ok(())
    }

    /// All rows of a scan, in order.
    ///
    /// # Errors
    /// A catalog that cannot be read.
    pub fn scan(&self, scan: &Scan) -> Result<impl Iterator<Item = Result<PartBatch>> + use<>> {
        let scan = scan.clone();
        Ok(self.parts()?.into_iter().flat_map(move |part| match part.scan(&scan) {
            Ok(batches) => Box::new(batches) as Box<dyn Iterator<Item = Result<PartBatch>>>,
            Err(error) => Box::new(std::iter::once(Err(error))),
        }))
    }

    /// All rows in memory, for small datasets and tests.
    ///
    /// # Errors
    /// A file that is missing or damaged.
    pub fn read(&self) -> Result<RecordBatch> {
        let batches = self.scan(&Scan::default())?.map(|batch| batch.map(|batch| batch.rows));
        let batches = batches.collect::<Result<Vec<_>>>()?;
        Ok(arrow::compute::concat_batches(&self.0.schema, &batches)?)
    }
}
