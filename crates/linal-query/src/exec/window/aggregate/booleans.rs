//! BOOL_AND and BOOL_OR.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, BooleanArray};

use super::counts::PrefixCounts;
use crate::exec::window::frame::Frames;

/// Whether all, or any, values of each frame are true; NULL without values.
pub(super) fn of(values: &BooleanArray, is_or: bool, frames: &Frames) -> ArrayRef {
    let known = PrefixCounts::new(values.len(), |row| values.is_valid(row));
    // The value that decides the result: true for OR, false for AND.
    let deciding = PrefixCounts::new(values.len(), |row| values.is_valid(row) && values.value(row) == is_or);
    let results: BooleanArray = (0..frames.len())
        .map(|row| (known.of(frames, row) > 0).then(|| (deciding.of(frames, row) > 0) == is_or))
        .collect();
    Arc::new(results)
}
