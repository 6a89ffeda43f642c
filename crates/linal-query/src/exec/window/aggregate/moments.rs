//! Variances and standard deviations.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, Float64Builder};
use arrow::buffer::NullBuffer;

use super::fold::{Fold, over_frames};
use super::numbers;
use crate::exec::window::frame::Frames;

/// The statistic that is computed from the squares.
#[derive(Clone, Copy)]
pub(super) struct Spread {
    is_population: bool,
    is_root: bool,
}

impl Spread {
    pub fn of(name: &str) -> Option<Spread> {
        let (is_population, is_root) = match name {
            "var" => (false, false),
            "var_pop" => (true, false),
            "stddev" => (false, true),
            "stddev_pop" => (true, true),
            _ => return None,
        };
        Some(Spread { is_population, is_root })
    }
}

/// Welford's moments: merging them loses no digits, as subtracting squares of sums would.
#[derive(Clone, Copy)]
struct Moments {
    count: f64,
    mean: f64,
    /// The sum of squared deviations from the mean.
    squares: f64,
}

struct Numbers<'a> {
    numbers: &'a [f64],
    nulls: Option<NullBuffer>,
}

impl Fold for Numbers<'_> {
    type State = Moments;

    fn empty(&self) -> Moments {
        Moments { count: 0.0, mean: 0.0, squares: 0.0 }
    }

    fn add(&self, state: &mut Moments, row: usize) {
        if self.nulls.as_ref().is_some_and(|nulls| nulls.is_null(row)) {
            return;
        }
        let distance = self.numbers[row] - state.mean;
        state.count += 1.0;
        state.mean += distance / state.count;
        state.squares += distance * (self.numbers[row] - state.mean);
    }

    fn join(&self, left: &Moments, right: &Moments) -> Moments {
        if left.count == 0.0 {
            return *right;
        }
        if right.count == 0.0 {
            return *left;
        }
        let count = left.count + right.count;
        let distance = right.mean - left.mean;
        Moments {
            count,
            mean: left.mean + distance * (right.count / count),
            squares: left.squares + right.squares + distance * distance * (left.count * right.count / count),
        }
    }
}

/// The statistic of each frame; NULL without numbers, and for a sample statistic of a single number.
pub(super) fn spread(spread: Spread, values: &ArrayRef, frames: &Frames) -> ArrayRef {
    let fold = Numbers { numbers: numbers(values), nulls: values.logical_nulls() };
    let less = if spread.is_population { 0.0 } else { 1.0 };
    let mut results = Float64Builder::with_capacity(frames.len());
    over_frames(&fold, values.len(), frames, |state| {
        let variance = (state.count > less).then(|| state.squares / (state.count - less));
        results.append_option(if spread.is_root { variance.map(f64::sqrt) } else { variance });
    });
    Arc::new(results.finish())
}
