//! A dataset: its published snapshot and the tail that inserted rows are appended to.

mod several;

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use arrow::array::ArrayRef;
use linal_error::Code;
use linal_store::temporal::Zone;
use linal_tensor::Control;

use super::assignment::adapted;
use super::compact;
use super::insert::{LiteralRows, Literals, check};
use super::key_index::{KeyIndexes, LiteralKeys, TailKeys};
use super::snapshot::Snapshot;
use super::tail::Tail;
use crate::error::{Error, Result};

/// A dataset. Its lock is held only while pointers are exchanged or checked rows are appended, never during a
/// computation.
pub struct Dataset {
    /// Distinguishes datasets that have had the same name.
    id: u64,
    state: Mutex<State>,
}

struct State {
    /// All rows except those in the tail.
    snapshot: Arc<Snapshot>,
    /// Rows inserted since; `None` when there are none.
    tail: Option<Tail>,
    /// The indexes of the keys of all rows, those of the tail among them; `None` without a tail or without keys.
    tail_keys: Option<TailKeys>,
    /// The number of changes, including those of the tail.
    version: u64,
    /// Reads the rows when they are first needed. Until then the snapshot has a number of rows and no chunks.
    unloaded: Option<Arc<Unloaded>>,
}

/// Reads the rows of a stored dataset.
pub type RowLoader = Box<dyn Fn() -> Result<Snapshot> + Send + Sync>;

/// Rows that are read once, whichever copy of the dataset needs them first.
struct Unloaded {
    loader: RowLoader,
    loaded: Mutex<Option<Snapshot>>,
}

impl Unloaded {
    fn load(&self) -> Result<Snapshot> {
        let mut loaded = self.loaded.lock().unwrap_or_else(PoisonError::into_inner);
        match &*loaded {
            Some(snapshot) => Ok(snapshot.clone()),
            None => Ok(loaded.insert((self.loader)()?).clone()),
        }
    }
}

static NEXT_ID: AtomicU64 = AtomicU64::new(1);

impl Dataset {
    /// A dataset with its first snapshot.
    pub fn new(snapshot: Snapshot) -> Arc<Dataset> {
        Arc::new(Dataset {
            id: NEXT_ID.fetch_add(1, Ordering::Relaxed),
            state: Mutex::new(State {
                version: snapshot.version,
                snapshot: Arc::new(snapshot),
                tail: None,
                tail_keys: None,
                unloaded: None,
            }),
        })
    }

    /// A dataset whose rows are read when [`Dataset::load`] is first called; `definition` has its columns and
    /// its number of rows.
    pub fn unloaded(definition: Snapshot, loader: RowLoader) -> Arc<Dataset> {
        let unloaded = Unloaded { loader, loaded: Mutex::new(None) };
        let dataset = Dataset::new(definition);
        dataset.lock().unloaded = Some(Arc::new(unloaded));
        dataset
    }

    /// Reads the rows, unless they are in memory. Whoever looks up a dataset to read or change it calls this first.
    ///
    /// # Errors
    /// Those of the store.
    pub fn load(&self) -> Result<()> {
        let Some(unloaded) = self.lock().unloaded.clone() else { return Ok(()) };
        let loaded = unloaded.load()?;
        let mut state = self.lock();
        if state.unloaded.take().is_some() {
            state.version = loaded.version;
            state.snapshot = Arc::new(loaded);
        }
        Ok(())
    }

