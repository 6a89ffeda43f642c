//! An open database directory.

use std::path::Path;
use std::sync::{Arc, Mutex};

use chrono::Utc;
use linal_error::Code;

use super::catalog::{
    self, FORMAT_VERSION, check_version, connect_writer, open_reader, prepare_for_writing, write_ahead,
};
use super::column::Column;
use super::error::{Result, StoreError};
use super::id_counters::Ids;
use super::ids::{DatabaseId, DatasetId};
use super::inner::Inner;
use super::layout::Layout;
use super::lock::WriterLock;
use super::maintenance::{self, Info, present, remove_orphans};
use super::open_options::OpenOptions;
use super::reader_lock::{ReadLease, alone};
use super::segment::Files;
use super::snapshot::Snapshot;
use super::spilled;
use super::transaction::{Committer, Stage, Transaction};
use super::unused_directory;
use super::verification::Verification;

/// An open database directory. Clones share it; the last one that is dropped closes it.
#[derive(Clone, Debug)]
pub struct Store(pub(super) Arc<Inner>);

impl Store {
    /// Opens a directory, and creates it where that is asked for. Data are read when they are needed, so that
    /// opening takes the same time whatever the size.
    ///
    /// A writer takes the lock, migrates an older format and removes files that no transaction names, as far as
    /// their names are those of the store. A directory without a catalog must be empty to become one.
    ///
    /// # Errors
    /// `E0407 database_locked` with the holder, `E0410 newer_format`, `E0409 damaged_database`, also for data
    /// without a catalog; `E0403 bad_format` for a directory with other contents; `E0401` for one that does not
    /// exist and is not to be created.
    pub fn open(directory: &Path, options: &OpenOptions) -> Result<Store> {
        let missing = || {
            StoreError::new(
                Code::FileNotFound,
                format!("there is no database directory '{}'", directory.display()),
            )
        };
        let root = match directory.canonicalize() {
            Ok(root) => root,
            Err(_) if options.read_only || !options.create => return Err(missing()),
            Err(_) => create_directory(directory)?,
        };
        let files = Files::new(options.files.clone(), Layout::new(&root));
        let exists = has_contents(&files.layout.catalog());
        if !exists && (options.read_only || !options.create) {
            unused_directory::check_lost(&files)?;
            return Err(missing());
        }
        if !exists {
            // Before the lock, so that a directory of somebody else stays as it is.
            unused_directory::check(&files)?;
        }
        if options.read_only { open_to_read(files, options) } else { open_to_write(files, options) }
    }

    /// The current snapshot.
    ///
    /// # Errors
    /// A catalog that cannot be read, for a store that is only read.
    pub fn snapshot(&self) -> Result<Snapshot> {
        Ok(Snapshot::new(self.0.pin_head()?))
    }

    /// A past snapshot. Datasets whose versions have expired are not readable in it.
    ///
    /// # Errors
    /// `E0616 unknown_version` for a number that is not given yet.
    pub fn snapshot_number(&self, number: u64) -> Result<Snapshot> {
        if number > self.0.head()? {
            return Err(StoreError::new(Code::UnknownVersion, format!("there is no snapshot {number} yet")));
        }
        Ok(Snapshot::new(self.0.pin(number)))
    }

    /// The last snapshot at a time in microseconds since 1970-01-01 UTC; `None` before the first.
    ///
    /// # Errors
    /// A catalog that cannot be read.
    pub fn snapshot_at(&self, time_us: i64) -> Result<Option<Snapshot>> {
        let number = self.0.readers.with(|connection| catalog::snapshot_at(connection, time_us))?;
        Ok(number.map(|number| Snapshot::new(self.0.pin(number))))
    }

    /// Keeps the process that writes the directory from removing files that somebody may still read, while this one only
    /// reads it.
    pub fn read_lease(&self) -> ReadLease {
        ReadLease::new(&self.0)
    }

    /// Begins a transaction on the current snapshot.
    ///
    /// # Errors
    /// `E0408 read_only`.
    pub fn begin(&self) -> Result<Transaction> {
        Transaction::new(self.snapshot()?)
    }

    /// Begins a transaction on a snapshot, from which on conflicts are counted.
    ///
    /// # Errors
    /// `E0408 read_only`.
    pub fn begin_on(&self, snapshot: &Snapshot) -> Result<Transaction> {
        Transaction::new(snapshot.clone())
    }

    /// Writes rows to segments before a transaction takes them over: those of a dataset, whose columns have
    /// their numbers, or those of a new one, which gets its number now, as its columns do.
    ///
    /// # Errors
    /// `E0408 read_only`; `E0405 unsupported` for a type that cannot be stored, with the name of the column.
    pub fn stage(&self, dataset: Option<DatasetId>, columns: Vec<Column>) -> Result<Stage> {
        Stage::new(&self.0, dataset, columns)
    }

    /// Whether the store is only read.
    pub fn is_read_only(&self) -> bool {
        self.0.committer.is_none()
    }

    /// Why changes are refused; `None` while they are not.
    pub fn refuses_writes(&self) -> Option<String> {
        self.0.committer.as_ref().and_then(Committer::failure)
    }

    /// The directory.
    pub fn directory(&self) -> &Path {
        self.0.files.layout.root()
    }

    /// Writes inline rows, changes and deletions of a dataset to segments, and small segments to larger ones.
    /// Neither rows nor versions change. Returns whether anything was written.
    ///
    /// A call does a bounded amount of work on each run of small parts; the engine calls it in the background
    /// after commits. `all` also takes what is not worth it yet, as CHECKPOINT does.
    ///
    /// # Errors
    /// A file that cannot be read or written.
    pub fn compact(&self, dataset: DatasetId, all: bool) -> Result<bool> {
        maintenance::compact(self, dataset, all)
    }

