//! Applies the keys of joins to the rows of a scan.

use std::sync::Arc;
use std::time::{Duration, Instant};

use arrow::array::{BooleanArray, RecordBatch};
use arrow::buffer::BooleanBuffer;

use super::KeyColumn;
use super::shared::SharedJoinFilter;
use crate::run::query_state::QueryState;

/// Rows that are filtered before it is decided whether filtering is worthwhile.
const TRIAL_ROWS: usize = 64 * 1024;

/// Skipping fewer than one in this many rows costs more than it saves.
const WORTHWHILE: usize = 2;

/// How long a scan waits for keys before it reads without them, per row: a skipped row saves a few
/// nanoseconds. A scan that runs after its join does not wait; this is for scans that a repartitioning
/// started early.
const MAX_WAIT: Duration = Duration::from_nanos(1);

/// The wait of scans of few rows: they are read for a join whose other side may be large, and keys of a small table are
/// there sooner.
const LEAST_WAIT: Duration = Duration::from_millis(1);

/// Keys that a row must have to be joined; a necessary condition, not a sufficient one.
pub(crate) struct KeyFilter {
    conditions: Vec<Condition>,
    /// How long it may wait for the keys.
    max_wait: Duration,
    /// When the scan was first polled for rows.
    first_poll: Option<Instant>,
}

struct Condition {
    column: usize,
    join_filter: Arc<SharedJoinFilter>,
    seen: usize,
    kept: usize,
}

impl KeyFilter {
    /// The filters of one partition of a scan, which reads `rows`.
    pub fn new(filters: &[KeyColumn], running: &QueryState, rows: usize) -> KeyFilter {
        let condition = |filter: &KeyColumn| Condition {
            column: filter.column,
            join_filter: running.join_filter(filter.keys),
            seen: 0,
            kept: 0,
        };
        let rows = u32::try_from(rows).unwrap_or(u32::MAX);
        KeyFilter {
            conditions: filters.iter().map(condition).collect(),
            max_wait: LEAST_WAIT.max(MAX_WAIT * rows),
            first_poll: None,
        }
    }

    /// Whether the keys of a join are still missing, so that other tasks should run before this scan.
    pub fn is_waiting(&mut self) -> bool {
        let is_known = |condition: &Condition| condition.join_filter.keys().is_some();
        if self.max_wait.is_zero() || self.conditions.iter().all(is_known) {
            return false;
        }
        let first_poll = *self.first_poll.get_or_insert_with(Instant::now);
        if first_poll.elapsed() >= self.max_wait {
            self.max_wait = Duration::ZERO;
        }
        !self.max_wait.is_zero()
    }

    /// The rows that joins can use; `None` for all.
    pub fn rows(&mut self, batch: &RecordBatch) -> Option<BooleanArray> {
        let mut chosen: Option<BooleanBuffer> = None;
        self.conditions.retain_mut(|condition| {
            let Some(keys) = condition.join_filter.keys() else { return true };
            let Some(found) = keys.and_then(|keys| keys.rows(batch.column(condition.column))) else {
                return false;
            };
            let is_kept = condition.count(&found);
            chosen = Some(match chosen.take() {
                Some(chosen) => &chosen & &found,
                None => found,
            });
            is_kept
        });
        chosen.map(|chosen| BooleanArray::new(chosen, None)).filter(|chosen| chosen.false_count() > 0)
    }
}

impl Condition {
    /// Counts the matching rows; false once filtering costs more than it saves.
    fn count(&mut self, found: &BooleanBuffer) -> bool {
        self.seen += found.len();
        self.kept += found.count_set_bits();
        self.seen < TRIAL_ROWS || self.kept <= self.seen / WORTHWHILE
    }
}
