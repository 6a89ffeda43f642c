//! What NaN and infinities contribute to a convolution whose finite part came through transforms.
//!
//! A transform spreads one NaN over a whole block, where the sum of products has it only in the points that it meets.

use std::ops::Range;

use crate::signal::poll::Pace;
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

/// A NaN makes the `reach` outputs from its own place on NaN: one pass over the range, however many there are.
fn add_nan(part: &mut [f64], range: &Range<usize>, x: &[f64], reach: usize) {
    let mut spoilt_until = 0;
    let first = (range.start + 1).saturating_sub(reach);
    let mut place = first;
    for (out, o) in part.iter_mut().zip(range.clone()) {
        while place <= o && place < x.len() {
            if x[place].is_nan() {
                spoilt_until = place + reach;
            }
            place += 1;
        }
        if o < spoilt_until {
            *out = f64::NAN;
        }
    }
}

/// An infinity is multiplied with everything that it meets.
fn add_infinite(
    part: &mut [f64],
    range: &Range<usize>,
    x: &[f64],
    y: &[f64],
    poll: Poll<'_>,
) -> Result<(), SignalError> {
    let mut pace = Pace::default();
    for (i, infinite) in x.iter().enumerate().filter(|(_, v)| v.is_infinite()) {
        pace.spend(y.len(), poll)?;
        let (from, to) = (range.start.max(i), range.end.min(i + y.len()));
        if from < to {
            let outputs = &mut part[from - range.start..to - range.start];
            outputs.iter_mut().zip(&y[from - i..to - i]).for_each(|(out, v)| *out += infinite * v);
        }
    }
    Ok(())
}
