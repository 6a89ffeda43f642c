//! Commits that only append rows: those of several sessions wait for one sync of the disk together.
//!
//! They do not exclude each other, only commits of other kinds. The store orders them; each is published in memory
//! when the datasets that it appends to have the version before its own.

use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;

use linal_dataset::catalog::SharedCatalog;
use linal_dataset::{Chunk, ColumnDef, Dataset, Result, Snapshot, conflict};
use linal_store::database::{Commit, DatasetId, JobMark};
use linal_tensor::Control;

use super::commit::{append as write_rows, committed};
use super::{Durable, error};

/// Rows for a dataset.
pub(crate) struct Append {
    pub dataset: Arc<Dataset>,
    pub database: Arc<str>,
    pub name: Arc<str>,
    /// The version that the session has seen.
    pub version: u64,
    /// The columns of the rows, which the dataset must still have.
    pub columns: Arc<[ColumnDef]>,
    pub rows: Vec<Arc<Chunk>>,
}

/// Wakes those who wait for the publication of an earlier commit.
#[derive(Debug, Default)]
pub(super) struct Publications {
    lock: Mutex<()>,
    published: Condvar,
}

/// How often a waiting commit looks by itself; it is woken before.
const LOOK: Duration = Duration::from_millis(50);

/// After this many looks, ten seconds, the session before has failed to publish what it has committed.
const PATIENCE: usize = 200;

impl Publications {
    /// Waits until each dataset has the version before that of its commit. Returns whether it has.
    fn wait(&self, turns: &[(Arc<Dataset>, u64)]) -> bool {
        let mut lock = self.lock.lock().unwrap_or_else(PoisonError::into_inner);
        for _ in 0..PATIENCE {
            if !turns.iter().any(|(dataset, version)| dataset.version() + 1 < *version) {
                return true;
            }
            let waited = self.published.wait_timeout(lock, LOOK);
            lock = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        false
    }

    fn notify(&self) {
        // Whoever is about to wait holds the lock, and sees the publication or the notification.
        let _lock = self.lock.lock().unwrap_or_else(PoisonError::into_inner);
        self.published.notify_all();
    }
}

impl Durable {
    /// Makes rows durable and publishes them, or none of them.
    ///
    /// # Errors
    /// `E0605 conflict` when a dataset was dropped, renamed, or changed otherwise than by appended rows meanwhile;
    /// those of the store; those of a statement that is to stop before its rows are durable.
    pub fn commit_appends(
        &self,
        shared: &SharedCatalog,
        appends: Vec<Append>,
        statement: &str,
        job: Option<JobMark>,
        control: &Arc<Control>,
    ) -> Result<()> {
        let _no_other_kind = self.share(control)?;
        let catalog = shared.snapshot();
        let mut transaction = self.store.begin().map_err(error)?;
        transaction.set_job(job);
        transaction.watch(control.clone());
        for append in &appends {
            // The rows go behind those that are there, which are known only then.
            append.dataset.load()?;
            let id = self.id_to_append(&catalog, append)?;
            self.check_only_appended(&append.dataset, &append.name, append.version)?;
            let rows = Snapshot::empty("", append.columns.to_vec(), &self.pool);
            write_rows(&mut transaction, id, &rows.with_shared_rows(append.rows.clone()), 0)?;
        }
        let commit = transaction.commit(Some(statement)).map_err(error)?;
        commit.datasets.iter().for_each(|dataset| self.folding.note(&self.store, dataset.id));
        let turns = appends.iter().filter_map(|append| {
            let version = version_of(&commit, self.id_of(&append.dataset).ok()?)?;
            Some((append.dataset.clone(), version))
        });
        let is_turn = self.publications.wait(&turns.collect::<Vec<_>>());
        // The rows are durable: what the directory has is shown, whatever went wrong in memory.
        let published = if is_turn && self.publish_appends(&appends, &commit).is_ok() {
            Ok(())
        } else {
            self.show_committed(&appends)
        };
        self.publications.notify();
        published
    }

    /// Shows what the directory has of datasets.
    fn show_committed(&self, appends: &[Append]) -> Result<()> {
        let now = self.store.snapshot().map_err(error)?;
        for append in appends {
            let id = self.id_of(&append.dataset)?;
            let next = self.read(&now.dataset(id).map_err(error)?)?;
            Dataset::publish_committed(vec![(append.dataset.clone(), append.dataset.version(), next)])?;
        }
        Ok(())
    }

    fn id_to_append(&self, catalog: &linal_dataset::catalog::Catalog, append: &Append) -> Result<DatasetId> {
        let now = catalog.find(&append.database).and_then(|database| database.dataset(&append.name));
        let is_there = now.is_some_and(|now| Arc::ptr_eq(now, &append.dataset));
        let definition = append.dataset.definition();
        if !is_there || definition.columns != append.columns || definition.is_constrained() {
            return Err(conflict(&append.name));
        }
        self.id_of(&append.dataset)
    }

    fn publish_appends(&self, appends: &[Append], commit: &Commit) -> Result<()> {
        let mut next = Vec::with_capacity(appends.len());
        for append in appends {
            let id = self.id_of(&append.dataset)?;
            let now: Arc<Snapshot> = append.dataset.snapshot();
            // A session that failed to publish has shown all that the directory had, these rows among them.
            if version_of(commit, id).is_some_and(|version| now.version >= version) {
                continue;
            }
            let appended = now.with_shared_rows(append.rows.clone());
            next.push((
                append.dataset.clone(),
                now.version,
                committed(&appended, (id, now.version), now.columns.clone(), commit),
            ));
        }
        Dataset::publish_committed(next)
    }
}

fn version_of(commit: &Commit, id: DatasetId) -> Option<u64> {
    commit.datasets.iter().find(|dataset| dataset.id == id).map(|dataset| dataset.version)
}
