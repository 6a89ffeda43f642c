//! Convolution as a sum of products.

use std::ops::Range;

use crate::signal::poll::check;
use crate::signal::{Poll, SignalError};

/// Outputs that are summed together, so that they stay in the L1 cache over all taps.
const BLOCK: usize = 1024;
/// Multiplications between two calls of the poll.
const POLL_EVERY: usize = 1 << 22;

/// The points `range` of the full convolution, tap by tap of the shorter signal over blocks of outputs.
pub(super) fn part(
    long: &[f64],
    short: &[f64],
    range: Range<usize>,
    poll: Poll<'_>,
) -> Result<Vec<f64>, SignalError> {
    let mut output = vec![0.0; range.len()];
    for (block, start) in output.chunks_mut(BLOCK).zip((range.start..).step_by(BLOCK)) {
        for (taps, first) in short.chunks(POLL_EVERY / BLOCK).zip((0..).step_by(POLL_EVERY / BLOCK)) {
            check(poll)?;
            for (tap, j) in taps.iter().zip(first..) {
                add_scaled(block, start, long, *tap, j);
            }
        }
    }
    Ok(output)
}

/// Adds `tap * long[o - j]` to every output `o` of the block that overlaps the signal.
fn add_scaled(block: &mut [f64], start: usize, long: &[f64], tap: f64, j: usize) {
    let from = start.max(j);
    let to = (start + block.len()).min(j + long.len());
    if from < to {
        let met = &long[from - j..to - j];
        block[from - start..to - start].iter_mut().zip(met).for_each(|(out, x)| *out += tap * x);
    }
}
