//! The state that all handles of an open store share.

use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use linal_error::Code;
use linal_tensor::MemoryPool;
use rusqlite::Connection;

use super::catalog::{Names, Readers, columns, last_snapshot};
use super::column::Column;
use super::error::{Result, StoreError};
use super::held_files::HeldFiles;
use super::id_counters::Ids;
use super::ids::DatasetId;
use super::lock::WriterLock;
use super::reader_lock::ReaderLock;
use super::segment::{Files, OpenSegment, SegmentFiles, open_segment};
use super::transaction::Committer;
use super::verification::Verification;

/// Segments whose metadata are kept.
const OPEN_SEGMENTS: usize = 4096;

/// Schemas whose columns are kept.
const SCHEMAS: usize = 4096;

/// A dataset and the number of one of its schemas.
type SchemaKey = (DatasetId, u64);

/// The shared state.
#[derive(Debug)]
pub(super) struct Inner {
    pub files: Files,
    pub readers: Readers,
    /// `None` for a store that is only read.
    pub committer: Option<Committer>,
    pub ids: Ids,
    pub verification: Verification,
    /// What rows are charged to until their segment is written.
    pub memory: Option<Arc<MemoryPool>>,
    head: AtomicU64,
    segments: Mutex<HashMap<u64, Arc<OpenSegment>>>,
    /// The columns of the schemas of datasets.
    columns: Mutex<HashMap<SchemaKey, Arc<[Column]>>>,
    /// The names of the last snapshot that was asked for them, and that snapshot.
    names: Mutex<Option<(u64, Arc<Names>)>>,
    /// The last snapshot that changed a name or an object.
    names_changed: AtomicU64,
    /// The snapshots that somebody holds, with the number of holders.
    pinned: Mutex<BTreeMap<u64, usize>>,
    /// Files that are read after the catalog has forgotten them.
    pub held: Arc<HeldFiles>,
    /// Says that this process reads, where another one writes.
    pub reader_lock: ReaderLock,
    /// Held while files are removed, and while all are copied.
    pub expiry: Mutex<()>,
    _lock: Option<WriterLock>,
}

/// Keeps a snapshot from expiry.
#[derive(Debug)]
pub(super) struct Pin {
    inner: Arc<Inner>,
    number: u64,
}

impl Pin {
    pub fn number(&self) -> u64 {
        self.number
    }

    pub fn inner(&self) -> &Arc<Inner> {
        &self.inner
    }
}

impl Drop for Pin {
    fn drop(&mut self) {
        let mut pinned = locked(&self.inner.pinned);
        if let Some(holders) = pinned.get_mut(&self.number) {
            *holders -= 1;
            if *holders == 0 {
                pinned.remove(&self.number);
            }
        }
    }
}

