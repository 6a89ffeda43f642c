//! A durable engine: the datasets of its catalog live in a database directory.
//!
//! - [`load`] makes the catalog of a directory's snapshot; rows are read when they are needed;
//! - [`commit`] writes what a transaction has changed, before anybody sees it;
//! - [`append`] does so for transactions that only append, several at a time;
//! - [`bulk_load`] writes many rows to segments before the commit; [`kept_columns`] keeps many new values of columns;
//! - [`commit_lock`] is held while a commit is made and published;
//! - [`folding`] moves small commits to segments in the background;
//! - [`versions`] reads past versions, and makes them current again;
//! - [`columns`] converts definitions of columns, [`objects`] pipelines and indexes, [`definitions`] views,
//!   macros, sequences and types, [`tensors`] saved tensors; [`sequences`] reserves numbers.
//!
//! Every statement that changes something runs in a transaction, its own or one that BEGIN has opened, so there
//! is one place where changes become durable: [`crate::session::Transaction::commit`].

mod append;
mod bulk_load;
mod columns;
mod commit;
mod commit_lock;
pub(crate) mod constraints;
mod definitions;
mod folding;
mod kept_columns;
mod load;
mod objects;
mod sequences;
mod tensors;
mod versions;

pub(crate) use self::append::Append;
pub(crate) use self::bulk_load::BulkLoad;
pub(crate) use self::columns::limit;
pub(crate) use self::commit::{Published, Written};
pub(crate) use self::commit_lock::Held;
pub(crate) use self::kept_columns::KeptColumns;
pub(crate) use self::sequences::DurableReservation;
pub(crate) use self::tensors::{
    SavedChange, SavedEntry, SavedTensor, list as list_tensors, load_with as load_tensor,
};
pub(crate) use linal_dataset::store_error as error;

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use linal_dataset::catalog::{Catalog, SharedCatalog};
use linal_dataset::{ColumnCache, Dataset, Error, Result, conflict};
use linal_error::Code;
use linal_store::database::{Commit, DatasetId, OpenOptions, ReadLease, Store};
use linal_tensor::{Control, MemoryPool};

use self::append::Publications;
use self::commit_lock::CommitLock;
use self::folding::Folding;

/// The database directory of an engine.
#[derive(Debug)]
pub(crate) struct Durable {
    pub store: Store,
    /// The pool that rows are charged to.
    pool: Arc<MemoryPool>,
    /// Columns that were read.
    cache: Arc<ColumnCache>,
    /// Held from the check for conflicts to the publication, so that commits are published in their order:
    /// shared by those that only append, by all others alone.
    committing: CommitLock,
    publications: Publications,
    folding: Folding,
    /// The number of the snapshot that the catalog shows; changes only for a directory that is only read.
    shown: Mutex<u64>,
    /// The last version of datasets that was more than appended rows, by their numbers, since the directory was
    /// opened: who has begun before it cannot append.
    altered: Mutex<HashMap<DatasetId, u64>>,
}

impl Durable {
    /// Opens a directory; returns it with the catalog of its current snapshot.
    ///
    /// # Errors
    /// Those of [`Store::open`], and a catalog that cannot be read.
    pub fn open(directory: &Path, read_only: bool, pool: &Arc<MemoryPool>) -> Result<(Durable, Catalog)> {
        let options = if read_only { OpenOptions::read_only() } else { OpenOptions::default() };
        let options = OpenOptions { memory: Some(pool.clone()), ..options };
        let store = Store::open(directory, &options).map_err(error)?;
        let cache = ColumnCache::new(pool);
        let snapshot = store.snapshot().map_err(error)?;
        let catalog = load::catalog(&store, &snapshot, None, (pool, &cache))?;
        let shown = Mutex::new(snapshot.number());
        let pool = pool.clone();
        let durable = Durable {
            store,
            pool,
            cache,
            committing: CommitLock::default(),
            publications: Publications::default(),
            folding: Folding::default(),
            shown,
            altered: Mutex::default(),
        };
        Ok((durable, catalog))
    }

