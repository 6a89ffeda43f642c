//! Columns that were read from a directory, kept in memory within the engine's limit.
//!
//! Their memory is reserved from the engine's pool. When a reservation of anything else does not fit, the columns
//! that were not used for longest are given back, by a clock: a column that was used since the hand last passed
//! stays for another round.

use std::collections::VecDeque;
use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use arrow::array::ArrayRef;
use linal_store::database::RowGroup;
use linal_tensor::{MemoryPool, Reclaim, Reservation};

/// The cache of an engine.
pub struct ColumnCache {
    pool: Arc<MemoryPool>,
    /// The kept columns, in the order in which the hand of the clock passes them.
    clock: Mutex<VecDeque<Weak<CachedColumn>>>,
    /// The bytes of all kept columns.
    bytes: Arc<AtomicUsize>,
    /// Mapped values that were used last without being kept.
    passing: Mutex<VecDeque<(RowGroup, ArrayRef)>>,
}

/// A column of a chunk that may be in memory.
#[derive(Default)]
pub(crate) struct CachedColumn {
    kept: Mutex<Option<Kept>>,
    /// Whether it was used since the hand last passed.
    is_used: AtomicBool,
}

struct Kept {
    values: ArrayRef,
    /// Where the values are mapped from, if they are.
    mapped: Option<RowGroup>,
    memory: Reservation,
    /// The bytes of the cache.
    of_cache: Arc<AtomicUsize>,
}

impl Kept {
    fn new(
        values: &ArrayRef,
        mapped: Option<&RowGroup>,
        memory: Reservation,
        of_cache: &Arc<AtomicUsize>,
    ) -> Kept {
        of_cache.fetch_add(memory.bytes(), Ordering::Relaxed);
        Kept { values: values.clone(), mapped: mapped.cloned(), memory, of_cache: of_cache.clone() }
    }

    /// Gives the memory back.
    fn evict(self) {
        if let Some(group) = &self.mapped {
            group.release(&self.values);
        }
    }
}

impl Drop for Kept {
    fn drop(&mut self) {
        self.of_cache.fetch_sub(self.memory.bytes(), Ordering::Relaxed);
    }
}

impl ColumnCache {
    /// A cache whose memory is reserved from a pool without a parent.
    pub fn new(pool: &Arc<MemoryPool>) -> Arc<ColumnCache> {
        let cache = Arc::new(ColumnCache {
            pool: pool.clone(),
            clock: Mutex::default(),
            bytes: Arc::default(),
            passing: Mutex::default(),
        });
        let reclaimer: Weak<dyn Reclaim> = Arc::<ColumnCache>::downgrade(&cache);
        pool.set_reclaimer(reclaimer);
        cache
    }

    /// Keeps the values of a column, if there is memory for so many bytes. `mapped` is where they are mapped from:
    /// their pages are memory of the process as soon as they are read.
    pub(crate) fn keep(
        &self,
        column: &Arc<CachedColumn>,
        values: &ArrayRef,
        mapped: Option<&RowGroup>,
        bytes: usize,
    ) {
        // Reserved without a lock: a reservation may give other columns back.
        let Ok(memory) = self.pool.reserve("cache", bytes) else {
            if let Some(group) = mapped {
                self.pass(group, values);
            }
            return;
        };
        let kept = Kept::new(values, mapped, memory, &self.bytes);
        let before = lock(&column.kept).replace(kept);
        // One that another thread has just kept is in the clock already.
        if before.is_none() {
            lock(&self.clock).push_back(Arc::downgrade(column));
        }
    }

    /// Notes mapped values that are used without being kept: the pages of those that came some time before leave
    /// the memory of the process.
    fn pass(&self, group: &RowGroup, values: &ArrayRef) {
        const PASSING: usize = 4;
        let mut passing = lock(&self.passing);
        passing.push_back((group.clone(), values.clone()));
        let left = if passing.len() > PASSING { passing.pop_front() } else { None };
        drop(passing);
        if let Some((group, values)) = left {
            group.release(&values);
        }
    }
}

impl CachedColumn {
    /// The values, if they are in memory.
    pub fn values(&self) -> Option<ArrayRef> {
        let values = lock(&self.kept).as_ref().map(|kept| kept.values.clone())?;
        self.is_used.store(true, Ordering::Relaxed);
        Some(values)
    }
}

impl Reclaim for ColumnCache {
    fn reclaim(&self, bytes: usize) {
        let mut freed = 0;
        // Their memory and pages are given back when no lock is held.
        let mut evicted = Vec::new();
        let mut clock = lock(&self.clock);
        // Two rounds: the first may find that all were used.
        for _ in 0..2 * clock.len() {
            if freed >= bytes {
                break;
            }
            let Some(column) = clock.pop_front() else { break };
            let Some(known) = column.upgrade() else { continue };
            if known.is_used.swap(false, Ordering::Relaxed) {
                clock.push_back(column);
                continue;
            }
            // A column that is being read or replaced now stays.
            match known.kept.try_lock().map(|mut kept| kept.take()) {
                Ok(Some(kept)) => {
                    freed += kept.memory.bytes();
                    evicted.push(kept);
                }
                Ok(None) => {}
                Err(_) => clock.push_back(column),
            }
        }
        drop(clock);
        evicted.into_iter().for_each(Kept::evict);
    }

    fn reclaimable(&self) -> usize {
        self.bytes.load(Ordering::Relaxed)
    }
}

impl fmt::Debug for ColumnCache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ColumnCache").finish_non_exhaustive()
    }
}

impl fmt::Debug for CachedColumn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CachedColumn").field("is_kept", &self.values().is_some()).finish()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use arrow::array::Int64Array;

    use super::*;

    fn values() -> ArrayRef {
        Arc::new(Int64Array::from(vec![1, 2, 3]))
    }

    fn kept(cache: &ColumnCache, bytes: usize) -> Arc<CachedColumn> {
        let column = Arc::<CachedColumn>::default();
        cache.keep(&column, &values(), None, bytes);
        column
    }

    fn is_kept(column: &CachedColumn) -> bool {
        lock(&column.kept).is_some()
    }

    #[test]
    fn a_reservation_takes_what_was_not_used() {
        let pool = MemoryPool::new(1000);
        let cache = ColumnCache::new(&pool);
        let [a, b, c] = [300, 300, 300].map(|bytes| kept(&cache, bytes));
        assert_eq!((pool.used(), cache.reclaimable()), (900, 900));
        assert!(a.values().is_some());
        let other = pool.reserve("test", 200).unwrap();
        assert_eq!([&a, &b, &c].map(|column| is_kept(column)), [true, false, true]);
        let more = pool.reserve("test", 500).unwrap();
        assert!(!is_kept(&c));
        // Its use has spared the first one once.
        assert!(pool.reserve("test", 301).is_err());
        assert!(!is_kept(&a));
        drop((other, more));
        drop(a);
        assert_eq!((pool.used(), cache.reclaimable()), (0, 0));
    }

    #[test]
    fn what_does_not_fit_is_not_kept() {
        let pool = MemoryPool::new(100);
        let cache = ColumnCache::new(&pool);
        let held = pool.reserve("test", 60).unwrap();
        assert!(!is_kept(&kept(&cache, 50)));
        drop(held);
        assert!(is_kept(&kept(&cache, 50)));
    }
}
