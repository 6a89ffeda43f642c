//! Interruptible sorting in place: quicksort partitions, down to chunks that the standard library sorts in a
//! few milliseconds. Between partitions the statement is polled, and both halves are sorted in parallel.

use std::cmp::Ordering;

use crate::{Control, Result};

/// Elements that are sorted at once. It does not depend on the threads, since equal elements may differ in
/// their bits.
const CHUNK: usize = 32 * 1024;

/// Elements from which one is selected at once.
const SELECT_CHUNK: usize = 128 * 1024;

/// Sorts by a strict order. The order of equal entries is unspecified.
pub(super) fn sort<T: Copy + Send>(
    entries: &mut [T],
    before: &(impl Fn(&T, &T) -> bool + Sync),
    threads: usize,
    control: &Control,
) -> Result<()> {
    sort_within(entries, before, threads, control, 2 * entries.len().max(1).ilog2())
}

fn sort_within<T: Copy + Send>(
    entries: &mut [T],
    before: &(impl Fn(&T, &T) -> bool + Sync),
    threads: usize,
    control: &Control,
    depth: u32,
) -> Result<()> {
    control.poll()?;
    // If pivots keep being bad, the standard library's sort has a better worst case.
    if entries.len() <= CHUNK || depth == 0 {
        entries.sort_unstable_by(|a, b| compare(before, a, b));
        return Ok(());
    }
    let (less, greater) = split(entries, before);
    if threads == 1 {
        sort_within(less, before, 1, control, depth - 1)?;
        return sort_within(greater, before, 1, control, depth - 1);
    }
    let (threads_left, threads_right) = split_threads(threads, less.len(), greater.len());
    let (left, right) = rayon::join(
        || sort_within(less, before, threads_left, control, depth - 1),
        || sort_within(greater, before, threads_right, control, depth - 1),
    );
    left.and(right)
}

/// The threads of both halves. If the statement may use all threads of the process, rayon balances them.
fn split_threads(threads: usize, left: usize, right: usize) -> (usize, usize) {
    if threads >= rayon::current_num_threads() {
        return (threads, threads);
    }
    let share = (threads * left / (left + right).max(1)).clamp(1, threads - 1);
    (share, threads - share)
}

/// Moves the entry of rank `rank` to that index, with smaller entries before it and larger ones after it.
pub(crate) fn select<T: Copy + Send>(
    entries: &mut [T],
    rank: usize,
    before: &(impl Fn(&T, &T) -> bool + Sync),
    control: &Control,
) -> Result<()> {
    let (mut rest, mut rank) = (entries, rank);
    let mut depth = 2 * rest.len().max(1).ilog2();
    while rest.len() > SELECT_CHUNK && depth > 0 {
        control.poll()?;
        let len = rest.len();
        let (less, greater) = split(rest, before);
        let end = len - greater.len();
        if rank >= less.len() && rank < end {
            return Ok(());
        }
        rest = if rank < end {
            less
        } else {
            rank -= end;
            greater
        };
        depth -= 1;
    }
    if rank < rest.len() {
        rest.select_nth_unstable_by(rank, |a, b| compare(before, a, b));
    }
    Ok(())
}

/// Partitions entries into those before a pivot and the others. If the partition is lopsided, as with many
/// equal entries, entries equal to the pivot are in neither part: they are in their final positions.
fn split<'e, T: Copy>(entries: &'e mut [T], before: &impl Fn(&T, &T) -> bool) -> (&'e mut [T], &'e mut [T]) {
    let pivot = pivot(entries, before);
    let less = partition(entries, |x| before(x, &pivot));
    let (low, high) = entries.split_at_mut(less);
    let lopsided = low.len() < high.len() / 8;
    let equal = if lopsided { partition(high, |x| !before(&pivot, x)) } else { 0 };
    (low, &mut high[equal..])
}

/// The median of 25 evenly spaced entries.
fn pivot<T: Copy>(entries: &[T], before: &impl Fn(&T, &T) -> bool) -> T {
    let mut sample: [T; 25] = std::array::from_fn(|i| entries[i * (entries.len() / 25)]);
    sample.sort_unstable_by(|a, b| compare(before, a, b));
    sample[12]
}

fn compare<T>(before: &impl Fn(&T, &T) -> bool, a: &T, b: &T) -> Ordering {
    if before(a, b) {
        Ordering::Less
    } else if before(b, a) {
        Ordering::Greater
    } else {
        Ordering::Equal
    }
}

/// Moves the entries of the front part to the front, without a branch on them, and returns their number.
pub(super) fn partition<T: Copy>(entries: &mut [T], front: impl Fn(&T) -> bool) -> usize {
    let mut end = 0;
    for i in 0..entries.len() {
        let x = entries[i];
        entries.swap(i, end);
        end += usize::from(front(&x));
    }
    end
}
