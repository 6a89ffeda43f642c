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

    /// Forgets a database that is dropped. Another one of its name has shares of its own.
    pub fn forget(&self, database: &str) {
        let key = database.to_lowercase();
        self.memory.lock().unwrap_or_else(PoisonError::into_inner).remove(&key);
        self.spill.lock().unwrap_or_else(PoisonError::into_inner).remove(&key);
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_database_has_one_share_until_it_is_dropped() {
        let shares = DatabaseShares::default();
        let first = shares.memory("D", 100);
        let _held = first.reserve("test", 60);
        assert!(Arc::ptr_eq(&first, &shares.memory("d", 80)));
        assert_eq!(first.limit(), 80);
        shares.forget("D");
        assert_eq!(shares.memory("d", 80).used(), 0);
    }
}
