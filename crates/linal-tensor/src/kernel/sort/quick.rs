//! Sorting in place that can be stopped: partitions down to what the standard library sorts in a few milliseconds.
//!
//! The partitions are those that a quicksort would make anyway, so nothing is computed twice; between them the
//! statement's flag is looked at, and the halves are shared out over threads.

use std::cmp::Ordering;

use crate::{Control, Result};

/// Elements that are sorted at once. The same for any number of threads, for equal elements may differ in their bits.
const CHUNK: usize = 32 * 1024;

/// Elements among which one is selected at once.
const SELECTED: usize = 128 * 1024;

/// Sorts by an order without equal or incomparable entries that matter.
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
    // Where the pivots keep failing, the standard library's sort has a better way out.
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

/// The threads of both halves. Those of a statement that may use all of the process come as they are free.
fn split_threads(threads: usize, left: usize, right: usize) -> (usize, usize) {
    if threads >= rayon::current_num_threads() {
        return (threads, threads);
    }
    let share = (threads * left / (left + right).max(1)).clamp(1, threads - 1);
    (share, threads - share)
}

/// Moves the entry that sorting would put at `place` there, smaller ones before it and larger ones behind it.
pub(crate) fn select<T: Copy + Send>(
    entries: &mut [T],
    place: usize,
    before: &(impl Fn(&T, &T) -> bool + Sync),
    control: &Control,
) -> Result<()> {
    let (mut rest, mut place) = (entries, place);
    let mut depth = 2 * rest.len().max(1).ilog2();
    while rest.len() > SELECTED && depth > 0 {
        control.poll()?;
        let len = rest.len();
        let (less, greater) = split(rest, before);
        let behind = len - greater.len();
        if place >= less.len() && place < behind {
            return Ok(());
        }
        rest = if place < behind {
            less
        } else {
            place -= behind;
            greater
        };
        depth -= 1;
    }
    if place < rest.len() {
        rest.select_nth_unstable_by(place, |a, b| compare(before, a, b));
    }
    Ok(())
}

/// Splits entries into those before a pivot and those behind it. What equals the pivot lies in between, in its place,
/// when there is so much on the one side that many entries may be equal; else it counts among those behind.
fn split<'e, T: Copy>(entries: &'e mut [T], before: &impl Fn(&T, &T) -> bool) -> (&'e mut [T], &'e mut [T]) {
    let pivot = pivot(entries, before);
    let less = partition(entries, |x| before(x, &pivot));
    let (low, high) = entries.split_at_mut(less);
    let lopsided = low.len() < high.len() / 8;
    let equal = if lopsided { partition(high, |x| !before(&pivot, x)) } else { 0 };
    (low, &mut high[equal..])
}

/// The median of 25 entries, spread evenly.
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

/// Moves the entries that belong to the front there, without a branch on them, and gives their number.
pub(super) fn partition<T: Copy>(entries: &mut [T], front: impl Fn(&T) -> bool) -> usize {
    let mut end = 0;
    for i in 0..entries.len() {
        let x = entries[i];
        entries.swap(i, end);
        end += usize::from(front(&x));
    }
    end
}
