//! Writes the changes of a transaction to the store.

use std::sync::Arc;

use arrow::array::{RecordBatch, UInt32Array};
use arrow::compute::take_record_batch;
use linal_dataset::catalog::Catalog;
use linal_dataset::{ColumnDef, Dataset, Error, FIRST_NEW_ROW, Result, Snapshot, Stored, arrow_error};
use linal_error::Code;
use linal_store::database::{Commit, DatabaseId, DatasetId, Transaction};

use super::{Durable, SavedTensor, columns, error, objects};

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
    /// Tensors that are saved.
    pub saved: Vec<SavedTensor>,
}

impl Durable {
    /// Makes changes durable. Returns the snapshots to publish, in the order of `written.published`, with the
    /// versions and row ids that the store gave them.
    ///
    /// # Errors
    /// Those of the store; nothing is changed then.
    pub fn write(
        &self,
        written: &Written,
        [base, changed]: [&Catalog; 2],
        own: &str,
        statement: &str,
    ) -> Result<Vec<Snapshot>> {
        let mut transaction = self.store.begin().map_err(error)?;
        for &number in &written.dropped {
            transaction.drop_dataset(DatasetId(number)).map_err(error)?;
        }
        free_names(&mut transaction, &written.published)?;
        let mut ids = Vec::with_capacity(written.published.len());
        for published in &written.published {
            ids.push(if &*published.database == own {
                None
            } else {
                Some(write_dataset(&mut transaction, published)?)
            });
        }
        for database in changed.databases() {
            let before = base.find(&database.name);
            if objects::differ(before, database) {
                let id = database_id(&transaction, &database.name)?;
                objects::write(&mut transaction, id, before, database)?;
            }
        }
        for saved in &written.saved {
            let id = database_id(&transaction, &saved.database)?;
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
        commit.datasets.iter().for_each(|dataset| self.folding.note(&self.store, dataset.id));
        for ((published, id), columns) in written.published.iter().zip(&ids).zip(definitions) {
            snapshots.push(match id {
                Some(id) => committed(&published.next, *id, columns, &commit),
                None => published.next.clone(),
            });
        }
        Ok(snapshots)
    }
}

fn database_id(transaction: &Transaction, name: &str) -> Result<DatabaseId> {
    let found = transaction.base().database(name).map_err(error)?.map(|entry| entry.id);
    found.ok_or_else(|| {
        Error::new(Code::Conflict, format!("the database `{name}` was dropped in the meantime"))
    })
}

/// Gives the datasets that are renamed names that no other one has, so that their old names are free for others
/// of the same transaction. They never reach the catalog, since [`write_dataset`] replaces them.
fn free_names(transaction: &mut Transaction, published: &[Published]) -> Result<()> {
    for published in published {
        let Some(stored) = &published.next.stored else { continue };
        let id = DatasetId(stored.dataset);
        if transaction.base().dataset(id).map_err(error)?.name() != &*published.name {
            let database = database_id(transaction, &published.database)?;
            transaction.rename_dataset(id, database, &format!("\0{}", stored.dataset)).map_err(error)?;
        }
    }
    Ok(())
}

/// Writes a dataset that is new, or has changed.
fn write_dataset(transaction: &mut Transaction, published: &Published) -> Result<DatasetId> {
    let next = &published.next;
    let database = database_id(transaction, &published.database)?;
    let Some(stored) = &next.stored else {
        let id = transaction.create_dataset(database, &published.name, columns::to_store(next)?);
        let id = id.map_err(error)?;
        if !next.metadata.is_empty() {
            transaction.set_metadata(id, next.metadata.as_ref().clone()).map_err(error)?;
        }
        append(transaction, id, next.batches())?;
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
    let deleted = stored.deleted();
    if !deleted.is_empty() {
        transaction.delete(id, &deleted).map_err(error)?;
    }
    if stored.has_changed_rows() {
        update(transaction, id, next, stored)?;
    }
    append(transaction, id, next.rows_in(stored.new_rows())?.into_iter().map(Ok))?;
    Ok(id)
}

fn append(
    transaction: &mut Transaction,
    id: DatasetId,
    batches: impl IntoIterator<Item = Result<RecordBatch>>,
) -> Result<()> {
    for batch in batches {
        let batch = batch?;
        if batch.num_rows() > 0 {
            transaction.append(id, &batch).map_err(error)?;
        }
    }
    Ok(())
}

/// Writes the stored rows with other values, chunk by chunk.
fn update(transaction: &mut Transaction, id: DatasetId, next: &Snapshot, stored: &Stored) -> Result<()> {
    let rows = stored.changed_rows();
    let mut first = 0;
    let mut from = 0;
    for chunk in &next.chunks {
        let end = first + chunk.rows();
        let to = from + rows[from..].partition_point(|&row| row < end);
        let changed = &rows[from..to];
        if !changed.is_empty() {
            let ids: Vec<u64> = stored.row_ids.of_rows(changed).filter(|id| *id < FIRST_NEW_ROW).collect();
            let places = UInt32Array::from_iter_values(changed.iter().map(|row| (row - first) as u32));
            let values = take_record_batch(&chunk.batch(&next.schema)?, &places).map_err(arrow_error)?;
            transaction.update(id, &ids, &values).map_err(error)?;
        }
        (first, from) = (end, to);
    }
    Ok(())
}

/// The columns with the numbers that the store gave them.
fn numbered(next: &Snapshot, stored: &[linal_store::database::Column]) -> Arc<[ColumnDef]> {
    let columns = next.columns.iter().zip(stored);
    columns.map(|(column, stored)| ColumnDef { number: stored.id, ..column.clone() }).collect()
}

/// The snapshot after its commit.
pub(super) fn committed(
    next: &Snapshot,
    id: DatasetId,
    columns: Arc<[ColumnDef]>,
    commit: &Commit,
) -> Snapshot {
    let entry = commit.datasets.iter().find(|dataset| dataset.id == id);
    let (version, first) = entry.map_or((next.version, 0), |entry| (entry.version, entry.first_row_id));
    let row_ids = match &next.stored {
        Some(stored) => stored.committed_ids(first),
        None => {
            let mut ids = linal_dataset::RowIds::default();
            ids.push(first..first + next.rows as u64);
            ids
        }
    };
    let stored = Stored::new(id.0, row_ids, columns.clone(), next.metadata.clone());
    Snapshot { version, columns, stored: Some(Arc::new(stored)), ..next.clone() }
}
