//! Ranks of rows: ROW_NUMBER, RANK, DENSE_RANK, PERCENT_RANK, CUME_DIST.

use std::ops::Range;
use std::sync::Arc;

use arrow::array::{ArrayRef, Float64Array, Int64Array};

use crate::exec::window::frame::Layout;

/// 1, 2, 3 and so on in each partition.
pub(super) fn row_number(layout: &Layout) -> ArrayRef {
    let numbers = layout.partitions.ranges().flat_map(|partition| 1..=partition.len() as i64);
    Arc::new(Int64Array::from_iter_values(numbers))
}

/// The row number of the first peer.
pub(super) fn rank(layout: &Layout) -> ArrayRef {
    counted(layout, |partition, peers, _| (peers.start - partition.start) as i64 + 1)
}

/// The number of peer groups up to the row's.
pub(super) fn dense_rank(layout: &Layout) -> ArrayRef {
    counted(layout, |_, _, group| group as i64 + 1)
}

/// The rank scaled to 0 to 1.
pub(super) fn percent_rank(layout: &Layout) -> ArrayRef {
    metered(layout, |partition, peers| match partition.len() {
        1 => 0.0,
        rows => (peers.start - partition.start) as f64 / (rows - 1) as f64,
    })
}

/// The fraction of the partition's rows up to the last peer.
pub(super) fn cume_dist(layout: &Layout) -> ArrayRef {
    metered(layout, |partition, peers| (peers.end - partition.start) as f64 / partition.len() as f64)
}

fn counted(layout: &Layout, value: impl Fn(&Range<usize>, &Range<usize>, usize) -> i64) -> ArrayRef {
    let mut values = Vec::with_capacity(layout.rows);
    each_peers(layout, |partition, peers, group| {
        values.extend(std::iter::repeat_n(value(partition, peers, group), peers.len()));
    });
    Arc::new(Int64Array::from(values))
}

fn metered(layout: &Layout, value: impl Fn(&Range<usize>, &Range<usize>) -> f64) -> ArrayRef {
    let mut values = Vec::with_capacity(layout.rows);
    each_peers(layout, |partition, peers, _| {
        values.extend(std::iter::repeat_n(value(partition, peers), peers.len()));
    });
    Arc::new(Float64Array::from(values))
}

/// Calls `visit` for each peer group with its partition and its number in it.
fn each_peers(layout: &Layout, mut visit: impl FnMut(&Range<usize>, &Range<usize>, usize)) {
    let mut group = 0;
    for partition in layout.partitions.ranges() {
        let first = group;
        while group < layout.peers.len() && layout.peers.range(group).start < partition.end {
            visit(&partition, &layout.peers.range(group), group - first);
            group += 1;
        }
    }
}
