//! Merges small chunks, so that a dataset that is read after every inserted row stays fast to read.
//!
//! The level of a chunk is given by its size; the sizes of successive levels differ by a factor of eight.
//! Eight chunks of one level are merged into a chunk of the next, so a row is copied at most once for each
//! level, and chunks of the last level are never copied: the total work is linear in the number of rows.

use std::sync::Arc;

use super::chunk::Chunk;
use super::snapshot::Snapshot;
use crate::error::Result;

/// Number of chunks of one level that are merged.
const FAN_IN: usize = 8;

/// Chunks of at least this many rows are not merged.
const LARGE: usize = 1 << 16;

/// The level of a chunk's size; `None` for a chunk that is not merged.
fn level(rows: usize) -> Option<u32> {
    (rows < LARGE).then(|| rows.max(1).ilog2() / FAN_IN.ilog2())
}

/// The number of chunks at the end to be merged; 0 when there are none.
pub fn due(chunks: &[Arc<Chunk>]) -> usize {
    // The levels from the end, with the number of chunks of each.
    let mut of_level = [0usize; 8];
    let mut highest = 0;
    let mut due = 0;
    for (at, chunk) in chunks.iter().rev().enumerate() {
        // Rows of a directory are joined there.
        let Some(level) = level(chunk.rows()).filter(|_| !chunk.is_stored()) else { break };
        highest = highest.max(level as usize);
        of_level[level as usize] += 1;
        let suffix = at + 1;
        // A long run of mixed levels is merged as well, so that the number of chunks is bounded.
        if of_level[highest] >= FAN_IN || suffix > FAN_IN * (highest + 1) {
            due = suffix;
        }
    }
    due
}

/// The snapshot with small chunks merged; `None` when it is compact.
///
/// # Errors
/// When a copy does not fit the memory limit.
pub fn compacted(snapshot: &Snapshot) -> Result<Option<Snapshot>> {
    if due(&snapshot.chunks) == 0 {
        return Ok(None);
    }
    let mut chunks = snapshot.chunks.clone();
    loop {
        match due(&chunks) {
            0 => break,
            last => {
                let small = chunks.split_off(chunks.len() - last);
                // The chunks of a large append are merged into several chunks rather than one of unbounded
                // size.
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
    Ok(Some(snapshot.rearranged(chunks)))
}
