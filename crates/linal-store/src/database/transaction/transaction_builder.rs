//! The transaction.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch};
use arrow::datatypes::Field;
use linal_error::Code;

use super::super::column::Column;
use super::super::error::{Result, StoreError};
use super::super::ids::{DatabaseId, DatasetId};
use super::super::inner::{Inner, next};
use super::super::layout::tensor_path;
use super::super::segment::{SegmentWriter, WrittenFile, WrittenSegment, write_tensor};
use super::super::snapshot::{DatasetSnapshot, Snapshot, same_name};
use super::committer::{Commit, Outcome};
use super::edit::{Edit, NextId};
use super::plan::{DatabaseChange, Life, ObjectChange, Plan};
use super::prepare::prepare;

/// Attempts of a commit whose parts were written anew by compaction in the meantime.
const ATTEMPTS: usize = 10;

/// The changes of one commit, based on a snapshot. Nothing is seen by others before [`Transaction::commit`];
/// a transaction that is dropped leaves nothing behind.
///
/// Rows are given with all columns of the dataset in order. Row ids of changes ascend. Rows that the
/// transaction itself has appended have the ids from [`PROVISIONAL_ROW_ID`](crate::database::PROVISIONAL_ROW_ID) on.
pub struct Transaction {
    base: Snapshot,
    databases: Vec<DatabaseChange>,
    edits: BTreeMap<DatasetId, Edit>,
    objects: Vec<ObjectChange>,
    /// Files of objects.
    written: Vec<WrittenFile>,
    is_committed: bool,
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
        })
    }

    fn inner(&self) -> &Arc<Inner> {
        self.base.inner()
    }

    /// The snapshot that the transaction is based on.
    pub fn base(&self) -> &Snapshot {
        &self.base
    }

    // Databases.

    /// Creates a database.
    ///
    /// # Errors
    /// `E0315 name_exists`, at the latest from the commit.
    pub fn create_database(&mut self, name: &str) -> Result<DatabaseId> {
        if self.base.database(name)?.is_some() && !self.drops_database(name) {
            return Err(name_exists("database", name));
        }
        let id = DatabaseId(next(&self.inner().ids.database));
        self.databases.push(DatabaseChange::Create { id, name: name.to_string() });
        Ok(id)
    }

    fn drops_database(&self, name: &str) -> bool {
        self.databases.iter().any(|change| match change {
            DatabaseChange::Drop { name: dropped, .. } => same_name(dropped, name),
            _ => false,
        })
    }

    /// Drops a database with its datasets and objects.
    ///
    /// # Errors
    /// A catalog that cannot be read.
    pub fn drop_database(&mut self, id: DatabaseId) -> Result<()> {
        let name = self.base.databases()?.iter().find(|database| database.id == id);
        let name = name.map_or_else(|| id.to_string(), |database| database.name.clone());
        let datasets: Vec<DatasetId> = self
            .base
            .datasets()?
            .iter()
            .filter(|dataset| dataset.database == id)
            .map(|dataset| dataset.id)
            .collect();
        for dataset in datasets {
            self.drop_dataset(dataset)?;
        }
        for edit in self.edits.values_mut().filter(|edit| edit.database == id && edit.life == Life::Created) {
            edit.life = Life::Nothing;
        }
        self.databases.push(DatabaseChange::Drop { id, name });
        Ok(())
    }

    /// Gives a database another name or other entries.
    ///
    /// # Errors
    /// `E0304 unknown_name` for a database that the snapshot does not have.
    pub fn alter_database(
        &mut self,
        id: DatabaseId,
        name: &str,
        metadata: BTreeMap<String, String>,
    ) -> Result<()> {
        if !self.base.databases()?.iter().any(|database| database.id == id) {
            return Err(StoreError::new(Code::UnknownName, format!("there is no database {id}")));
        }
        self.databases.push(DatabaseChange::Alter { id, name: name.to_string(), metadata });
        Ok(())
    }

    // Datasets.

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
        let id = DatasetId(next(&self.inner().ids.dataset));
        self.edits.insert(id, Edit::new(id, database, name, columns)?);
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
        let inner = self.inner().clone();
        let edit = self.edit(id)?;
        edit.append(rows, |columns| segment_writer(&inner, id, columns.to_vec()))
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

    /// Deletes all rows, also those that the transaction has appended.
    ///
    /// # Errors
    /// `E0304 unknown_name`.
    pub fn truncate(&mut self, id: DatasetId) -> Result<()> {
        let edit = self.edit(id)?;
        let written: Vec<_> = edit.appended.written().cloned().collect();
        edit.truncate();
        let files = &self.inner().files;
        for segment in written {
            // A file that cannot be removed is an orphan, which the next opening removes.
            let _ = files.remove(&files.layout.root().join(&segment.file.path));
            let _ = segment.vectors.map(|file| files.remove(&files.layout.root().join(&file.path)));
        }
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

    // Objects.

    /// Defines an object, or replaces that of the same kind and name. `values` are written to a file.
    ///
    /// # Errors
    /// A file that cannot be written.
    pub fn put_object(
        &mut self,
        database: DatabaseId,
        kind: &str,
        name: &str,
        dataset: Option<DatasetId>,
        definition: serde_json::Value,
        values: Option<(Field, ArrayRef)>,
    ) -> Result<()> {
        let id = next(&self.inner().ids.object);
        let file = match values {
            None => None,
            Some((field, values)) => {
                let path = tensor_path(id);
                Some(write_tensor(&self.inner().files, &path, &field, &values)?)
            }
        };
        self.written.extend(file.clone());
        let (kind, name) = (kind.to_string(), name.to_string());
        self.objects.push(ObjectChange::Put { id, database, kind, name, dataset, definition, file });
        Ok(())
    }

    /// Removes an object; one that does not exist is no error.
    pub fn drop_object(&mut self, database: DatabaseId, kind: &str, name: &str) {
        let (kind, name) = (kind.to_string(), name.to_string());
        self.objects.push(ObjectChange::Drop { database, kind, name });
    }

    // The end.

    /// Makes the changes durable and visible, all or none. When it returns without an error, they are on
    /// disk. `statement` is the text for the list of versions.
    ///
    /// # Errors
    /// `E0605 conflict` with the name, when another commit has changed a dataset since the base snapshot;
    /// two that only append to it do not conflict. `E0315 name_exists`; `E0411 writes_refused`; a file that
    /// cannot be written.
    pub fn commit(mut self, statement: Option<&str>) -> Result<Commit> {
        let inner = self.inner().clone();
        let committer = inner.committer()?;
        for _ in 0..ATTEMPTS {
            let current = Snapshot::new(inner.pin(inner.head()?));
            let plan = self.plan(&current, statement)?;
            if plan.is_empty() {
                return Ok(Commit { snapshot: current.number(), datasets: Vec::new() });
            }
            let rewritten: Vec<_> = plan.datasets.iter().flat_map(|plan| plan.rewrites.clone()).collect();
            match committer.commit(&inner, plan) {
                Outcome::Done(commit) => {
                    self.is_committed = true;
                    return Ok(commit);
                }
                Outcome::Failed { error, may_be_durable } => {
                    // A commit whose sync failed may be on disk all the same, and name the files.
                    self.is_committed = may_be_durable;
                    if !may_be_durable {
                        remove_segments(&inner, rewritten.iter().flat_map(|rewrite| &rewrite.segments));
                    }
                    return Err(error);
                }
                Outcome::Stale => {
                    remove_segments(&inner, rewritten.iter().flat_map(|rewrite| &rewrite.segments));
                }
            }
        }
        Err(StoreError::conflict(&self.edits.values().next().map_or(String::new(), |edit| edit.name.clone())))
    }

    fn plan(&mut self, current: &Snapshot, statement: Option<&str>) -> Result<Plan> {
        let inner = current.inner().clone();
        let writer = |edit: &Edit| segment_writer(&inner, edit.id, edit.columns.clone());
        let mut datasets = Vec::new();
        // Whether a dataset has other rows is found by the commit; here they are only read.
        for edit in self.edits.values_mut().filter(|edit| edit.is_changed() && edit.life != Life::Nothing) {
            let unchanged = current.datasets()?.iter().any(|entry| entry.id == edit.id);
            let source = if unchanged { current } else { &self.base };
            datasets.push(prepare(edit, source, &writer)?);
        }
        Ok(Plan {
            base: self.base.number(),
            statement: statement.map(str::to_string),
            databases: self.databases.clone(),
            datasets,
            objects: self.objects.clone(),
        })
    }
}

