//! The transaction.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use arrow::array::RecordBatch;
use linal_error::Code;
use linal_tensor::Control;

use super::super::catalog::head;
use super::super::column::Column;
use super::super::error::{Result, StoreError};
use super::super::id_counters::next;
use super::super::ids::{DatabaseId, DatasetId};
use super::super::inner::Inner;
use super::super::jobs::JobMark;
use super::super::segment::WrittenFile;
use super::super::snapshot::{DatasetSnapshot, Snapshot, same_name};
use super::commit::{discard, segment_writer};
use super::edit::Edit;
use super::overlay::UpdatedRows;
use super::plan::{DatabaseChange, Life, ObjectChange};
use super::stage::StagedRows;

/// The changes of one commit, based on a snapshot. Nothing is seen by others before [`Transaction::commit`];
/// a transaction that is dropped leaves nothing behind.
///
/// Rows are given with all columns of the dataset in order. Row ids of changes ascend. Rows that the
/// transaction itself has appended have the ids from [`PROVISIONAL_ROW_ID`](crate::database::PROVISIONAL_ROW_ID) on.
pub struct Transaction {
    pub(super) base: Snapshot,
    pub(super) databases: Vec<DatabaseChange>,
    pub(super) edits: BTreeMap<DatasetId, Edit>,
    pub(super) objects: Vec<ObjectChange>,
    /// Files of objects.
    pub(super) written: Vec<WrittenFile>,
    pub(super) is_committed: bool,
    /// The attempt of a job that makes the changes.
    pub(super) job: Option<JobMark>,
    /// The statement that makes the changes.
    pub(super) control: Option<Arc<Control>>,
}

impl fmt::Debug for Transaction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let datasets: Vec<&DatasetId> = self.edits.keys().collect();
        f.debug_struct("Transaction").field("base", &self.base).field("datasets", &datasets).finish()
    }
}

impl Transaction {
    pub(in crate::database) fn new(base: Snapshot) -> Result<Transaction> {
        base.inner().committer()?.check_writable()?;
        Ok(Transaction {
            base,
            databases: Vec::new(),
            edits: BTreeMap::new(),
            objects: Vec::new(),
            written: Vec::new(),
            is_committed: false,
            job: None,
            control: None,
        })
    }

    pub(super) fn inner(&self) -> &Arc<Inner> {
        self.base.inner()
    }

    /// Notes with the commit that the changes are those of an attempt of a job.
    pub fn set_job(&mut self, job: Option<JobMark>) {
        self.job = job;
    }

    /// Lets the transaction stop with a statement that is past its deadline or was cancelled: while it writes rows, and
    /// while it commits, until its changes are applied in the catalog.
    pub fn watch(&mut self, control: Arc<Control>) {
        self.control = Some(control);
    }

    /// The snapshot that the transaction is based on.
    pub fn base(&self) -> &Snapshot {
        &self.base
    }

    /// Creates a dataset. Columns without a number get theirs; [`Transaction::columns`] has them.
    ///
    /// # Errors
    /// `E0315 name_exists`; `E0405 unsupported` for a type that cannot be stored, with the name of the column.
    pub fn create_dataset(
        &mut self,
        database: DatabaseId,
        name: &str,
        columns: Vec<Column>,
    ) -> Result<DatasetId> {
        self.check_free(database, name, None)?;
        let id = DatasetId(next(&self.inner().ids.dataset)?);
        self.edits.insert(id, Edit::new(id, database, name, columns)?);
        Ok(id)
    }

    /// Creates the dataset of staged rows under their number. `columns` are theirs under the same numbers, with
    /// any names and in any order; those without a number are new, and the rows have their initial values in
    /// them. The rows come with [`Transaction::append_staged`].
    ///
    /// # Errors
    /// `E0315 name_exists`; staged rows of a dataset that exists.
    pub fn create_dataset_as(
        &mut self,
        database: DatabaseId,
        name: &str,
        columns: Vec<Column>,
        staged: &StagedRows,
    ) -> Result<DatasetId> {
        self.check_free(database, name, None)?;
        let id = staged.dataset();
        let is_known = self.inner().readers.with(|connection| Ok(head(connection, id)?.is_some()))?;
        if is_known || self.edits.contains_key(&id) {
            return Err(StoreError::internal(format!("the dataset {id} exists already")));
        }
        self.edits.insert(id, Edit::new_staged(staged, database, name, columns)?);
        Ok(id)
    }

