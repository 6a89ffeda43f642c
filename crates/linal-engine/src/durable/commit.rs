//! Writes the changes of a transaction to the store.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use arrow::array::{RecordBatch, UInt32Array};
use arrow::compute::take_record_batch;
use arrow::datatypes::SchemaRef;
use linal_dataset::catalog::Catalog;
use linal_dataset::{Chunk, ColumnDef, ColumnValues, Dataset, Error, Result, Snapshot, Stored, arrow_error};
use linal_error::Code;
use linal_store::database::{Commit, DatabaseId, DatasetId, JobMark, StagedRows, StoreError, Transaction};
use linal_tensor::Control;

use super::{Durable, SavedChange, columns, error, objects, tensors};

/// A dataset that a transaction publishes.
pub(crate) struct Published {
    pub dataset: Arc<Dataset>,
    /// The version that it must still have.
    pub expected_version: u64,
    /// Its next snapshot.
    pub next: Snapshot,
    pub database: Arc<str>,
    /// Its name afterwards.
    pub name: Arc<str>,
    /// Whether the transaction has created it.
    pub is_new: bool,
}

/// The changes of a transaction.
#[derive(Default)]
pub(crate) struct Written {
    /// The numbers of datasets that are dropped.
    pub dropped: Vec<u64>,
    /// Datasets that are changed or created.
    pub published: Vec<Published>,
    /// Tensors that are saved or dropped, and the snapshot of the directory at BEGIN.
    pub saved: Vec<SavedChange>,
    pub base: Option<u64>,
    /// The attempt of a job that makes the changes.
    pub job: Option<JobMark>,
}

impl Durable {
    /// Makes changes durable; `before` and `after` are the catalogs whose pipelines and indexes differ. Returns the snapshots to publish, in the order of `written.published`, with the
    /// versions and row ids that the store gave them.
    ///
    /// # Errors
    /// Those of the store; those of a statement that is to stop before its changes are durable. Nothing is changed then.
    pub fn write(
        &self,
        written: &Written,
        [before, after]: [&Catalog; 2],
        own: &str,
        statement: &str,
        control: &Arc<Control>,
    ) -> Result<Vec<Snapshot>> {
        let mut transaction = self.store.begin().map_err(error)?;
        transaction.set_job(written.job);
        transaction.watch(control.clone());
        for &number in &written.dropped {
            transaction.drop_dataset(DatasetId(number)).map_err(error)?;
        }
        let mut databases = Databases::default();
        for database in after.new_databases(before) {
            let id = transaction.create_database(&database.name).map_err(error)?;
            databases.created.insert(database.name.to_lowercase(), id);
        }
        free_names(&mut transaction, &databases, &written.published)?;
        let mut ids = Vec::with_capacity(written.published.len());
        for published in &written.published {
            control.poll()?;
            ids.push(if &*published.database == own {
                None
            } else {
                Some(write_dataset(&mut transaction, &databases, published, control)?)
            });
        }
        for database in after.databases() {
            let before = before.find(&database.name);
            if objects::differ(before, database) {
                let id = databases.id(&transaction, &database.name)?;
                objects::write(&mut transaction, id, before, database)?;
            }
        }
        if let Some(base) = written.base.filter(|_| !written.saved.is_empty()) {
            let base = self.store.snapshot_number(base).map_err(error)?;
            let unchanged = |change| tensors::check_unchanged(&base, transaction.base(), change);
            written.saved.iter().try_for_each(unchanged)?;
        }
        for saved in &written.saved {
            let id = databases.id(&transaction, saved.target().0)?;
            saved.write(&mut transaction, id)?;
        }
        let mut snapshots = Vec::with_capacity(ids.len());
        let mut definitions = Vec::with_capacity(ids.len());
        for (published, id) in written.published.iter().zip(&ids) {
            definitions.push(match id {
                Some(id) => numbered(&published.next, &transaction.columns(*id).map_err(error)?),
                None => published.next.columns.clone(),
            });
        }
        let commit = transaction.commit(Some(statement)).map_err(error)?;
        self.note_alterations(&commit);
        commit.datasets.iter().for_each(|dataset| self.folding.note(&self.store, dataset.id));
        for ((published, id), columns) in written.published.iter().zip(&ids).zip(definitions) {
            snapshots.push(match id {
                Some(id) => {
                    let before = published.expected_version;
                    let next = committed(&published.next, (*id, before), columns, &commit);
                    self.without_changed_values(&published.next, next, *id)
                }
                None => published.next.clone(),
            });
        }
        Ok(snapshots)
    }
}

