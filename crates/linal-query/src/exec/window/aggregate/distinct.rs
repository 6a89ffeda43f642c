//! `COUNT(DISTINCT x)`.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, Int64Array};
use arrow::row::{RowConverter, SortField};
use datafusion::common::Result;

use crate::exec::window::frame::Frames;

/// The number of distinct non-NULL values in each frame.
pub(super) fn count(values: &ArrayRef, frames: &Frames) -> Result<ArrayRef> {
    let numbers = numbered(values)?;
    let mut counted = Counted::new(&numbers);
    let counts: Int64Array = (0..frames.len())
        .map(|row| {
            let count = if frames.is_whole() {
                counted.of(frames.whole(row))
            } else {
                counted.of_pieces(&frames.pieces(row))
            };
            Some(count as i64)
        })
        .collect();
    Ok(Arc::new(counts))
}

/// Numbers the distinct values from 0; `None` for NULL.
fn numbered(values: &ArrayRef) -> Result<Vec<Option<usize>>> {
    let converter = RowConverter::new(vec![SortField::new(values.data_type().clone())])?;
    let keys = converter.convert_columns(std::slice::from_ref(values))?;
    let nulls = values.logical_nulls();
    let mut known = HashMap::new();
    let number = |row: usize| {
        let next = known.len();
        let is_valid = nulls.as_ref().is_none_or(|nulls| nulls.is_valid(row));
        is_valid.then(|| *known.entry(keys.row(row)).or_insert(next))
    };
    Ok((0..values.len()).map(number).collect())
}

/// The count of each value in a sliding frame.
struct Counted<'a> {
    numbers: &'a [Option<usize>],
    times: Vec<usize>,
    different: usize,
    rows: Range<usize>,
}

impl<'a> Counted<'a> {
    fn new(numbers: &'a [Option<usize>]) -> Counted<'a> {
        let values = numbers.iter().flatten().max().map_or(0, |last| last + 1);
        Counted { numbers, times: vec![0; values], different: 0, rows: 0..0 }
    }

    /// The distinct values of a frame, updated from the last one. Counts are integers, so retraction is
    /// exact.
    fn of(&mut self, frame: Range<usize>) -> usize {
        if frame.start >= self.rows.end || frame.end <= self.rows.start {
            self.rows.clone().for_each(|row| self.leave(row));
            self.rows = frame.start..frame.start;
        }
        (frame.start..self.rows.start).for_each(|row| self.enter(row));
        (self.rows.end..frame.end).for_each(|row| self.enter(row));
        (self.rows.start..frame.start).for_each(|row| self.leave(row));
        (frame.end..self.rows.end).for_each(|row| self.leave(row));
        self.rows = frame;
        self.different
    }

    /// The distinct values of several ranges, counted as one frame with gaps.
    fn of_pieces(&mut self, pieces: &[Range<usize>]) -> usize {
        let filled = || pieces.iter().filter(|piece| !piece.is_empty());
        let (Some(start), Some(end)) =
            (filled().map(|piece| piece.start).min(), filled().map(|piece| piece.end).max())
        else {
            return 0;
        };
        self.of(start..end);
        let starts = filled().map(|piece| piece.start).skip(1).chain([end]);
        let holes: Vec<Range<usize>> = filled().zip(starts).map(|(piece, next)| piece.end..next).collect();
        holes.iter().cloned().flatten().for_each(|row| self.leave(row));
        let different = self.different;
        holes.into_iter().flatten().for_each(|row| self.enter(row));
        different
    }

    fn enter(&mut self, row: usize) {
        if let Some(number) = self.numbers[row] {
            self.different += usize::from(self.times[number] == 0);
            self.times[number] += 1;
        }
    }

    fn leave(&mut self, row: usize) {
        if let Some(number) = self.numbers[row] {
            self.times[number] -= 1;
            self.different -= usize::from(self.times[number] == 0);
        }
    }
}