    /// Checks that no other dataset has a name.
    fn check_free(&self, database: DatabaseId, name: &str, but: Option<DatasetId>) -> Result<()> {
        let is_used = |edit: &Edit| {
            !matches!(edit.life, Life::Dropped | Life::Nothing)
                && edit.database == database
                && same_name(&edit.name, name)
        };
        let in_edits = self.edits.values().any(|edit| Some(edit.id) != but && is_used(edit));
        let committed = self.base.find(database, name)?.map(|entry| entry.id);
        let in_base = committed.is_some_and(|id| Some(id) != but && !self.edits.contains_key(&id));
        if in_edits || in_base { Err(name_exists("dataset", name)) } else { Ok(()) }
    }

    /// Drops a dataset. Its versions stay until they expire.
    ///
    /// # Errors
    /// `E0304 unknown_name` for a dataset that the snapshot does not have, as for all changes of one.
    pub fn drop_dataset(&mut self, id: DatasetId) -> Result<()> {
        self.truncate(id)?;
        let edit = self.edit(id)?;
        edit.life = if edit.life == Life::Created { Life::Nothing } else { Life::Dropped };
        edit.note("drop");
        Ok(())
    }

    /// Moves a dataset to another name, or to another database.
    ///
    /// # Errors
    /// `E0315 name_exists`.
    pub fn rename_dataset(&mut self, id: DatasetId, database: DatabaseId, name: &str) -> Result<()> {
        self.check_free(database, name, Some(id))?;
        let edit = self.edit(id)?;
        (edit.database, edit.name) = (database, name.to_string());
        edit.note("rename");
        Ok(())
    }

    /// Replaces the entries of a dataset.
    ///
    /// # Errors
    /// `E0304 unknown_name`.
    pub fn set_metadata(&mut self, id: DatasetId, metadata: BTreeMap<String, String>) -> Result<()> {
        let edit = self.edit(id)?;
        edit.metadata = metadata;
        edit.note("alter");
        Ok(())
    }

    /// Replaces the columns of a dataset: known numbers are the columns that stay, under any name and in any
    /// order, those with the number 0 are new, and others are dropped. Stored rows have the initial value in
    /// a new column.
    ///
    /// A column keeps its type. One of another type is new: [`Transaction::truncate`], then append all rows,
    /// or [`Transaction::update`] them.
    ///
    /// # Errors
    /// `E0606 duplicate_column`, `E0603 unknown_column`, `E0405 unsupported`.
    pub fn set_columns(&mut self, id: DatasetId, columns: Vec<Column>) -> Result<()> {
        self.edit(id)?.set_columns(columns)
    }

    /// The columns of a dataset within the transaction, with their numbers.
    ///
    /// # Errors
    /// `E0304 unknown_name`.
    pub fn columns(&mut self, id: DatasetId) -> Result<Vec<Column>> {
        Ok(self.edit(id)?.columns.clone())
    }

    /// Appends rows. Small ones stay in memory until the commit; others are written to segments in pieces, so
    /// that a load may be larger than memory. Returns the id of the first row until the commit.
    ///
    /// # Errors
    /// `E0604 wrong_count`, `E0601 type_mismatch` or `E0602 not_null` for rows that do not fit the columns; a
    /// file that cannot be written.
    pub fn append(&mut self, id: DatasetId, rows: &RecordBatch) -> Result<u64> {
        let (inner, control) = (self.inner().clone(), self.control.clone());
        let edit = self.edit(id)?;
        edit.append(rows, |columns| Ok(segment_writer(&inner, id, columns.to_vec())?.watched(control)))
    }

    /// Appends staged rows, whose segments become the dataset's. Returns the id of the first row until the
    /// commit, which gives ids as for other appended rows.
    ///
    /// # Errors
    /// `E0605 conflict` for rows whose columns have other types than those of the dataset; rows of another
    /// dataset, or that a transaction has appended before; a file that cannot be written.
    pub fn append_staged(&mut self, id: DatasetId, rows: StagedRows) -> Result<u64> {
        let (inner, control) = (self.inner().clone(), self.control.clone());
        let edit = self.edit(id)?;
        edit.append_staged(rows, |columns| Ok(segment_writer(&inner, id, columns.to_vec())?.watched(control)))
    }

