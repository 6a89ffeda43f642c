//! Small chunks become larger ones, so that a dataset which is read after every inserted row stays fast to read.
//!
//! Chunks have levels by their size, each level eight times the one below. Eight chunks of a level become one of the
//! next, so that a row is copied at most once a level, and chunks of the last level are never copied again: the work
//! is linear in the rows.

use std::sync::Arc;

use super::chunk::Chunk;
use super::snapshot::Snapshot;
use crate::error::Result;

/// Chunks of one level that are put together.
const FAN: usize = 8;

/// Chunks of so many rows stay as they are.
const LARGE: usize = 1 << 16;

/// The level of a size; `None` for a chunk that stays.
fn level(rows: usize) -> Option<u32> {
    (rows < LARGE).then(|| rows.max(1).ilog2() / FAN.ilog2())
}

/// The chunks at the end that are to become one; 0 when there is nothing to do.
pub(crate) fn due(chunks: &[Arc<Chunk>]) -> usize {
    // The levels that were seen from the end, and how many chunks had each.
    let mut of_level = [0usize; 8];
    let mut highest = 0;
    let mut due = 0;
    for (at, chunk) in chunks.iter().rev().enumerate() {
        let Some(level) = level(chunk.rows()) else { break };
        highest = highest.max(level as usize);
        of_level[level as usize] += 1;
        let suffix = at + 1;
        // A run of mixed levels counts as well once it is long, so that the number of chunks is bounded.
        if of_level[highest] >= FAN || suffix > FAN * (highest + 1) {
            due = suffix;
        }
    }
    due
}

/// The snapshot with small chunks put together; `None` when it is compact.
///
/// # Errors
/// When a copy does not fit the memory limit.
pub(crate) fn compacted(snapshot: &Snapshot) -> Result<Option<Snapshot>> {
    if due(&snapshot.chunks) == 0 {
        return Ok(None);
    }
    let mut chunks = snapshot.chunks.clone();
    loop {
        match due(&chunks) {
            0 => break,
            last => {
                let small = chunks.split_off(chunks.len() - last);
                // Many chunks of one append become several large ones and not one huge one.
                let mut pending: Vec<Arc<Chunk>> = Vec::new();
                let mut rows = 0;
                for chunk in small {
                    rows += chunk.rows();
                    pending.push(chunk);
                    if rows >= LARGE {
                        chunks.push(Chunk::concat(&snapshot.schema, &pending, &snapshot.pool)?);
                        pending.clear();
                        rows = 0;
                    }
                }
                if !pending.is_empty() {
                    chunks.push(Chunk::concat(&snapshot.schema, &pending, &snapshot.pool)?);
                }
            }
        }
    }
    Ok(Some(snapshot.with_chunks(chunks)))
}
