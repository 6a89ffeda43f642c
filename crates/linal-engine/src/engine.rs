//! The engine: the state shared by sessions.

use std::fmt;
use std::path::Path;
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, OnceLock};

use linal_bind::functions::FileAccess;
use linal_dataset::Result;
use linal_dataset::catalog::SharedCatalog;
use linal_query::{SMALL_ELEMENTS, Spill};
use linal_store::Progress;
use linal_tensor::MemoryPool;
use linal_tensor::kernel::threads;

use crate::Session;
use crate::database_shares::DatabaseShares;
use crate::durable::Durable;
use crate::jobs::{EngineJobs, EngineQueue, Queue, Runner};
use crate::memory;
use crate::queries::{Asker, QueryInfo, QueryList, RunningQueries};
use crate::session::{Places, places_of};

/// The options of an engine.
#[derive(Clone, Default)]
pub struct EngineOptions {
    /// The memory that all sessions together may use, in bytes. The default is four fifths of the machine's
    /// memory, so that a mistake in a shape is an error rather than the end of the process. It is also the
    /// initial `memory_limit` of a session.
    pub memory_limit: Option<usize>,
    /// The number of threads that a statement may use. The default is all threads of the process. Kernels and
    /// queries have one pool each with a thread for each core, shared by all sessions of the process.
    pub threads: Option<usize>,
    /// Queries over fewer elements than this, counted over all tables, run on the calling thread, because
    /// waking other threads costs more than the work. The default is 200,000. With 0 every query has as many
    /// partitions as there are threads.
    pub partition_above: Option<usize>,
    /// Whether a database directory is only read. Nothing is written then, and another process may write it.
    pub read_only: bool,
    /// The bytes that sorts, joins and aggregates of all sessions together may write to disk when they need more memory than
    /// they get: below `spill` of a database directory, or in the system's folder of temporary files. The default is 100 GB.
    pub spill_limit: Option<u64>,
    /// The receiver of the progress of long reads.
    pub progress: Option<Arc<dyn Progress + Send + Sync>>,
}

/// The shared part of linal: one memory budget and one catalog. Clones are cheap and share them.
#[derive(Clone)]
pub struct Engine {
    inner: Arc<Inner>,
}

pub(crate) struct Inner {
    pub pool: Arc<MemoryPool>,
    pub catalog: SharedCatalog,
    /// The number of sessions created.
    pub sessions: AtomicU64,
    pub threads: usize,
    /// Queries whose inputs have at least this many elements run on all threads.
    pub partition_above: usize,
    pub files: FileAccess,
    /// Where queries write rows for which there is no memory.
    pub spill: Spill,
    /// What the sessions of databases with limits of their own share.
    shares: DatabaseShares,
    /// The statements of its sessions.
    pub running: RunningQueries,
    /// The list that SHOW QUERIES shows instead of `running`.
    pub listed: OnceLock<Arc<dyn QueryList>>,
    /// The queue of jobs. It is closed before the directory.
    pub jobs: EngineQueue,
    /// The database directory; `None` for an engine in memory.
    pub durable: Option<Durable>,
}

impl Drop for Inner {
    fn drop(&mut self) {
        if let Some(durable) = &self.durable {
            durable.give_back_numbers(&self.catalog.snapshot());
        }
    }
}

impl Inner {
    /// The memory of all sessions of a database that has a limit, in bytes.
    pub fn memory_of(&self, database: &str, limit: usize) -> Arc<MemoryPool> {
        self.shares.memory(database, limit)
    }

    /// Forgets what the sessions of a database have shared, which is dropped.
    pub fn forget_shares(&self, database: &str) {
        self.shares.forget(database);
    }

    /// The disk of all sessions of a database that has a limit, in bytes.
    pub fn spill_of(&self, database: &str, limit: u64) -> Spill {
        self.shares.spill(database, limit, &self.spill)
    }

    /// The list that SHOW QUERIES shows.
    pub fn query_list(&self) -> &dyn QueryList {
        self.listed.get().map_or(&self.running as &dyn QueryList, |list| &**list)
    }
}

impl Engine {
    /// An engine in memory. It reads and writes only the files that statements name.
    pub fn new(options: EngineOptions) -> Engine {
        let pool = MemoryPool::new(options.memory_limit.unwrap_or_else(memory::default_limit));
        Engine::of(options, pool, SharedCatalog::default(), None)
    }