/// Locks a mutex; a panic elsewhere leaves no state half changed.
pub(super) fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Inner {
    pub fn new(
        files: Files,
        verification: Verification,
        memory: Option<Arc<MemoryPool>>,
        head: u64,
        ids: Ids,
        committer: Option<Committer>,
        lock: Option<WriterLock>,
    ) -> Inner {
        let held = HeldFiles::new(files.clone());
        let readers = Readers::new(&files.layout.catalog());
        let reader_lock = ReaderLock::new(&files.layout.data());
        Inner {
            files,
            readers,
            committer,
            ids,
            verification,
            memory,
            head: AtomicU64::new(head),
            segments: Mutex::default(),
            columns: Mutex::default(),
            names: Mutex::default(),
            names_changed: AtomicU64::new(head),
            pinned: Mutex::default(),
            held,
            reader_lock,
            expiry: Mutex::default(),
            _lock: lock,
        }
    }

    /// The last snapshot. A store that is only read asks the catalog, which another process may change.
    pub fn head(&self) -> Result<u64> {
        if self.committer.is_some() {
            return Ok(self.head.load(Ordering::Acquire));
        }
        self.readers.with(|connection| Ok(last_snapshot(connection)?.0))
    }

    /// Publishes a snapshot, and the last one that changed names, if one of its group did.
    pub fn set_head(&self, number: u64, names_changed: Option<u64>) {
        if let Some(changed) = names_changed {
            self.names_changed.store(changed, Ordering::Release);
        }
        self.head.store(number, Ordering::Release);
    }

    /// What has a name in a snapshot. Most commits change no name, so that the last answer is kept.
    pub fn names(&self, snapshot: u64) -> Result<Arc<Names>> {
        let changed = self.names_changed.load(Ordering::Acquire);
        if let Some((known, names)) = &*locked(&self.names)
            && (*known == snapshot || self.committer.is_some() && snapshot >= changed && *known >= changed)
        {
            return Ok(names.clone());
        }
        let names = Arc::new(self.readers.with(|connection| Names::read(connection, snapshot))?);
        *locked(&self.names) = Some((snapshot, names.clone()));
        Ok(names)
    }

    /// The columns of a dataset in a snapshot, whose schema has the number.
    pub fn columns(
        &self,
        connection: &Connection,
        dataset: DatasetId,
        schema: u64,
        snapshot: u64,
    ) -> Result<Arc<[Column]>> {
        if let Some(known) = self.known_columns(dataset, schema) {
            return Ok(known);
        }
        let read: Arc<[Column]> = columns(connection, dataset, snapshot)?.into();
        let mut known = locked(&self.columns);
        if known.len() >= SCHEMAS {
            known.clear();
        }
        known.insert((dataset, schema), read.clone());
        Ok(read)
    }

    /// The columns of a schema, if they are known.
    pub fn known_columns(&self, dataset: DatasetId, schema: u64) -> Option<Arc<[Column]>> {
        locked(&self.columns).get(&(dataset, schema)).cloned()
    }

    /// Holds a snapshot.
    pub fn pin(self: &Arc<Inner>, number: u64) -> Pin {
        *locked(&self.pinned).entry(number).or_default() += 1;
        Pin { inner: self.clone(), number }
    }

    /// Holds the last snapshot. Expiry may go up to the last one as long as nobody holds an earlier one, so that it is
    /// still the last one when it is held.
    pub fn pin_head(self: &Arc<Inner>) -> Result<Pin> {
        loop {
            let pin = self.pin(self.head()?);
            if self.committer.is_none() || self.head()? == pin.number() {
                return Ok(pin);
            }
        }
    }

    /// The oldest snapshot that somebody holds.
    pub fn oldest_pinned(&self) -> Option<u64> {
        locked(&self.pinned).keys().next().copied()
    }

    /// The part that commits.
    ///
    /// # Errors
    /// `E0408 read_only`.
    pub fn committer(&self) -> Result<&Committer> {
        self.committer
            .as_ref()
            .ok_or_else(|| StoreError::new(Code::ReadOnly, "the database directory is open for reading only"))
    }

    /// A segment, whose blocks are verified as they are read.
    ///
    /// # Errors
    /// A file that is missing or damaged.
    pub fn segment(&self, segment: &SegmentFiles) -> Result<Arc<OpenSegment>> {
        let known = locked(&self.segments).get(&segment.id).cloned();
        // Staged rows get other row ids with their commit.
        if let Some(open) = known.filter(|open| open.segment == *segment) {
            return Ok(open);
        }
        let open = Arc::new(open_segment(&self.files, segment, self.blocks(&segment.file)?)?);
        let mut segments = locked(&self.segments);
        if segments.len() >= OPEN_SEGMENTS {
            segments.clear();
        }
        match segments.get(&segment.id).filter(|other| other.segment == *segment) {
            // Somebody else has opened it meanwhile, and may have verified blocks.
            Some(other) => Ok(other.clone()),
            None => {
                segments.insert(segment.id, open.clone());
                Ok(open)
            }
        }
    }

    /// Forgets a segment that has expired.
    pub fn forget(&self, segment: u64) {
        locked(&self.segments).remove(&segment);
    }
}
