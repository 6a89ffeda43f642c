//! Signals scaled to magnitude 1 by a power of two, and products scaled back.
//!
//! Scaling by a power of two is exact. It keeps the sums inside a transform from overflow and underflow when
//! the result itself has neither.

use crate::signal::poll::check;
use crate::signal::transform::{STEP, collect, for_each_block};
use crate::signal::{Poll, SignalError};

/// A finite signal scaled to a largest magnitude in `[1, 2)`, and the exponent that undoes it.
pub(super) struct Scaled {
    /// The scaled values; NaN and infinities are 0.
    pub(super) values: Vec<f64>,
    exponent: i32,
    /// Whether every finite value was an integer.
    integral: bool,
    /// The Euclidean norm of the scaled values.
    norm: f64,
}

impl Scaled {
    pub(super) fn of(signal: &[f64], poll: Poll<'_>) -> Result<Self, SignalError> {
        let finite = |x: f64| if x.is_finite() { x } else { 0.0 };
        let (mut largest, mut integral) = (0.0_f64, true);
        for block in signal.chunks(STEP) {
            check(poll)?;
            for x in block.iter().map(|x| finite(*x)) {
                largest = largest.max(x.abs());
                integral &= x.fract() == 0.0;
            }
        }
        let exponent = exponent(largest);
        let scale = power_of_two(-exponent);
        let values = collect(signal.len(), poll, |i| finite(signal[i]) * scale)?;
        let mut squares = 0.0;
        for block in values.chunks(STEP) {
            check(poll)?;
            squares += block.iter().map(|x| x * x).sum::<f64>();
        }
        Ok(Self { values, exponent, integral, norm: squares.sqrt() })
    }
}

/// Scales a product of two scaled signals back. Rounds it when both signals are integers and the error bound
/// of the transform is below a half.
pub(super) fn restore(
    product: &mut [f64],
    x: &Scaled,
    y: &Scaled,
    size: usize,
    poll: Poll<'_>,
) -> Result<(), SignalError> {
    let exponent = x.exponent + y.exponent;
    // In two steps, because the product of both scales may lie beyond the range of a float.
    let (first, second) = (power_of_two(exponent / 2), power_of_two(exponent - exponent / 2));
    let error = 16.0 * f64::EPSILON * (size as f64).log2() * x.norm * y.norm * first * second;
    let round = x.integral && y.integral && error < 0.25;
    for_each_block(product, poll, |_, block| {
        for value in block {
            *value *= first;
            *value *= second;
            if round {
                // Adding 0 turns the -0 that a small negative error rounds to into 0.
                *value = value.round() + 0.0;
            }
        }
    })
}

/// The exponent of a float, clamped to those of normal numbers; that of 0 is 0.
fn exponent(x: f64) -> i32 {
    match x {
        0.0 => 0,
        _ => (((x.to_bits() >> 52) & 0x7ff) as i32 - 1023).clamp(-1022, 1022),
    }
}

/// `2^exponent` for an exponent of a normal number.
fn power_of_two(exponent: i32) -> f64 {
    f64::from_bits(((exponent + 1023) as u64) << 52)
}
