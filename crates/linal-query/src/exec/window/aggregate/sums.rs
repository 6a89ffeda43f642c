//! SUM and AVG of floats.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, Float64Array, Float64Builder};
use arrow::buffer::NullBuffer;

use super::fold::{Fold, over_frames};
use super::numbers;
use crate::exec::window::frame::Frames;

struct Sum<'a> {
    numbers: &'a [f64],
    nulls: Option<NullBuffer>,
}

#[derive(Clone, Copy)]
struct Summed {
    sum: f64,
    count: u64,
}

impl Fold for Sum<'_> {
    type State = Summed;

    fn empty(&self) -> Summed {
        Summed { sum: 0.0, count: 0 }
    }

    fn add(&self, state: &mut Summed, row: usize) {
        if self.nulls.as_ref().is_none_or(|nulls| nulls.is_valid(row)) {
            state.sum += self.numbers[row];
            state.count += 1;
        }
    }

    fn join(&self, left: &Summed, right: &Summed) -> Summed {
        Summed { sum: left.sum + right.sum, count: left.count + right.count }
    }
}

/// The sum of each frame; NULL without numbers.
pub(super) fn sum(values: &ArrayRef, frames: &Frames) -> ArrayRef {
    each(values, frames, |state| state.sum)
}

/// The mean of each frame; NULL without numbers.
pub(super) fn mean(values: &ArrayRef, frames: &Frames) -> ArrayRef {
    each(values, frames, |state| state.sum / state.count as f64)
}

fn each(values: &ArrayRef, frames: &Frames, finish: impl Fn(&Summed) -> f64) -> ArrayRef {
    let fold = Sum { numbers: numbers(values), nulls: values.logical_nulls() };
    let mut results = Float64Builder::with_capacity(frames.len());
    over_frames(&fold, values.len(), frames, |state| {
        results.append_option((state.count > 0).then(|| finish(state)));
    });
    let results: Float64Array = results.finish();
    Arc::new(results)
}
