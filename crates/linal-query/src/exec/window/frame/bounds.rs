//! Frames as ranges of row numbers.

use std::ops::Range;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, BooleanArray};
use arrow::compute::SortOptions;
use datafusion::common::{Result, internal_err};

use super::range::value_bounds;
use super::spec::{Bound, Exclusion, FrameSpec, Units};
use crate::exec::window::rows::Groups;

/// The layout of a window's rows: partitions, their peers, and the direction of the order.
pub(crate) struct Layout {
    pub partitions: Arc<Groups>,
    pub peers: Arc<Groups>,
    /// The direction of the first ORDER BY column.
    pub direction: SortOptions,
    pub rows: usize,
}

/// The rows of each frame. Row numbers count all rows, so that frames of different partitions are disjoint.
pub(crate) struct Frames {
    starts: Vec<usize>,
    ends: Vec<usize>,
    exclusion: Exclusion,
    peers: Arc<Groups>,
    /// The peer group of each row, if an exclusion needs it.
    peers_of: Vec<usize>,
    /// The number of rows before each row that pass a FILTER; frames then count such rows only.
    passing: Option<Vec<usize>>,
}

/// The ranges of a frame, in order; an exclusion leaves up to three.
pub(crate) type Pieces = [Range<usize>; 3];

impl Frames {
    /// `values` are those of a RANGE frame with offsets.
    pub fn new(spec: &FrameSpec, layout: &Layout, values: Option<&ArrayRef>) -> Result<Frames> {
        let mut frames = Frames {
            starts: Vec::with_capacity(layout.rows),
            ends: Vec::with_capacity(layout.rows),
            exclusion: spec.exclusion,
            peers: layout.peers.clone(),
            peers_of: Vec::new(),
            passing: None,
        };
        if spec.exclusion != Exclusion::NoOthers {
            frames.peers_of = numbers_of(&layout.peers, layout.rows);
        }
        match spec.units {
            Units::Rows => frames.rows(spec, layout)?,
            Units::Groups => frames.groups(spec, layout)?,
            Units::Range => match values {
                Some(values) => (frames.starts, frames.ends) = value_bounds(spec, layout, values)?,
                None => return internal_err!("RANGE with an offset over other than one column"),
            },
        }
        Ok(frames)
    }

    pub fn len(&self) -> usize {
        self.starts.len()
    }

    fn rows(&mut self, spec: &FrameSpec, layout: &Layout) -> Result<()> {
        let (start, end) = (row_offset(&spec.start)?, row_offset(&spec.end)?);
        for partition in layout.partitions.ranges() {
            for row in partition.clone() {
                self.starts.push(start.map_or(partition.start, |by| shifted(row, by, &partition)));
                // The end is exclusive.
                self.ends
                    .push(end.map_or(partition.end, |by| shifted(row, by.saturating_add(1), &partition)));
            }
        }
        Ok(())
    }

    fn groups(&mut self, spec: &FrameSpec, layout: &Layout) -> Result<()> {
        let (start, end) = (row_offset(&spec.start)?, row_offset(&spec.end)?);
        let peers = &layout.peers;
        let mut first = 0;
        for partition in layout.partitions.ranges() {
            let mut last = first;
            while last < peers.len() && peers.range(last).start < partition.end {
                last += 1;
            }
            let groups = first..last;
            for group in groups.clone() {
                let start =
                    start.map_or(partition.start, |by| edge(peers, shifted(group, by, &groups), &partition));
                let end = end.map_or(partition.end, |by| {
                    edge(peers, shifted(group, by.saturating_add(1), &groups), &partition)
                });
                let rows = peers.range(group).len();
                self.starts.extend(std::iter::repeat_n(start, rows));
                self.ends.extend(std::iter::repeat_n(end, rows));
            }
            first = last;
        }
        Ok(())
    }

    /// The same frames, reduced to the rows that pass a FILTER.
    pub fn filtered(mut self, mask: &BooleanArray) -> Frames {
        let mut passing = Vec::with_capacity(mask.len() + 1);
        let mut count = 0;
        passing.push(count);
        for row in 0..mask.len() {
            count += usize::from(mask.is_valid(row) && mask.value(row));
            passing.push(count);
        }
        self.passing = Some(passing);
        self
    }

    /// Whether every frame is a single range.
    pub fn is_whole(&self) -> bool {
        self.exclusion == Exclusion::NoOthers
    }

    /// The frame of a row before its exclusion; empty if it ends before it starts.
    pub fn whole(&self, row: usize) -> Range<usize> {
        let start = self.starts[row];
        self.counted(start..self.ends[row].max(start))
    }

    /// The ranges of a row's frame.
    pub fn pieces(&self, row: usize) -> Pieces {
        let frame = self.starts[row]..self.ends[row].max(self.starts[row]);
        if self.is_whole() {
            return [self.counted(frame), 0..0, 0..0];
        }
        let peers = self.peers.range(self.peers_of[row]);
        let (hole, kept) = match self.exclusion {
            Exclusion::NoOthers | Exclusion::CurrentRow => (row..row + 1, 0..0),
            Exclusion::Group => (peers, 0..0),
            Exclusion::Ties => (peers, row..row + 1),
        };
        let clip = |range: Range<usize>| {
            let start = range.start.clamp(frame.start, frame.end);
            self.counted(start..range.end.clamp(start, frame.end))
        };
        [clip(frame.start..hole.start), clip(kept), clip(hole.end..frame.end)]
    }

    fn counted(&self, range: Range<usize>) -> Range<usize> {
        match &self.passing {
            Some(passing) => passing[range.start]..passing[range.end],
            None => range,
        }
    }
}

/// The group of each row.
pub(crate) fn numbers_of(groups: &Groups, rows: usize) -> Vec<usize> {
    let mut numbers = Vec::with_capacity(rows);
    for (number, range) in groups.ranges().enumerate() {
        numbers.extend(std::iter::repeat_n(number, range.len()));
    }
    numbers
}

/// The offset of a bound from the current row or group; `None` if it is an end of the partition.
fn row_offset(bound: &Bound) -> Result<Option<i64>> {
    match bound {
        Bound::Unbounded => Ok(None),
        Bound::CurrentRow => Ok(Some(0)),
        Bound::Count(before) => Ok(Some(before.saturating_neg())),
        Bound::Before(_) | Bound::After(_) => internal_err!("a difference of values counts no rows"),
    }
}

/// A position moved by an offset, clamped to a range including its end.
fn shifted(place: usize, by: i64, range: &Range<usize>) -> usize {
    let steps = usize::try_from(by.unsigned_abs()).unwrap_or(usize::MAX);
    if by < 0 {
        place.saturating_sub(steps).max(range.start)
    } else {
        place.saturating_add(steps).min(range.end)
    }
}

/// The first row of a group; the end of the partition after its last group.
fn edge(peers: &Groups, group: usize, partition: &Range<usize>) -> usize {
    if group < peers.len() { peers.range(group).start.min(partition.end) } else { partition.end }
}
