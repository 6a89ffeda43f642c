//! The engine: what sessions share.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use linal_store::Progress;
use linal_tensor::MemoryPool;
use linal_tensor::kernel::threads;

use crate::Session;
use crate::catalog::SharedCatalog;
use crate::functions::FileAccess;
use crate::memory;
use crate::relational::SMALL_ELEMENTS;

/// How an engine is made.
#[derive(Clone, Default)]
pub struct EngineOptions {
    /// Bytes that all sessions together may use; four fifths of the machine's memory unless given, so that a mistake in
    /// a shape is an error and not the end of the process. It is also the limit that a session starts with.
    pub memory_limit: Option<usize>,
    /// Threads that a statement may use; all of the process unless given. Kernels and queries have one pool each, with a
    /// thread for each core, which all sessions of the process share.
    pub threads: Option<usize>,
    /// Queries over fewer elements than this, counted over all tables, run on the calling thread, where waking others
    /// costs more than the work; 200,000 unless given. 0 gives each query as many partitions as there are threads.
    pub partition_above: Option<usize>,
    /// Who is told how far a long read is.
    pub progress: Option<Arc<dyn Progress + Send + Sync>>,
}

/// The shared part of linal: one memory budget and one catalog. Cheap to clone.
#[derive(Clone)]
pub struct Engine {
    inner: Arc<Inner>,
}

pub(crate) struct Inner {
    pub pool: Arc<MemoryPool>,
    pub catalog: SharedCatalog,
    /// Sessions so far.
    pub sessions: AtomicU64,
    pub threads: usize,
    /// Elements of all inputs of a query from which on it runs on all threads.
    pub partition_above: usize,
    pub files: FileAccess,
}

impl Engine {
    /// An engine in memory: nothing is read or written but what statements name.
    pub fn new(options: EngineOptions) -> Engine {
        let all = threads::process_threads();
        Engine {
            inner: Arc::new(Inner {
                pool: MemoryPool::new(options.memory_limit.unwrap_or_else(memory::default_limit)),
                catalog: SharedCatalog::new(),
                sessions: AtomicU64::new(0),
                threads: options.threads.unwrap_or(all).max(1),
                partition_above: options.partition_above.unwrap_or(SMALL_ELEMENTS),
                files: FileAccess { progress: options.progress },
            }),
        }
    }

    /// A session of its own: names, settings and the database in use.
    pub fn session(&self) -> Session {
        Session::new(self.inner.clone())
    }

    /// Bytes that all sessions hold now.
    pub fn memory_used(&self) -> usize {
        self.inner.pool.used()
    }
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