    /// Another dataset with the same rows, as a transaction changes it. Neither reads rows that were not read.
    pub fn private_copy(&self) -> Arc<Dataset> {
        let mut state = self.lock();
        let (snapshot, unloaded) = (state.sealed(), state.unloaded.clone());
        drop(state);
        let copy = Dataset::new(Snapshot::clone(&snapshot));
        copy.lock().unloaded = unloaded;
        copy
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The number of changes.
    pub fn version(&self) -> u64 {
        self.lock().version
    }

    /// The name. Does not seal the tail.
    pub fn name(&self) -> Arc<str> {
        self.lock().snapshot.name.clone()
    }

    /// The columns. Does not seal the tail, whose rows `rows` and `chunks` leave out.
    pub fn definition(&self) -> Arc<Snapshot> {
        self.lock().snapshot.clone()
    }

    /// The current snapshot. The tail is sealed without a copy, and small chunks are merged.
    pub fn snapshot(&self) -> Arc<Snapshot> {
        let sealed = self.lock().sealed();
        self.compacted(sealed)
    }

    /// A sealed snapshot with its small chunks merged. The dataset keeps it.
    fn compacted(&self, sealed: Arc<Snapshot>) -> Arc<Snapshot> {
        match compact::compacted(&sealed) {
            Ok(Some(compact)) => self.exchange(&sealed, Arc::new(compact)),
            // If there is no memory for the copy, the small chunks are used as they are.
            Ok(None) | Err(_) => sealed,
        }
    }

    /// The current snapshot with all rows in one chunk. The dataset keeps it, so that the next call is free.
    ///
    /// # Errors
    /// When the copy does not fit the memory limit.
    pub fn consolidated(&self) -> Result<Arc<Snapshot>> {
        let sealed = self.lock().sealed();
        if sealed.chunks.len() <= 1 {
            return Ok(sealed);
        }
        let one = sealed.consolidated()?;
        Ok(self.exchange(&sealed, Arc::new(one)))
    }

    /// The values of a column in one array, and the snapshot that has them. Rows in memory are merged into one
    /// chunk first; those of a directory stay there, and the dataset keeps the array.
    ///
    /// # Errors
    /// An unknown column; those of [`Dataset::consolidated`] and of the directory.
    pub fn whole_column(&self, name: &str) -> Result<(Arc<Snapshot>, usize, ArrayRef)> {
        let sealed = self.lock().sealed();
        let sealed = if sealed.is_stored() { sealed } else { self.consolidated()? };
        let at = sealed.column(name)?;
        Ok(match sealed.whole_column(at)? {
            (values, Some(next)) => (self.exchange(&sealed, Arc::new(next)), at, values),
            (values, None) => (sealed, at, values),
        })
    }

    /// Publishes another layout of the same rows, unless the dataset has changed since.
    fn exchange(&self, sealed: &Arc<Snapshot>, form: Arc<Snapshot>) -> Arc<Snapshot> {
        let mut state = self.lock();
        if Arc::ptr_eq(&state.snapshot, sealed) {
            state.snapshot = form.clone();
        }
        form
    }

    /// Appends rows of literals and returns their number. `definition` is the snapshot that the columns were
    /// resolved in; returns `None` when the columns have changed since, so that the caller must resolve them
    /// again. Timestamps without a zone are local time in `zone`.
    ///
    /// # Errors
    /// The first value that does not fit, with its row, column and span; those of a statement that is to stop. No row
    /// is inserted then.
    pub fn insert(
        &self,
        definition: &Snapshot,
        columns: Option<&[usize]>,
        literals: Literals<'_>,
        zone: &Zone,
        control: &Control,
    ) -> Result<Option<usize>> {
        let values = adapted(definition, columns, literals.values, literals.width);
        let rows = LiteralRows::new(definition, columns, Literals { values: &values, ..literals }, zone)?;
        let bytes = check(definition, &rows, control)?;
        // Where the dataset was changed meanwhile, the index of the newer snapshot is made before the lock is taken.
        let mut known = None;
        let (mut state, keys) = loop {
            let snapshot = known.take().unwrap_or_else(|| self.definition());
            if snapshot.schema_version != definition.schema_version {
                return Ok(None);
            }
            let keys = LiteralKeys::of(&snapshot, &rows)?;
            let mut state = self.lock();
            if state.snapshot.schema_version != definition.schema_version {
                return Ok(None);
            }
            if state.has_keys() {
                break (state, keys);
            }
            known = Some(state.snapshot.clone());
        };
        state.append(definition, &rows, bytes, &keys)?;
        Ok(Some(rows.count()))
    }

    /// Publishes the result of `next` on the current snapshot; repeated when another change was published
    /// first. Rows that were not read are read first: a changed snapshot without them would be one without rows.
    ///
    /// # Errors
    /// The errors of `next`; `E0605` when other changes were published first every time; those of the store.
    pub fn change(&self, next: impl Fn(&Snapshot) -> Result<Snapshot>) -> Result<Arc<Snapshot>> {
        const TRIES: usize = 100;
        self.load()?;
        let mut tries = 0;
        loop {
            let now = self.snapshot();
            let changed = next(&now)?;
            tries += 1;
            match self.publish(now.version, changed) {
                Err(error) if error.is(Code::Conflict) && tries < TRIES => {}
                published => return published,
            }
        }
    }

    /// Publishes a snapshot, if the dataset has not changed since the expected version.
    ///
    /// # Errors
    /// `E0605 conflict` when it has; the dataset stays as it is.
    pub fn publish(&self, expected_version: u64, next: Snapshot) -> Result<Arc<Snapshot>> {
        let mut state = self.lock();
        if state.version != expected_version {
            return Err(conflict(&state.snapshot.name));
        }
        Ok(state.replace(next))
    }
}

impl State {
    /// The snapshot with the tail as its last chunk.
    fn sealed(&mut self) -> Arc<Snapshot> {
        if let Some(tail) = self.tail.take() {
            let Ok(chunk) = tail.seal(&self.snapshot) else {
                unreachable!(
                    "a tail has the columns of its dataset, and its values were checked against them"
                )
            };
            let mut next = Snapshot::clone(&self.snapshot);
            let rows = chunk.rows();
            next.rows += rows;
            next.chunks.push(chunk);
            next.whole.clear();
            next.version = self.version;
            next.keys = match self.tail_keys.take() {
                Some(keys) => keys.sealed(),
                None => KeyIndexes::unknown(next.constraints.len()),
            };
            self.snapshot = Arc::new(next.note_appended(rows));
        }
        self.snapshot.clone()
    }