    /// Deletes rows by their ids, which ascend.
    ///
    /// # Errors
    /// `E0304 unknown_name`. Ids that no row has are found by the commit.
    pub fn delete(&mut self, id: DatasetId, row_ids: &[u64]) -> Result<()> {
        self.edit(id)?.delete(row_ids)
    }

    /// Replaces rows, by their ids, which ascend. `rows` has all columns.
    ///
    /// # Errors
    /// Rows that do not fit the columns.
    pub fn update(&mut self, id: DatasetId, row_ids: &[u64], rows: &RecordBatch) -> Result<()> {
        self.edit(id)?.update(row_ids, rows)
    }

    /// Replaces committed rows, by their ids, which ascend, also from one call to the next. `rows` makes them, with all
    /// columns, when they are written, once or several times: the memory of the transaction does not depend on their
    /// number. Columns are set and rows deleted before.
    ///
    /// # Errors
    /// Ids that do not ascend, or of rows that have other changes; rows that do not fit the columns, or another number of
    /// them, are found by the commit.
    pub fn update_streamed(
        &mut self,
        id: DatasetId,
        row_ids: Vec<Range<u64>>,
        rows: UpdatedRows,
    ) -> Result<()> {
        self.edit(id)?.update_streamed(row_ids, rows)
    }

    /// Deletes all rows, also those that the transaction has appended.
    ///
    /// # Errors
    /// `E0304 unknown_name`.
    pub fn truncate(&mut self, id: DatasetId) -> Result<()> {
        let edit = self.edit(id)?;
        let written: Vec<_> = edit.appended.written().cloned().collect();
        edit.truncate();
        discard(self.inner(), &written);
        Ok(())
    }

    /// Gives a dataset the columns and rows that it had, from [`Snapshot::dataset_at`], or, for a dropped
    /// dataset, from the snapshot before the drop ([`Snapshot::dropped`]), which also gives it its name back.
    /// No rows are copied. Other changes of the dataset cannot be in the same transaction.
    ///
    /// # Errors
    /// `E0315 name_exists` for a dropped dataset whose name another has now.
    pub fn restore(&mut self, then: &DatasetSnapshot) -> Result<()> {
        let id = then.id();
        let is_live = self.base.datasets()?.iter().any(|entry| entry.id == id);
        if !is_live {
            self.check_free(then.database(), then.name(), Some(id))?;
            let mut edit = Edit::of(then.clone());
            edit.life = Life::Revived;
            self.edits.insert(id, edit);
        }
        let edit = self.edit(id)?;
        if edit.changes.iter().any(|change| *change != "restore") {
            let message = format!("`{}` has other changes in the same transaction", edit.name);
            return Err(StoreError::new(Code::NotSupported, message));
        }
        edit.restored = Some(then.clone());
        edit.columns = then.columns().to_vec();
        edit.note("restore");
        Ok(())
    }

    /// Sets the word of the version for the list of versions, instead of that of the changes.
    ///
    /// # Errors
    /// `E0304 unknown_name`.
    pub fn set_change(&mut self, id: DatasetId, change: &str) -> Result<()> {
        self.edit(id)?.change = Some(change.to_string());
        Ok(())
    }

    /// Sets the lineage of the version, JSON of the program above.
    ///
    /// # Errors
    /// `E0304 unknown_name`.
    pub fn set_lineage(&mut self, id: DatasetId, lineage: &serde_json::Value) -> Result<()> {
        self.edit(id)?.lineage = Some(lineage.to_string());
        Ok(())
    }

    fn edit(&mut self, id: DatasetId) -> Result<&mut Edit> {
        if !self.edits.contains_key(&id) {
            let base = self.base.dataset(id)?;
            self.edits.insert(id, Edit::of(base));
        }
        match self.edits.get_mut(&id) {
            Some(edit) if !matches!(edit.life, Life::Dropped | Life::Nothing) => Ok(edit),
            _ => Err(StoreError::new(Code::UnknownName, format!("the dataset {id} was dropped"))),
        }
    }
}

/// The error of a name that is in use.
pub(super) fn name_exists(what: &str, name: &str) -> StoreError {
    StoreError::new(Code::NameExists, format!("there is a {what} `{name}` already"))
}