    /// Waits for other commits, as long as the statement may.
    ///
    /// # Errors
    /// `E0502 timeout`, `E0503 cancelled`.
    pub fn lock(&self, control: &Control) -> Result<Held<'_>> {
        self.committing.exclusive(Some(control))
    }

    /// Waits for other commits on behalf of no statement.
    ///
    /// # Errors
    /// None, since nobody stops it.
    pub fn lock_unwatched(&self) -> Result<Held<'_>> {
        self.committing.exclusive(None)
    }

    /// Waits for commits that do more than append, as long as the statement may.
    fn share(&self, control: &Control) -> Result<Held<'_>> {
        self.committing.shared(Some(control))
    }

    /// Notes the datasets of a commit that it has not only appended to.
    pub fn note_alterations(&self, commit: &Commit) {
        let mut altered = self.altered.lock().unwrap_or_else(PoisonError::into_inner);
        for dataset in commit.datasets.iter().filter(|dataset| !dataset.is_append) {
            altered.insert(dataset.id, dataset.version);
        }
    }

    /// Checks that what has changed in a dataset since a version is only that rows were appended.
    ///
    /// # Errors
    /// `E0605 conflict` with the name.
    pub fn check_only_appended(&self, dataset: &Dataset, name: &str, since: u64) -> Result<()> {
        let id = self.id_of(dataset)?;
        let altered = self.altered.lock().unwrap_or_else(PoisonError::into_inner);
        let is_altered = altered.get(&id).is_some_and(|version| *version > since);
        if is_altered { Err(conflict(name)) } else { Ok(()) }
    }

    /// Moves the catalog on to the current snapshot of a directory that another process writes. Returns whether there was
    /// another one.
    ///
    /// # Errors
    /// A catalog that cannot be read.
    pub fn follow(&self, catalog: &SharedCatalog) -> Result<bool> {
        if !self.store.is_read_only() {
            return Ok(false);
        }
        let snapshot = self.store.snapshot().map_err(error)?;
        let mut shown = self.shown.lock().unwrap_or_else(PoisonError::into_inner);
        if *shown == snapshot.number() {
            return Ok(false);
        }
        catalog.change(|known| {
            let stored = load::catalog(&self.store, &snapshot, Some(known), (&self.pool, &self.cache))?;
            known.show(stored);
            Ok(())
        })?;
        *shown = snapshot.number();
        Ok(true)
    }

    /// Keeps the files of a directory that another process writes while a statement reads it.
    pub fn read_lease(&self) -> Option<ReadLease> {
        self.store.is_read_only().then(|| self.store.read_lease())
    }

    /// Checks that the directory may be written.
    ///
    /// # Errors
    /// `E0408 read_only`.
    pub fn check_writable(&self) -> Result<()> {
        if self.store.is_read_only() {
            return Err(Error::new(Code::ReadOnly, "the database directory is only read")
                .with_help("open it without --read-only to change it"));
        }
        Ok(())
    }

    /// Creates a database. The caller holds the lock.
    ///
    /// # Errors
    /// Those of a commit.
    pub fn create_database(&self, name: &str) -> Result<()> {
        let mut transaction = self.store.begin().map_err(error)?;
        transaction.create_database(name).map_err(error)?;
        transaction.commit(None).map_err(error)?;
        Ok(())
    }

    /// Drops a database with all that it has. The caller holds the lock.
    ///
    /// # Errors
    /// Those of a commit.
    pub fn drop_database(&self, name: &str) -> Result<()> {
        let mut transaction = self.store.begin().map_err(error)?;
        if let Some(database) = transaction.base().database(name).map_err(error)?.map(|entry| entry.id) {
            transaction.drop_database(database).map_err(error)?;
        }
        transaction.commit(None).map_err(error)?;
        Ok(())
    }
}
