//! Which algorithm is cheaper, from costs in nanoseconds, of which only the ratios matter.

use std::ops::Range;

/// One multiplication and addition of the direct sum.
const MULTIPLY_ADD: f64 = 0.19;
/// One point of a real transform, for each doubling of its length.
const BUTTERFLY: f64 = 0.15;
/// One point of copying and of multiplying spectra.
const POINT: f64 = 1.5;
/// The overhead of a block.
const BLOCK: f64 = 200.0;
/// Kernels up to this length are summed directly: transforms are never faster.
const SHORT: usize = 24;

/// The transform length that convolves fastest, or `None` when the direct sum is faster.
pub(super) fn transform_size(long: usize, short: usize, range: &Range<usize>) -> Option<usize> {
    if short <= SHORT {
        return None;
    }
    let direct = MULTIPLY_ADD * range.len() as f64 * short as f64;
    let cost = |size| transform_cost(size, blocks(size, long, short, range));
    let costs = sizes(long, short, range).map(|size| (size, cost(size)));
    let (size, cost) = costs.min_by(|a, b| a.1.total_cmp(&b.1))?;
    (cost < direct).then_some(size)
}

/// The candidate transform lengths; each gives a correct result.
pub(super) fn sizes(long: usize, short: usize, range: &Range<usize>) -> impl Iterator<Item = usize> {
    let single = single_block_size(long, short, range);
    single.into_iter().chain(block_sizes(range.len(), short))
}

/// Blocks of `size - short + 1` outputs, unless one block of this size covers everything.
pub(super) fn blocks(size: usize, long: usize, short: usize, range: &Range<usize>) -> usize {
    match single_block_size(long, short, range) {
        Some(single) if size >= single => 1,
        _ => range.len().div_ceil(size + 1 - short),
    }
}

/// The cost of a transform of the kernel, and two of each block.
fn transform_cost(size: usize, blocks: usize) -> f64 {
    let points = size as f64;
    let transform = BUTTERFLY * points * points.log2();
    transform + blocks as f64 * (2.0 * transform + POINT * points + BLOCK)
}

/// The least fast length whose wrapped-around part lies outside of the range, so that one transform gives all
/// of it.
fn single_block_size(long: usize, short: usize, range: &Range<usize>) -> Option<usize> {
    let start = range.start.saturating_sub(short - 1);
    let input = long.min(range.end) - start;
    let wrapped = (input + short - 1).saturating_sub(range.start - start);
    fast_length(wrapped.max(range.end - start).max(input).max(short))
}

/// Lengths from twice the kernel on, up to the one that covers the range in one block.
fn block_sizes(outputs: usize, short: usize) -> impl Iterator<Item = usize> {
    let end = outputs.saturating_add(2 * short).saturating_mul(2);
    let first = short.checked_next_power_of_two().and_then(|size| size.checked_mul(2));
    std::iter::successors(first, |size| size.checked_mul(2)).take_while(move |size| *size < end)
}

/// The least even length from `n` on of the form `2^k` or `3 * 2^k`, which transforms run fastest at.
fn fast_length(n: usize) -> Option<usize> {
    let power = n.max(4).checked_next_power_of_two()?;
    let three_quarters = power / 4 * 3;
    Some(if three_quarters >= n { three_quarters } else { power })
}
