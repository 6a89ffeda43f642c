//! COUNT, and prefix counts.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, Int64Array};

use crate::exec::window::frame::Frames;

/// The number of rows before each row that satisfy a predicate.
pub(super) struct PrefixCounts(Vec<usize>);

impl PrefixCounts {
    pub fn new(rows: usize, has: impl Fn(usize) -> bool) -> PrefixCounts {
        let mut count = 0;
        let mut counts = Vec::with_capacity(rows + 1);
        counts.push(count);
        for row in 0..rows {
            count += usize::from(has(row));
            counts.push(count);
        }
        PrefixCounts(counts)
    }

    /// The number of such rows in a frame.
    pub fn of(&self, frames: &Frames, row: usize) -> usize {
        frames.pieces(row).iter().map(|piece| self.0[piece.end] - self.0[piece.start]).sum()
    }
}

/// The number of non-NULL rows in each frame.
pub(super) fn count(values: &ArrayRef, frames: &Frames) -> ArrayRef {
    let length = |row: usize| frames.pieces(row).iter().map(|piece| piece.len() as i64).sum();
    let rows = 0..frames.len();
    let counts: Int64Array = match values.logical_nulls().filter(|nulls| nulls.null_count() > 0) {
        None => rows.map(|row| Some::<i64>(length(row))).collect(),
        Some(nulls) => {
            let running = PrefixCounts::new(values.len(), |row| nulls.is_valid(row));
            rows.map(|row| Some(running.of(frames, row) as i64)).collect()
        }
    };
    Arc::new(counts)
}
