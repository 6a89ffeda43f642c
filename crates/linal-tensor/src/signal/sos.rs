//! Recursive filters as cascades of second-order sections, run forward and backward for zero phase.
//!
//! As `scipy.signal.sosfiltfilt`: odd padding, and the steady state of a step as the initial state.

use super::SignalError;
use super::poll::{Poll, check};

/// Samples between two calls of the poll.
const BLOCK: usize = 8192;

/// One second-order section: `b[0] + b[1]/z + b[2]/z^2` over `1 + a[0]/z + a[1]/z^2`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Section {
    /// Numerator.
    pub b: [f64; 3],
    /// Denominator after its leading 1.
    pub a: [f64; 2],
}

impl Section {
    /// Filters one sample (direct form II, transposed).
    #[inline]
    fn step(&self, x: f64, state: &mut [f64; 2]) -> f64 {
        let y = self.b[0] * x + state[0];
        state[0] = self.b[1] * x - self.a[0] * y + state[1];
        state[1] = self.b[2] * x - self.a[1] * y;
        y
    }

    /// The output's steady state for a constant input of 1.
    fn gain(&self) -> f64 {
        (self.b[0] + self.b[1] + self.b[2]) / (1.0 + self.a[0] + self.a[1])
    }

    /// The state after an infinitely long constant input of 1. A filter that starts from it has no transient.
    fn steady_state(&self) -> [f64; 2] {
        let rest = [self.b[1] - self.a[0] * self.b[0], self.b[2] - self.a[1] * self.b[0]];
        let first = (rest[0] + rest[1]) / (1.0 + self.a[0] + self.a[1]);
        [first, (1.0 + self.a[0]) * first - rest[0]]
    }
}

/// The states of a cascade after an infinitely long constant input of 1 to its first section.
pub(super) fn steady_states(sections: &[Section]) -> Vec<[f64; 2]> {
    let mut scale = 1.0;
    let scaled = |section: &Section| {
        let state = section.steady_state().map(|s| s * scale);
        scale *= section.gain();
        state
    };
    sections.iter().map(scaled).collect()
}

/// How many samples are added before and after a signal: three times the cascade's taps.
pub fn forward_backward_padding(sections: usize) -> usize {
    3 * (2 * sections + 1)
}

/// Filters a signal forward and then backward, which squares the gain and leaves no delay.
///
/// The ends are padded by an odd extension (the signal rotated about its end point) of
/// [`forward_backward_padding`] samples. The result has the length of the signal.
///
/// # Errors
/// [`SignalError::TooShortToFilter`] for a signal not longer than the padding; [`SignalError::Interrupted`].
pub fn filter_forward_backward(
    signal: &[f64],
    sections: &[Section],
    poll: Poll<'_>,
) -> Result<Vec<f64>, SignalError> {
    let padding = forward_backward_padding(sections.len());
    check_filtered_length(signal.len(), sections.len())?;
    let mut extended = odd_extension(signal, padding);
    let rest = steady_states(sections);
    filter(&mut extended, sections, &rest, poll)?;
    extended.reverse();
    filter(&mut extended, sections, &rest, poll)?;
    extended.reverse();
    extended.truncate(padding + signal.len());
    extended.drain(..padding);
    Ok(extended)
}

/// Checks that a signal is longer than the padding.
pub(super) fn check_filtered_length(length: usize, sections: usize) -> Result<(), SignalError> {
    let minimum = forward_backward_padding(sections) + 1;
    if length < minimum { Err(SignalError::TooShortToFilter { length, minimum }) } else { Ok(()) }
}

/// The signal with `padding` samples before and after it, mirrored about its end points in time and value.
/// The signal is longer than the padding.
fn odd_extension(signal: &[f64], padding: usize) -> Vec<f64> {
    let end = signal.len() - 1;
    let (first, last) = (signal[0], signal[end]);
    let mut extended = Vec::with_capacity(signal.len() + 2 * padding);
    extended.extend(signal[1..=padding].iter().rev().map(|x| 2.0 * first - x));
    extended.extend_from_slice(signal);
    extended.extend(signal[end - padding..end].iter().rev().map(|x| 2.0 * last - x));
    extended
}

/// Filters in place, starting from the steady state of the first sample.
fn filter(
    signal: &mut [f64],
    sections: &[Section],
    rest: &[[f64; 2]],
    poll: Poll<'_>,
) -> Result<(), SignalError> {
    let first = signal.first().copied().unwrap_or(0.0);
    let mut states: Vec<[f64; 2]> = rest.iter().map(|state| state.map(|s| s * first)).collect();
    for block in signal.chunks_mut(BLOCK) {
        check(poll)?;
        for x in block {
            *x = sections.iter().zip(&mut states).fold(*x, |x, (section, state)| section.step(x, state));
        }
    }
    Ok(())
}
