//! RANGE frames with offsets: all rows whose value is within the offsets of the row's.

use std::cmp::Ordering;
use std::ops::Range;

use arrow::array::{Array, ArrayRef};
use datafusion::common::Result;

use super::bounds::{Layout, numbers_of};
use super::keys::{Difference, Keys, Targets};
use super::spec::{Bound, FrameSpec};

/// The start and the exclusive end of each frame.
pub(super) fn value_bounds(
    spec: &FrameSpec,
    layout: &Layout,
    column: &ArrayRef,
) -> Result<(Vec<usize>, Vec<usize>)> {
    let options = layout.direction;
    let keys = Keys::of(column)?;
    let search = Search {
        targets: [
            targets(&keys, &spec.start, options.descending)?,
            targets(&keys, &spec.end, options.descending)?,
        ],
        keys,
        is_descending: options.descending,
    };
    let peers_of = numbers_of(&layout.peers, layout.rows);
    let (mut starts, mut ends) = (Vec::with_capacity(layout.rows), Vec::with_capacity(layout.rows));
    for partition in layout.partitions.ranges() {
        let valued = valued(column, &partition, options.nulls_first);
        let (mut start, mut end) = (valued.start, valued.start);
        for row in partition.clone() {
            let peers = layout.peers.range(peers_of[row]);
            let has_value = valued.contains(&row);
            starts.push(match spec.start {
                Bound::Unbounded => partition.start,
                Bound::Before(_) | Bound::After(_) if has_value => {
                    start = search.first(0, row, &valued, start);
                    start
                }
                _ => peers.start,
            });
            ends.push(match spec.end {
                Bound::Unbounded => partition.end,
                Bound::Before(_) | Bound::After(_) if has_value => {
                    end = search.first(1, row, &valued, end);
                    end
                }
                _ => peers.end,
            });
        }
    }
    Ok((starts, ends))
}

/// Rejects an offset that cannot be added to the values of a column; the column may be empty.
///
/// # Errors A column type without differences, a negative offset, an offset of another type.
pub(crate) fn check_offsets(spec: &FrameSpec, column: &ArrayRef) -> Result<()> {
    let keys = Keys::of(column)?;
    targets(&keys, &spec.start, false)?;
    targets(&keys, &spec.end, false)?;
    Ok(())
}

fn targets(keys: &Keys, bound: &Bound, is_descending: bool) -> Result<Option<Targets>> {
    let difference = match bound {
        Bound::Before(text) => Difference { text, is_before: true },
        Bound::After(text) => Difference { text, is_before: false },
        Bound::Unbounded | Bound::CurrentRow | Bound::Count(_) => return Ok(None),
    };
    keys.moved(difference, is_descending).map(Some)
}

/// The rows of a partition with a non-NULL value; the others are peers at one of its ends.
fn valued(column: &ArrayRef, partition: &Range<usize>, nulls_first: bool) -> Range<usize> {
    let nulls =
        column.logical_nulls().map_or(0, |nulls| nulls.slice(partition.start, partition.len()).null_count());
    if nulls_first { partition.start + nulls..partition.end } else { partition.start..partition.end - nulls }
}

struct Search {
    keys: Keys,
    /// The targets of the start and of the end.
    targets: [Option<Targets>; 2],
    is_descending: bool,
}

impl Search {
    /// The first row at or after the start (side 0), or the first after the end (side 1). The search starts
    /// at the result of the previous row: bounds move forward, except that months of different lengths may
    /// move them back a little.
    fn first(&self, side: usize, row: usize, within: &Range<usize>, from: usize) -> usize {
        let Some(targets) = &self.targets[side] else { return from };
        let is_reached = |at: usize| {
            let order = self.keys.compare(at, targets, row);
            let order = if self.is_descending { order.reverse() } else { order };
            if side == 0 { order != Ordering::Less } else { order == Ordering::Greater }
        };
        seek(within, from, is_reached)
    }
}

/// The partition point of a monotonic predicate in a range, including its end; it is found fastest near
/// `from`.
fn seek(within: &Range<usize>, from: usize, holds: impl Fn(usize) -> bool) -> usize {
    let (mut low, mut high);
    if from < within.end && !holds(from) {
        let mut step = 1;
        low = from + 1;
        high = within.end;
        while low + step < within.end {
            if holds(low + step) {
                high = low + step;
                break;
            }
            low += step + 1;
            step *= 2;
        }
    } else if from == within.start || !holds(from - 1) {
        return from;
    } else {
        (low, high) = (within.start, from - 1);
    }
    while low < high {
        let middle = low + (high - low) / 2;
        if holds(middle) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    low
}