    /// Whether the indexes of all keys are there, and are made those of the tail.
    fn has_keys(&mut self) -> bool {
        if self.tail_keys.is_none() && self.snapshot.keys().next().is_some() {
            self.tail_keys = TailKeys::of(&self.snapshot);
            return self.tail_keys.is_some();
        }
        true
    }

    fn append(
        &mut self,
        definition: &Snapshot,
        rows: &LiteralRows<'_>,
        bytes: usize,
        keys: &LiteralKeys,
    ) -> Result<()> {
        if rows.count() == 0 {
            return Ok(());
        }
        if let Some(known) = &self.tail_keys {
            known.check(definition, rows, keys)?;
        }
        let tail = self.tail.get_or_insert_with(|| Tail::new(&definition.columns));
        if let Err(error) = tail.reserve(&definition.pool, bytes) {
            if tail.rows() == 0 {
                self.tail = None;
            }
            return Err(error);
        }
        tail.append(&definition.columns, rows);
        if let Some(known) = &mut self.tail_keys {
            known.append(keys);
        }
        self.version += 1;
        Ok(())
    }

    fn replace(&mut self, mut next: Snapshot) -> Arc<Snapshot> {
        // A store counts changes of columns in its own way, so equal numbers may stand for other columns.
        let has_other_columns =
            next.columns != self.snapshot.columns || next.constraints != self.snapshot.constraints;
        if has_other_columns || next.schema_version != self.snapshot.schema_version {
            next.schema_version = self.snapshot.schema_version + 1;
        }
        self.version += 1;
        next.version = self.version;
        self.tail = None;
        self.tail_keys = None;
        // The new rows are all in memory, and those of the old version must not come back.
        self.unloaded = None;
        self.snapshot = Arc::new(next);
        self.snapshot.clone()
    }
}

/// The error of a change that lost against a concurrent one.
pub fn conflict(name: &str) -> Error {
    Error::new(Code::Conflict, format!("the dataset `{name}` was changed by another session in the meantime"))
        .with_help("nothing was changed; run it again")
}

impl fmt::Debug for Dataset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Dataset").field("id", &self.id).field("name", &self.name()).finish_non_exhaustive()
    }
}