impl Durable {
    /// A committed snapshot whose rows are read from the directory where many of them got other values, or are gone: the
    /// values would stay in memory or in files of the scratch space, and the old files would be read instead of those that
    /// the commit has written, as long as the dataset is open.
    fn without_changed_values(&self, next: &Snapshot, committed: Snapshot, id: DatasetId) -> Snapshot {
        let is_changed =
            |stored: &Arc<Stored>| is_large(stored, next) || next.rows > AT_ONCE && stored.has_lost_many();
        if !next.stored.as_ref().is_some_and(is_changed) {
            return committed;
        }
        // The commit is done: what goes wrong here is only that the values stay where they are.
        let read = || self.read(&self.store.snapshot().map_err(error)?.dataset(id).map_err(error)?);
        match read() {
            Ok(read) if read.version == committed.version && read.rows == committed.rows => {
                committed.with_chunks_of(&read)
            }
            _ => committed,
        }
    }
}

/// The databases that a transaction creates, by their lower-case name.
#[derive(Default)]
struct Databases {
    created: BTreeMap<String, DatabaseId>,
}

impl Databases {
    /// The number of a database.
    fn id(&self, transaction: &Transaction, name: &str) -> Result<DatabaseId> {
        if let Some(id) = self.created.get(&name.to_lowercase()) {
            return Ok(*id);
        }
        let found = transaction.base().database(name).map_err(error)?.map(|entry| entry.id);
        found.ok_or_else(|| {
            Error::new(Code::Conflict, format!("the database `{name}` was dropped in the meantime"))
        })
    }
}

/// Gives the datasets that are renamed names that no other one has, so that their old names are free for others
/// of the same transaction. They never reach the catalog, since [`write_dataset`] replaces them.
fn free_names(transaction: &mut Transaction, databases: &Databases, published: &[Published]) -> Result<()> {
    for published in published {
        let Some(stored) = &published.next.stored else { continue };
        let id = DatasetId(stored.dataset);
        if transaction.base().dataset(id).map_err(error)?.name() != &*published.name {
            let database = databases.id(transaction, &published.database)?;
            transaction.rename_dataset(id, database, &format!("\0{}", stored.dataset)).map_err(error)?;
        }
    }
    Ok(())
}

/// Writes a dataset that is new, or has changed.
fn write_dataset(
    transaction: &mut Transaction,
    databases: &Databases,
    published: &Published,
    control: &Control,
) -> Result<DatasetId> {
    let next = &published.next;
    let database = databases.id(transaction, &published.database)?;
    let Some(stored) = &next.stored else {
        let id = create_dataset(transaction, database, published)?;
        if !next.metadata.is_empty() {
            transaction.set_metadata(id, next.metadata.as_ref().clone()).map_err(error)?;
        }
        append(transaction, id, next, 0)?;
        return Ok(id);
    };
    let id = DatasetId(stored.dataset);
    let known = transaction.base().dataset(id).map_err(error)?;
    if known.name() != &*published.name {
        transaction.rename_dataset(id, database, &published.name).map_err(error)?;
    }
    if stored.has_other_columns(next) {
        transaction.set_columns(id, columns::to_store(next)?).map_err(error)?;
    }
    if stored.has_other_metadata(next) {
        transaction.set_metadata(id, next.metadata.as_ref().clone()).map_err(error)?;
    }
    if stored.is_cleared() {
        transaction.truncate(id).map_err(error)?;
    } else {
        let deleted = stored.deleted();
        if !deleted.is_empty() {
            transaction.delete(id, &deleted).map_err(error)?;
        }
        if stored.has_changed_rows() {
            update(transaction, id, next, stored, control)?;
        }
    }
    append(transaction, id, next, stored.new_rows().start)?;
    Ok(id)
}

/// Creates a dataset, under the numbers of the rows that were staged for it.
fn create_dataset(
    transaction: &mut Transaction,
    database: DatabaseId,
    published: &Published,
) -> Result<DatasetId> {
    let (next, name) = (&published.next, &published.name);
    let mut columns = columns::to_store(next)?;
    let first = next.chunks.iter().find_map(|chunk| Some((chunk, chunk.staged_rows()?)));
    let Some((chunk, staged)) = first else {
        return transaction.create_dataset(database, name, columns).map_err(error);
    };
    for (column, values) in columns.iter_mut().zip(chunk.columns()) {
        if let ColumnValues::Stored(stored) = values {
            column.id = stored.number();
        }
    }
    transaction.create_dataset_as(database, name, columns, staged).map_err(error)
}

