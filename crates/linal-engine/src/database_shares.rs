//! What the sessions of one database share because it has limits of its own: memory, and disk for spilled rows.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use linal_query::Spill;
use linal_tensor::MemoryPool;

/// The shares of databases by lower-case name. A database without a limit has none.
#[derive(Debug, Default)]
pub(crate) struct DatabaseShares {
    memory: Mutex<HashMap<String, Arc<MemoryPool>>>,
    spill: Mutex<HashMap<String, Spill>>,
}

impl DatabaseShares {
    /// The memory of a database, whose limit is this from now on, in bytes. What its sessions have reserved before
    /// they had a limit does not count.
    pub fn memory(&self, database: &str, limit: usize) -> Arc<MemoryPool> {
        let mut pools = self.memory.lock().unwrap_or_else(PoisonError::into_inner);
        let pool = pools.entry(database.to_lowercase()).or_insert_with(|| MemoryPool::new(limit));
        pool.set_limit(limit);
        pool.clone()
    }

    /// The disk of a database, whose limit is this, in bytes; files count for `all`, too. With another limit than before
    /// it is another share: queries that run keep theirs.
    pub fn spill(&self, database: &str, limit: u64, all: &Spill) -> Spill {
        let mut shares = self.spill.lock().unwrap_or_else(PoisonError::into_inner);
        let known = shares.entry(database.to_lowercase()).or_insert_with(|| all.share(limit));
        if known.limit() != Some(limit) {
            *known = all.share(limit);
        }
        known.clone()
    }
}
