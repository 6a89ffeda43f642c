//! DataFusion's memory pool under the session's memory limit.

use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use datafusion::error::{DataFusionError, Result};
use datafusion::execution::memory_pool::{MemoryLimit, MemoryPool, MemoryReservation};
use linal_tensor::Reservation;

/// Charges the memory of operators to a session's pool in steps, so that small growth does not walk up the
/// pools.
#[derive(Debug)]
pub(crate) struct SessionPool {
    pool: Arc<linal_tensor::MemoryPool>,
    /// Bytes that operators hold now.
    used: AtomicUsize,
    /// The reservation in the session's pool; at least `used`.
    held: Mutex<Option<Reservation>>,
}

/// The smallest step, so that a statement of small operators reserves once.
const STEP: usize = 1 << 20;

impl SessionPool {
    pub fn new(pool: Arc<linal_tensor::MemoryPool>) -> SessionPool {
        SessionPool { pool, used: AtomicUsize::new(0), held: Mutex::new(None) }
    }

    fn ensure(&self, used: usize) -> linal_tensor::Result<()> {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        let have = held.as_ref().map_or(0, Reservation::bytes);
        if used <= have {
            return Ok(());
        }
        let missing = used - have;
        let room = self.pool.limit().saturating_sub(self.pool.used());
        // Near the limit, only the missing bytes are reserved.
        let step = if room > 4 * STEP { missing.max(STEP) } else { missing };
        match held.as_mut() {
            Some(reservation) => reservation.grow("query", step),
            None => {
                *held = Some(self.pool.reserve("query", step)?);
                Ok(())
            }
        }
    }
}

impl MemoryPool for SessionPool {
    fn name(&self) -> &str {
        "session"
    }

    fn grow(&self, _: &MemoryReservation, additional: usize) {
        let used = self.used.fetch_add(additional, Ordering::Relaxed) + additional;
        // This growth must not fail; when the pool is exhausted, the next try_grow ends the statement.
        let _ = self.ensure(used);
    }

    fn shrink(&self, _: &MemoryReservation, shrink: usize) {
        if self.used.fetch_sub(shrink, Ordering::Relaxed) == shrink {
            // The last operator has ended, possibly that of an abandoned query. Growth is counted before it
            // takes the lock, so the memory returned here is unused.
            let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
            if self.used.load(Ordering::Relaxed) == 0 {
                *held = None;
            }
        }
    }

    fn try_grow(&self, reservation: &MemoryReservation, additional: usize) -> Result<()> {
        let used = self.used.fetch_add(additional, Ordering::Relaxed) + additional;
        self.ensure(used).map_err(|error| {
            self.used.fetch_sub(additional, Ordering::Relaxed);
            let operator = reservation.consumer().name().to_string();
            // This error makes operators spill to disk where they can.
            DataFusionError::ResourcesExhausted(match error {
                linal_tensor::Error::MemoryLimit { limit, used, .. } => format!(
                    "{operator} needs {} more, {} of {} are in use",
                    linal_tensor::Bytes(additional),
                    linal_tensor::Bytes(used),
                    linal_tensor::Bytes(limit)
                ),
                other => other.to_string(),
            })
        })
    }

    fn reserved(&self) -> usize {
        self.used.load(Ordering::Relaxed)
    }

    fn memory_limit(&self) -> MemoryLimit {
        MemoryLimit::Finite(self.pool.limit())
    }
}

impl fmt::Display for SessionPool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "session({} bytes)", self.reserved())
    }
}