    /// Forgets old versions of a dataset and removes the files that no other version needs. Snapshots that
    /// somebody holds keep theirs until the next call. Returns the number of versions that have expired.
    ///
    /// # Errors
    /// A file that cannot be written.
    pub fn expire(&self, dataset: DatasetId, keep: maintenance::Keep) -> Result<u64> {
        maintenance::expire(self, dataset, keep)
    }

    /// Writes the WAL of the catalog into its file and truncates it.
    ///
    /// # Errors
    /// A file that cannot be written.
    pub fn checkpoint(&self) -> Result<()> {
        self.0.committer()?.checkpoint()?;
        self.0.held.remove(Vec::new())
    }

    /// Verifies every file and the catalog. A sentence for each fault; none for a directory that is whole. For a
    /// store that writes, files of a transaction or a stage that is open are faults, since nothing names them yet.
    ///
    /// # Errors
    /// A catalog that cannot be read at all.
    pub fn check(&self) -> Result<Vec<String>> {
        maintenance::check(self)
    }

    /// Sizes by dataset and version.
    ///
    /// # Errors
    /// A catalog that cannot be read.
    pub fn info(&self) -> Result<Info> {
        maintenance::info(self)
    }

    /// Writes a copy of the directory to a path that does not exist yet, while commits go on. The copy has
    /// the snapshots up to the current one, and opens as a directory.
    ///
    /// # Errors
    /// A file that cannot be read or written; the incomplete copy is removed then.
    pub fn backup(&self, target: &Path) -> Result<()> {
        let io = |error: std::io::Error| StoreError::io(target, "cannot be written", &error);
        maintenance::backup(self, &std::path::absolute(target).map_err(io)?)
    }

    /// Writes the datasets of a database as they are now as a DuckLake that others may change: a SQLite file at
    /// `target`, and the folder `<target>.files` beside it. Neither exists yet. Columns whose type DuckLake lacks
    /// are left out or seen through views, as in the views of the directory; lazy columns have no values.
    ///
    /// # Errors
    /// `E0315 name_exists` for a target that exists; `E0304 unknown_name` for a database that does not; a file
    /// that cannot be read or written. The incomplete lake is removed then.
    pub fn export_ducklake(&self, database: DatabaseId, target: &Path) -> Result<()> {
        let io = |error: std::io::Error| StoreError::io(target, "cannot be written", &error);
        maintenance::export_ducklake(self, database, &std::path::absolute(target).map_err(io)?)
    }
}

/// Creates the folder of a directory, with its parents, and makes its entry durable.
fn create_directory(directory: &Path) -> Result<std::path::PathBuf> {
    let io = |error: std::io::Error| StoreError::io(directory, "cannot be created", &error);
    std::fs::create_dir_all(directory).map_err(io)?;
    let root = directory.canonicalize().map_err(io)?;
    if let Some(parent) = root.parent() {
        std::fs::File::open(parent).and_then(|parent| parent.sync_all()).map_err(io)?;
    }
    Ok(root)
}

/// Whether a catalog has any contents: an opening that did not come to its end may have left an empty file.
fn has_contents(catalog: &Path) -> bool {
    let has_bytes = |path: &Path| std::fs::metadata(path).is_ok_and(|file| file.len() > 0);
    has_bytes(catalog) || has_bytes(&catalog.with_extension("sqlite-wal"))
}

fn open_to_read(files: Files, options: &OpenOptions) -> Result<Store> {
    let connection = open_reader(&files.layout.catalog())?;
    let verification = Verification::new(options.verify, check_version(&connection)?);
    let head = catalog::last_snapshot(&connection)?.0;
    Ok(Store(Arc::new(Inner::new(files, verification, None, head, Ids::default(), None, None))))
}

fn open_to_write(files: Files, options: &OpenOptions) -> Result<Store> {
    let lock = WriterLock::take(&files.layout.lock())?;
    let mut connection = connect_writer(&files.layout.catalog())?;
    let is_new: bool =
        connection.query_row("SELECT NOT EXISTS (SELECT 1 FROM sqlite_schema)", [], |row| row.get(0))?;
    if is_new {
        unused_directory::check(&files)?;
    } else {
        check_version(&connection)?;
    }
    write_ahead(&connection)?;
    if is_new {
        catalog::create(&mut connection, Utc::now().timestamp_micros())?;
    }
    for folder in files.layout.folders() {
        files.create_folder(&folder)?;
    }
    files.sync_folder(files.layout.root())?;
    prepare_for_writing(&mut connection, &files.layout.lake())?;
    // A process that reads may need what the one before has forgotten; then it is removed by a later opening.
    let removed = alone(&files.layout.data(), || remove_orphans(&files, &connection)).transpose()?;
    spilled::remove_left(&files)?;
    let (head, time_us) = catalog::last_snapshot(&connection)?;
    let ids = Ids::of(&connection)?;
    if removed.is_none() {
        ids.avoid(&present(&files)?);
    }
    let committer = Committer::new(Mutex::new(connection), head, time_us);
    let verification = Verification::new(options.verify, FORMAT_VERSION);
    Ok(Store(Arc::new(Inner::new(
        files,
        verification,
        options.memory.clone(),
        head,
        ids,
        Some(committer),
        Some(lock),
    ))))
}
