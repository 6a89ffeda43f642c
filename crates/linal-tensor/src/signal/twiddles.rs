//! Twiddle factors: roots of unity of any order, from two short tables.

use std::f64::consts::TAU;

use num_complex::Complex64;
use rustfft::FftDirection;

/// The twiddle factors `exp(-2πi k / n)` of a forward transform, or their conjugates for an inverse one.
///
/// A table of all `n` would be as large as the signal. Each factor is the product of one of about `√n` coarse
/// and one of about `√n` fine ones instead, which costs one rounding.
pub(super) struct Twiddles {
    coarse: Vec<Complex64>,
    fine: Vec<Complex64>,
    shift: u32,
}

impl Twiddles {
    pub(super) fn new(n: usize, direction: FftDirection) -> Self {
        let shift = n.max(1).ilog2() / 2;
        let sign = match direction {
            FftDirection::Forward => -1.0,
            FftDirection::Inverse => 1.0,
        };
        let root = |k: usize| Complex64::cis(sign * TAU * (k as f64 / n as f64));
        Self {
            coarse: (0..=n >> shift).map(|k| root(k << shift)).collect(),
            fine: (0..1_usize << shift).map(root).collect(),
            shift,
        }
    }

    /// Factor `k`, which is at most `n`.
    #[inline]
    pub(super) fn at(&self, k: usize) -> Complex64 {
        self.coarse[k >> self.shift] * self.fine[k & ((1 << self.shift) - 1)]
    }
}