    /// An engine whose databases live in a directory, which is created if there is none. A statement that has
    /// answered is on disk. One process may write a directory; others may open it with `read_only`.
    ///
    /// # Errors
    /// A directory that cannot be opened: it is in use, newer than this version, or damaged.
    pub fn open(directory: &Path, options: EngineOptions) -> Result<Engine> {
        let pool = MemoryPool::new(options.memory_limit.unwrap_or_else(memory::default_limit));
        let (durable, catalog) = Durable::open(directory, options.read_only, &pool)?;
        Ok(Engine::of(options, pool, SharedCatalog::of(catalog), Some(durable)))
    }

    fn of(
        options: EngineOptions,
        pool: Arc<MemoryPool>,
        catalog: SharedCatalog,
        durable: Option<Durable>,
    ) -> Engine {
        let all = threads::process_threads();
        let spill = spill(durable.as_ref(), options.spill_limit);
        Engine {
            inner: Arc::new(Inner {
                pool,
                catalog,
                durable,
                spill,
                shares: DatabaseShares::default(),
                jobs: EngineQueue::default(),
                sessions: AtomicU64::new(0),
                threads: options.threads.unwrap_or(all).max(1),
                partition_above: options.partition_above.unwrap_or(SMALL_ELEMENTS),
                running: RunningQueries::default(),
                listed: OnceLock::new(),
                files: FileAccess { progress: options.progress, roots: None },
            }),
        }
    }

    /// A new session with its own names, settings and current database.
    pub fn session(&self) -> Session {
        Session::new(self.inner.clone())
    }

    /// Makes `list` the one of SHOW QUERIES and KILL, for a service that runs whole requests. The first call counts.
    pub fn set_query_list(&self, list: Arc<dyn QueryList>) {
        // A second list would be of another service over the same engine.
        let _ = self.inner.listed.set(list);
    }

    /// The running and recent statements, as SHOW QUERIES has them.
    pub fn queries(&self) -> Vec<QueryInfo> {
        self.inner.query_list().queries(&Asker::default())
    }

    /// The bytes that all sessions together may use; `usize::MAX` for no limit.
    pub fn memory_limit(&self) -> usize {
        self.inner.pool.limit()
    }

    /// Why the directory refuses changes; `None` while it takes them, and for an engine in memory.
    pub fn refuses_writes(&self) -> Option<String> {
        self.inner.durable.as_ref().and_then(|durable| durable.store.refuses_writes())
    }

    /// The jobs and schedules of the engine: in its directory, or in memory. Nothing runs them but a [`Runner`].
    ///
    /// # Errors
    /// A catalog that cannot be opened or written.
    pub fn jobs(&self) -> Result<Queue> {
        self.inner.jobs.get(self.inner.durable.as_ref())
    }

    /// Starts so many threads that run jobs with all rights, and fires schedules meanwhile if it is asked to.
    ///
    /// # Errors
    /// As [`Engine::jobs`].
    pub fn run_jobs(&self, workers: usize, fires_schedules: bool) -> Result<Runner> {
        Ok(Runner::start(&self.jobs()?, Arc::new(EngineJobs(self.clone())), workers, fires_schedules))
    }

    /// The pool of memory that everything is charged to; what a host holds for its users can be, too.
    pub fn memory_pool(&self) -> Arc<MemoryPool> {
        self.inner.pool.clone()
    }

    /// How many statements of a database run at once, and how many wait, by ALTER DATABASE. A service that queues
    /// statements asks for it; the engine runs what it is given.
    pub fn places(&self, database: &str) -> Places {
        places_of(&self.inner.catalog.snapshot(), database)
    }

    /// The bytes held by all sessions.
    pub fn memory_used(&self) -> usize {
        self.inner.pool.used()
    }
}

/// Where queries of an engine spill. A folder that cannot be written is no reason to refuse a directory: they use the
/// system's then.
fn spill(durable: Option<&Durable>, limit: Option<u64>) -> Spill {
    let directory = durable.filter(|durable| durable.check_writable().is_ok());
    let own =
        directory.and_then(|durable| Spill::below(&durable.store.directory().join("spill"), limit).ok());
    own.unwrap_or_else(|| Spill::in_temporary(limit))
}

impl Default for Engine {
    fn default() -> Engine {
        Engine::new(EngineOptions::default())
    }
}

impl fmt::Debug for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Engine").field("memory_used", &self.memory_used()).finish_non_exhaustive()
    }
}
