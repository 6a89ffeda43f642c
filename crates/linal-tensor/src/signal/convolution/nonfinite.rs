//! The contributions of NaN and infinities to a convolution whose finite part was computed by transforms.
//!
//! A transform of a block with one NaN is all NaN; the sum of products is NaN only where that element is part
//! of it.

use std::ops::Range;

use crate::signal::poll::PollBudget;
use crate::signal::{Poll, SignalError};

/// Adds the contributions of the elements that are not finite.
pub(super) fn add(
    part: &mut [f64],
    range: Range<usize>,
    a: &[f64],
    b: &[f64],
    poll: Poll<'_>,
) -> Result<(), SignalError> {
    for (x, y) in [(a, b), (b, a)] {
        if x.iter().all(|v| v.is_finite()) {
            continue;
        }
        add_nan(part, &range, x, y.len());
        add_infinite(part, &range, x, y, poll)?;
    }
    Ok(())
}

/// A NaN makes `reach` outputs from its index on NaN. One pass over the range, however many NaN there are.
fn add_nan(part: &mut [f64], range: &Range<usize>, x: &[f64], reach: usize) {
    let mut nan_until = 0;
    let first = (range.start + 1).saturating_sub(reach);
    let mut index = first;
    for (out, o) in part.iter_mut().zip(range.clone()) {
        while index <= o && index < x.len() {
            if x[index].is_nan() {
                nan_until = index + reach;
            }
            index += 1;
        }
        if o < nan_until {
            *out = f64::NAN;
        }
    }
}

/// An infinity is multiplied with every element of the other signal.
fn add_infinite(
    part: &mut [f64],
    range: &Range<usize>,
    x: &[f64],
    y: &[f64],
    poll: Poll<'_>,
) -> Result<(), SignalError> {
    let mut budget = PollBudget::default();
    for (i, infinite) in x.iter().enumerate().filter(|(_, v)| v.is_infinite()) {
        budget.spend(y.len(), poll)?;
        let (from, to) = (range.start.max(i), range.end.min(i + y.len()));
        if from < to {
            let outputs = &mut part[from - range.start..to - range.start];
            outputs.iter_mut().zip(&y[from - i..to - i]).for_each(|(out, v)| *out += infinite * v);
        }
    }
    Ok(())
}
