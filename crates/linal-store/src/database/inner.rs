//! The state that all handles of an open store share.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use arrow::array::ArrayRef;
use linal_error::Code;
use rusqlite::Connection;

use super::catalog::{Names, Readers, columns, last_snapshot};
use super::column::Column;
use super::error::{Result, StoreError};
use super::held_files::HeldFiles;
use super::id_counters::Ids;
use super::ids::DatasetId;
use super::lock::WriterLock;
use super::segment::{
    FileEntry, Files, OpenSegment, SegmentFiles, SegmentScan, map_vectors, open_segment, rebuild,
};
use super::transaction::Committer;

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
    verify: bool,
    head: AtomicU64,
    segments: Mutex<HashMap<u64, Arc<OpenSegment>>>,
    /// The columns of the schemas of datasets.
    columns: Mutex<HashMap<SchemaKey, Arc<[Column]>>>,
    /// The names of the last snapshot that was asked for them, and that snapshot.
    names: Mutex<Option<(u64, Arc<Names>)>>,
    /// The last snapshot that changed a name or an object.
    names_changed: AtomicU64,
    /// The ids of the files whose hash was checked.
    verified: Mutex<HashSet<u64>>,
    /// The snapshots that somebody holds, with the number of holders.
    pinned: Mutex<BTreeMap<u64, usize>>,
    /// Files that are read after the catalog has forgotten them.
    pub held: Arc<HeldFiles>,
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
        verify: bool,
        head: u64,
        ids: Ids,
        committer: Option<Committer>,
        lock: Option<WriterLock>,
    ) -> Inner {
        let held = HeldFiles::new(files.clone());
        let readers = Readers::new(&files.layout.catalog());
        Inner {
            files,
            readers,
            committer,
            ids,
            verify,
            head: AtomicU64::new(head),
            segments: Mutex::default(),
            columns: Mutex::default(),
            names: Mutex::default(),
            names_changed: AtomicU64::new(head),
            verified: Mutex::default(),
            pinned: Mutex::default(),
            held,
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

    /// Checks the hash of a file, the first time.
    fn verify_once(&self, file: &FileEntry) -> Result<()> {
        if !self.verify || locked(&self.verified).contains(&file.id) {
            return Ok(());
        }
        self.verify(file)?;
        locked(&self.verified).insert(file.id);
        Ok(())
    }

    /// Checks size and hash of a file.
    pub fn verify(&self, file: &FileEntry) -> Result<()> {
        let path = self.files.layout.file(&file.path);
        let path = path.ok_or_else(|| StoreError::damaged(format!("'{}' is no path", file.path)))?;
        self.files.verify(&path, file.bytes, &file.sha256)
    }

    /// Notes that a file is as the catalog has it, since this process has written it.
    pub fn set_verified(&self, file: u64) {
        locked(&self.verified).insert(file);
    }

    /// A segment whose hash was checked.
    ///
    /// # Errors
    /// A file that is missing or damaged.
    pub fn segment(&self, segment: &SegmentFiles) -> Result<Arc<OpenSegment>> {
        if let Some(open) = locked(&self.segments).get(&segment.id) {
            return Ok(open.clone());
        }
        self.verify_once(&segment.file)?;
        let open = Arc::new(open_segment(&self.files, segment)?);
        let mut segments = locked(&self.segments);
        if segments.len() >= OPEN_SEGMENTS {
            segments.clear();
        }
        Ok(segments.entry(segment.id).or_insert(open).clone())
    }

    /// Forgets a segment that has expired.
    pub fn forget(&self, segment: u64) {
        locked(&self.segments).remove(&segment);
    }

    /// The mapped tensor columns of a segment. A file that is missing or damaged is written again from the
    /// Parquet file.
    ///
    /// # Errors
    /// A Parquet file that is missing or damaged.
    pub fn vectors(&self, open: &Arc<OpenSegment>, columns: &[Column]) -> Result<Vec<(u64, ArrayRef)>> {
        if let Some(mapped) = open.vectors.get() {
            return Ok(mapped.clone());
        }
        let Some(file) = &open.segment.vectors else { return Ok(Vec::new()) };
        let mapped =
            self.verify_vectors(file).and_then(|()| map_vectors(&self.files, &file.path, open.segment.rows));
        let mapped = match mapped {
            Ok(mapped) => mapped,
            Err(_) => self.rebuilt(open, file, columns)?,
        };
        Ok(open.vectors.get_or_init(|| mapped).clone())
    }

    fn verify_vectors(&self, file: &FileEntry) -> Result<()> {
        self.verify_once(file)?;
        let path = self.files.layout.file(&file.path);
        let path = path.ok_or_else(|| StoreError::damaged(format!("'{}' is no path", file.path)))?;
        self.files.open_sized(&path, file.bytes).map(drop)
    }

    /// The tensor columns from the Parquet file. A store that writes maps them from a new file; another keeps
    /// them in memory.
    fn rebuilt(
        &self,
        open: &Arc<OpenSegment>,
        file: &FileEntry,
        columns: &[Column],
    ) -> Result<Vec<(u64, ArrayRef)>> {
        let tensors: Vec<Column> = columns.iter().filter(|column| column.is_tensor()).cloned().collect();
        let rows = open.segment.rows as usize;
        let mut scan = SegmentScan::new(open.clone(), &tensors, None, rows, &[])?;
        let mut parts: Vec<Vec<ArrayRef>> = tensors.iter().map(|_| Vec::new()).collect();
        while let Some(batch) = scan.next_batch()? {
            parts.iter_mut().zip(batch.columns).for_each(|(part, array)| part.push(array));
        }
        let mut arrays = Vec::with_capacity(tensors.len());
        for (column, parts) in tensors.into_iter().zip(parts) {
            let parts: Vec<&dyn arrow::array::Array> = parts.iter().map(|part| part.as_ref()).collect();
            arrays.push((column, arrow::compute::concat(&parts)?));
        }
        let in_memory = || arrays.iter().map(|(column, array)| (column.id, array.clone())).collect();
        let Some(committer) = &self.committer else { return Ok(in_memory()) };
        // A failure to write the copy is no failure to read.
        let Ok(written) = rebuild(&self.files, &file.path, &arrays, rows) else { return Ok(in_memory()) };
        if committer.replace_file(file.id, &written).is_err() {
            return Ok(in_memory());
        }
        self.set_verified(file.id);
        map_vectors(&self.files, &file.path, open.segment.rows).or_else(|_| Ok(in_memory()))
    }
}