/// Appends the rows from `first` on. Those that were staged for the dataset are taken over as they are.
pub(super) fn append(
    transaction: &mut Transaction,
    id: DatasetId,
    next: &Snapshot,
    first: usize,
) -> Result<()> {
    let mut start = 0;
    let mut chunks = next.chunks.as_slice();
    while let Some(chunk) = chunks.first() {
        let end = start + chunk.rows();
        let staged = chunk.staged_rows().filter(|staged| start >= first && staged.dataset() == id);
        if let Some((staged, count)) = staged.and_then(|staged| Some((staged, whole(staged, chunks)?))) {
            transaction.append_staged(id, StagedRows::clone(staged)).map_err(error)?;
            start += staged.rows() as usize;
            chunks = &chunks[count..];
            continue;
        }
        if end > first {
            let from = first.saturating_sub(start);
            let batch = chunk.batch(&next.schema)?.slice(from, chunk.rows() - from);
            transaction.append(id, &batch).map_err(error)?;
        }
        start = end;
        chunks = &chunks[1..];
    }
    Ok(())
}

/// The number of the first chunks that are all of some staged rows; `None` when some are missing.
fn whole(staged: &Arc<StagedRows>, chunks: &[Arc<Chunk>]) -> Option<usize> {
    let of_them = |chunk: &&Arc<Chunk>| chunk.staged_rows().is_some_and(|other| Arc::ptr_eq(other, staged));
    let run: Vec<usize> = chunks.iter().take_while(of_them).map(|chunk| chunk.rows()).collect();
    (run.iter().sum::<usize>() as u64 == staged.rows()).then_some(run.len())
}

/// Rows with other values up to this number are given to the store at once, which puts so few into the catalog. More are
/// made chunk by chunk when it writes them.
const AT_ONCE: usize = 1000;

/// Writes the stored rows with other values, chunk by chunk.
fn update(
    transaction: &mut Transaction,
    id: DatasetId,
    next: &Snapshot,
    stored: &Arc<Stored>,
    control: &Control,
) -> Result<()> {
    let is_streamed = is_large(stored, next);
    let mut first = 0;
    for chunk in &next.chunks {
        control.poll()?;
        let rows = first..first + chunk.rows();
        first = rows.end;
        let (ids, _) = stored.changed_within(rows.clone());
        if ids.is_empty() {
            continue;
        }
        let made =
            ChangedRows { chunk: chunk.clone(), schema: next.schema.clone(), stored: stored.clone(), rows };
        if is_streamed {
            let make = move || made.read().map_err(of_rows);
            transaction.update_streamed(id, ids.ranges().to_vec(), Arc::new(make)).map_err(error)?;
        } else {
            let ids: Vec<u64> = ids.iter().collect();
            transaction.update(id, &ids, &made.read()?).map_err(error)?;
        }
    }
    Ok(())
}

/// Whether many stored rows have other values.
fn is_large(stored: &Stored, next: &Snapshot) -> bool {
    stored.has_changed_rows() && stored.changed_within(0..next.rows).0.len() > AT_ONCE
}

/// The rows of a chunk with other values.
struct ChangedRows {
    chunk: Arc<Chunk>,
    schema: SchemaRef,
    stored: Arc<Stored>,
    /// The numbers of the chunk's rows.
    rows: Range<usize>,
}

impl ChangedRows {
    fn read(&self) -> Result<RecordBatch> {
        let batch = self.chunk.batch(&self.schema)?;
        let (_, numbers) = self.stored.changed_within(self.rows.clone());
        if numbers.len() == batch.num_rows() {
            return Ok(batch);
        }
        let places = numbers.iter().map(|row| (row as usize - self.rows.start) as u32);
        take_record_batch(&batch, &UInt32Array::from_iter_values(places)).map_err(arrow_error)
    }
}

/// The error of a statement as one of the store, which the commit gives back.
fn of_rows(failure: Error) -> StoreError {
    StoreError::of_rows(failure.code(), failure.message(), failure.help())
}

/// The columns with the numbers that the store gave them.
fn numbered(next: &Snapshot, stored: &[linal_store::database::Column]) -> Arc<[ColumnDef]> {
    let columns = next.columns.iter().zip(stored);
    columns.map(|(column, stored)| ColumnDef { number: stored.id, ..column.clone() }).collect()
}

/// The snapshot after its commit. `before` is the version that the dataset had: it stays where the commit has
/// changed nothing, so that versions in memory are those of the store.
pub(super) fn committed(
    next: &Snapshot,
    (id, before): (DatasetId, u64),
    columns: Arc<[ColumnDef]>,
    commit: &Commit,
) -> Snapshot {
    let entry = commit.datasets.iter().find(|dataset| dataset.id == id);
    let (version, first) = entry.map_or((before, 0), |entry| (entry.version, entry.first_row_id));
    let row_ids = match &next.stored {
        Some(stored) => stored.committed_ids(first),
        None => {
            let mut ids = linal_dataset::RowIds::default();
            ids.push(first..first + next.rows as u64);
            ids
        }
    };
    let next = Snapshot { version, columns, ..next.clone() };
    let stored = Stored::new(id.0, row_ids, &next);
    Snapshot { stored: Some(Arc::new(stored)), ..next }
}