impl Drop for Transaction {
    fn drop(&mut self) {
        if self.is_committed {
            return;
        }
        let inner = self.inner();
        remove_segments(inner, self.edits.values().flat_map(|edit| edit.appended.written()));
        for file in &self.written {
            // A file that cannot be removed is an orphan, which the next opening removes.
            let _ = inner.files.remove(&inner.files.layout.root().join(&file.path));
        }
    }
}

fn remove_segments<'s>(inner: &Inner, segments: impl Iterator<Item = &'s WrittenSegment>) {
    for segment in segments {
        for file in std::iter::once(&segment.file).chain(&segment.vectors) {
            // A file that cannot be removed is an orphan, which the next opening removes.
            let _ = inner.files.remove(&inner.files.layout.root().join(&file.path));
        }
    }
}

/// Removes the files of segments that no commit names.
pub(in crate::database) fn discard(inner: &Inner, segments: &[WrittenSegment]) {
    remove_segments(inner, segments.iter());
}

/// A writer of segments of a dataset.
pub(in crate::database) fn segment_writer(
    inner: &Arc<Inner>,
    dataset: DatasetId,
    columns: Vec<Column>,
) -> Result<SegmentWriter> {
    let numbers = inner.clone();
    let next_id: NextId = Arc::new(move || next(&numbers.ids.segment));
    SegmentWriter::new(inner.files.clone(), dataset, columns, next_id)
}

fn name_exists(what: &str, name: &str) -> StoreError {
    StoreError::new(Code::NameExists, format!("there is a {what} `{name}` already"))
}
