//! MEDIAN of floats.

use std::ops::Range;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, Float64Builder};
use arrow::buffer::NullBuffer;

use super::numbers;
use crate::exec::window::frame::Frames;

/// The median of each frame; NULL without numbers.
pub(super) fn median(values: &ArrayRef, frames: &Frames) -> ArrayRef {
    let mut window = Window {
        numbers: numbers(values),
        nulls: values.logical_nulls(),
        sorted: Sorted::default(),
        rows: 0..0,
    };
    let mut results = Float64Builder::with_capacity(frames.len());
    for row in 0..frames.len() {
        let pieces = frames.pieces(row);
        let filled = || pieces.iter().filter(|piece| !piece.is_empty());
        let start = filled().map(|piece| piece.start).min().unwrap_or(0);
        let end = filled().map(|piece| piece.end).max().unwrap_or(0);
        window.move_to(start..end);
        let nexts = filled().map(|piece| piece.start).skip(1).chain([end]);
        let holes: Vec<Range<usize>> = filled().zip(nexts).map(|(piece, next)| piece.end..next).collect();
        holes.iter().cloned().flatten().for_each(|row| window.leave(row));
        results.append_option(window.sorted.median());
        holes.into_iter().flatten().for_each(|row| window.enter(row));
    }
    Arc::new(results.finish())
}

/// The numbers of a sliding frame.
struct Window<'a> {
    numbers: &'a [f64],
    nulls: Option<NullBuffer>,
    sorted: Sorted,
    rows: Range<usize>,
}

impl Window<'_> {
    fn move_to(&mut self, frame: Range<usize>) {
        if frame.start >= self.rows.end || frame.end <= self.rows.start {
            self.sorted = Sorted::default();
            self.rows = frame.start..frame.start;
        }
        (frame.start..self.rows.start).for_each(|row| self.enter(row));
        (self.rows.end..frame.end).for_each(|row| self.enter(row));
        (self.rows.start..frame.start).for_each(|row| self.leave(row));
        (frame.end..self.rows.end).for_each(|row| self.leave(row));
        self.rows = frame;
    }

    fn is_valid(&self, row: usize) -> bool {
        self.nulls.as_ref().is_none_or(|nulls| nulls.is_valid(row))
    }

    fn enter(&mut self, row: usize) {
        if self.is_valid(row) {
            self.sorted.insert(self.numbers[row]);
        }
    }

    fn leave(&mut self, row: usize) {
        if self.is_valid(row) {
            self.sorted.remove(self.numbers[row]);
        }
    }
}

/// Numbers in a block of [`Sorted`] before it is split in half.
const BLOCK: usize = 512;

/// Numbers in ascending order, in blocks that are short enough for insertion.
#[derive(Default)]
struct Sorted {
    blocks: Vec<Vec<f64>>,
    count: usize,
}

impl Sorted {
    /// The first block whose last number is not less than a number.
    fn block_of(&self, number: f64) -> usize {
        self.blocks.partition_point(|block| block.last().is_none_or(|last| last.total_cmp(&number).is_lt()))
    }

    fn insert(&mut self, number: f64) {
        self.count += 1;
        let Some(last) = self.blocks.len().checked_sub(1) else {
            self.blocks.push(vec![number]);
            return;
        };
        let at = self.block_of(number).min(last);
        let block = &mut self.blocks[at];
        let place = block.partition_point(|known| known.total_cmp(&number).is_lt());
        block.insert(place, number);
        if block.len() > BLOCK {
            let half = block.split_off(BLOCK / 2);
            self.blocks.insert(at + 1, half);
        }
    }

    fn remove(&mut self, number: f64) {
        let at = self.block_of(number);
        let Some(block) = self.blocks.get_mut(at) else { return };
        let place = block.partition_point(|known| known.total_cmp(&number).is_lt());
        if place < block.len() {
            block.remove(place);
            self.count -= 1;
        }
        if block.is_empty() {
            self.blocks.remove(at);
        }
    }

    fn at(&self, mut place: usize) -> Option<f64> {
        for block in &self.blocks {
            if place < block.len() {
                return Some(block[place]);
            }
            place -= block.len();
        }
        None
    }

    /// The middle number, or the mean of the middle two.
    fn median(&self) -> Option<f64> {
        let upper = self.at(self.count / 2)?;
        if self.count % 2 == 1 {
            return Some(upper);
        }
        Some((self.at(self.count / 2 - 1)? + upper) / 2.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_stay_sorted() {
        let mut sorted = Sorted::default();
        let mut known: Vec<f64> = Vec::new();
        for step in 0..5_000u64 {
            let number = (step * 7_919 % 1_009) as f64;
            sorted.insert(number);
            known.push(number);
            if step % 3 == 0 {
                let gone = known.remove((step % 17) as usize % known.len());
                sorted.remove(gone);
            }
        }
        known.sort_by(f64::total_cmp);
        assert_eq!(sorted.count, known.len());
        assert_eq!(sorted.blocks.concat(), known);
        let middle = known.len() / 2;
        let median =
            if known.len() % 2 == 1 { known[middle] } else { (known[middle - 1] + known[middle]) / 2.0 };
        assert_eq!(sorted.median(), Some(median));
    }
}
