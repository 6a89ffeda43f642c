//! Complex transforms of any length that can be interrupted.
//!
//! A transform of `rustfft` cannot be interrupted. Up to [`MAX_UNSPLIT`] points it takes a few milliseconds.
//! A longer one is split into transforms of at most that size, and the poll is called between them: as a
//! matrix whose columns and rows are transformed (the four-step method), or, when the length has no such
//! factors, as a convolution with a chirp (Bluestein's method) whose own transforms are split.

use std::sync::Arc;

use num_complex::Complex64;
use rustfft::{Fft, FftDirection};

use super::SignalError;
use super::plan;
use super::poll::{Poll, PollBudget, check};
use super::twiddles::Twiddles;

/// The most points that are transformed without a call of the poll.
pub(super) const MAX_UNSPLIT: usize = 1 << 18;
/// Points of all columns or rows of one step: about the work between two calls of the poll.
pub(super) const STEP: usize = 1 << 17;
/// The most columns or rows of one step: 16 elements fill a few cache lines of each row that a step reads.
const WIDTH: usize = 16;
/// Unused elements between the rows of the workspace. Without them rows of a power of two would map to the
/// same cache lines.
const GAP: usize = 4;

/// A complex transform of one length and direction, unscaled.
pub(super) enum Transform {
    /// In one call of the library.
    Unsplit(Arc<dyn Fft<f64>>),
    /// As a matrix, by the four-step method.
    FourStep(FourStep),
    /// As a convolution, by Bluestein's method.
    Bluestein(Box<Bluestein>),
}

impl Transform {
    pub(super) fn new(n: usize, direction: FftDirection) -> Self {
        Self::within(n, direction, MAX_UNSPLIT)
    }

    /// As [`Transform::new`], with another limit than [`MAX_UNSPLIT`].
    pub(super) fn within(n: usize, direction: FftDirection, limit: usize) -> Self {
        if n <= limit {
            return Self::Unsplit(plan::complex(n, direction));
        }
        match FourStep::new(n, direction, limit) {
            Some(split) => Self::FourStep(split),
            None => Self::Bluestein(Box::new(Bluestein::new(n, direction, limit))),
        }
    }

    /// The transform of `data`, in place or in new memory.
    pub(super) fn run(
        &self,
        mut data: Vec<Complex64>,
        poll: Poll<'_>,
    ) -> Result<Vec<Complex64>, SignalError> {
        match self {
            Self::Unsplit(fft) => {
                fft.process(&mut data);
                Ok(data)
            }
            Self::FourStep(split) => split.run(data, poll),
            Self::Bluestein(bluestein) => bluestein.run(data, poll),
        }
    }

    /// Bytes of scratch that [`Transform::run`] needs besides its input.
    pub(super) fn scratch_bytes(n: usize) -> usize {
        let points = if n <= MAX_UNSPLIT || factors(n, MAX_UNSPLIT).is_some() {
            n
        } else {
            padded_len(n).saturating_mul(3)
        };
        points.saturating_mul(size_of::<Complex64>())
    }
}

/// A transform of `rows * columns` points as one of each column and one of each row.
pub(super) struct FourStep {
    rows: usize,
    columns: usize,
    down: Arc<dyn Fft<f64>>,
    across: Arc<dyn Fft<f64>>,
    twiddles: Twiddles,
}

impl FourStep {
    fn new(n: usize, direction: FftDirection, limit: usize) -> Option<Self> {
        let (rows, columns) = factors(n, limit)?;
        Some(Self {
            rows,
            columns,
            down: plan::complex(rows, direction),
            across: plan::complex(columns, direction),
            twiddles: Twiddles::new(n, direction),
        })
    }

    fn run(&self, mut data: Vec<Complex64>, poll: Poll<'_>) -> Result<Vec<Complex64>, SignalError> {
        self.transform_columns(&mut data, poll)?;
        self.transform_rows(&data, poll)
    }

    /// Transforms each column in place and multiplies element `(row, column)` by twiddle factor `row *
    /// column`.
    fn transform_columns(&self, data: &mut [Complex64], poll: Poll<'_>) -> Result<(), SignalError> {
        let mut work = Workspace::new(&self.down);
        for first in (0..self.columns).step_by(work.width) {
            check(poll)?;
            let width = work.width.min(self.columns - first);
            for (j, row) in data.chunks_exact(self.columns).enumerate() {
                for (lane, z) in row[first..first + width].iter().enumerate() {
                    work.lanes[lane * work.stride + j] = *z;
                }
            }
            work.transform(&*self.down, width);
            for (k, row) in data.chunks_exact_mut(self.columns).enumerate() {
                for (lane, z) in row[first..first + width].iter_mut().enumerate() {
                    *z = work.lanes[lane * work.stride + k] * self.twiddles.at(k * (first + lane));
                }
            }
        }
        Ok(())
    }

    /// Transforms each row; the transpose of the result is the spectrum.
    fn transform_rows(&self, data: &[Complex64], poll: Poll<'_>) -> Result<Vec<Complex64>, SignalError> {
        let mut output = zeros(data.len(), poll)?;
        let mut work = Workspace::new(&self.across);
        for first in (0..self.rows).step_by(work.width) {
            check(poll)?;
            let width = work.width.min(self.rows - first);
            let rows = data[first * self.columns..].chunks_exact(self.columns);
            for (lane, row) in work.lanes.chunks_mut(work.stride).zip(rows).take(width) {
                lane[..row.len()].copy_from_slice(row);
            }
            work.transform(&*self.across, width);
            for (k, row) in output.chunks_exact_mut(self.rows).enumerate() {
                for (lane, z) in row[first..first + width].iter_mut().enumerate() {
                    *z = work.lanes[lane * work.stride + k];
                }
            }
        }
        Ok(output)
    }
}

/// The columns or rows that are transformed in one step.
struct Workspace {
    lanes: Vec<Complex64>,
    scratch: Vec<Complex64>,
    width: usize,
    stride: usize,
}

impl Workspace {
    fn new(fft: &Arc<dyn Fft<f64>>) -> Self {
        let width = (STEP / fft.len()).clamp(1, WIDTH);
        let stride = fft.len() + GAP;
        let scratch = vec![Complex64::ZERO; fft.get_inplace_scratch_len()];
        Self { lanes: vec![Complex64::ZERO; width * stride], scratch, width, stride }
    }

    fn transform(&mut self, fft: &dyn Fft<f64>, width: usize) {
        for lane in self.lanes.chunks_mut(self.stride).take(width) {
            fft.process_with_scratch(&mut lane[..fft.len()], &mut self.scratch);
        }
    }
}

/// A transform as a convolution with a chirp: since `j k = (j² + k² - (k - j)²) / 2`, the sum over `j` is one
/// over `k - j`.
pub(super) struct Bluestein {
    n: usize,
    /// Factors of order `2n`, so that the halves of squares are integer exponents.
    twiddles: Twiddles,
    /// Points of the cyclic convolution: enough that the part that wraps around is not read.
    padded: usize,
    forward: Transform,
    inverse: Transform,
}

impl Bluestein {
    fn new(n: usize, direction: FftDirection, limit: usize) -> Self {
        let padded = padded_len(n);
        let part = |direction| match FourStep::new(padded, direction, limit) {
            Some(split) => Transform::FourStep(split),
            None => Transform::Unsplit(plan::complex(padded, direction)),
        };
        Self {
            n,
            twiddles: Twiddles::new(2 * n, direction),
            padded,
            forward: part(FftDirection::Forward),
            inverse: part(FftDirection::Inverse),
        }
    }

    fn run(&self, mut data: Vec<Complex64>, poll: Poll<'_>) -> Result<Vec<Complex64>, SignalError> {
        let kernel = self.kernel(poll)?;
        self.modulate(&mut data, 1.0, poll)?;
        grow(&mut data, self.padded, poll)?;
        let mut product = self.forward.run(data, poll)?;
        for_each_block(&mut product, poll, |start, block| {
            block.iter_mut().zip(&kernel[start..]).for_each(|(z, k)| *z *= k);
        })?;
        drop(kernel);
        let mut output = self.inverse.run(product, poll)?;
        output.truncate(self.n);
        self.modulate(&mut output, 1.0 / self.padded as f64, poll)?;
        Ok(output)
    }

    /// The spectrum of the conjugate chirp, which has `n - 1` points on each side of 0.
    fn kernel(&self, poll: Poll<'_>) -> Result<Vec<Complex64>, SignalError> {
        let mut kernel = zeros(self.padded, poll)?;
        let (mut square, mut budget) = (0, PollBudget::default());
        for j in 0..self.n {
            budget.spend(1, poll)?;
            let z = self.twiddles.at(square).conj();
            kernel[j] = z;
            kernel[(self.padded - j) % self.padded] = z;
            square = self.next_square(square, j);
        }
        self.forward.run(kernel, poll)
    }

    /// Multiplies point `j` by twiddle factor `j²` and by `scale`.
    fn modulate(&self, data: &mut [Complex64], scale: f64, poll: Poll<'_>) -> Result<(), SignalError> {
        let mut square = 0;
        for_each_block(data, poll, |start, block| {
            for (j, z) in (start..).zip(block) {
                *z *= self.twiddles.at(square) * scale;
                square = self.next_square(square, j);
            }
        })
    }

    /// `(j + 1)² mod 2n` from `j² mod 2n`, which does not exceed 64 bits.
    fn next_square(&self, square: usize, j: usize) -> usize {
        let next = square + 2 * j + 1;
        if next >= 2 * self.n { next - 2 * self.n } else { next }
    }
}

/// The factors `rows * columns = n` that are nearest to each other, if neither is above the limit.
fn factors(n: usize, limit: usize) -> Option<(usize, usize)> {
    let rows =
        (1..=n.isqrt()).rev().take_while(|rows| n.div_ceil(*rows) <= limit).find(|&r| n.is_multiple_of(r))?;
    Some((rows, n / rows))
}

/// The least of `2^k`, `3 * 2^k` and `5 * 2^k` that is long enough for the convolution of `n` points with a
/// chirp of `2n - 1`.
fn padded_len(n: usize) -> usize {
    let needed = 2 * n - 1;
    let two = needed.next_power_of_two();
    [two / 8 * 5, two / 4 * 3].into_iter().find(|&len| len >= needed).unwrap_or(two)
}

/// `n` zeros. A long vector takes a page fault for each page, so the poll is called between blocks.
pub(super) fn zeros(n: usize, poll: Poll<'_>) -> Result<Vec<Complex64>, SignalError> {
    let mut zeros = Vec::with_capacity(n);
    grow(&mut zeros, n, poll)?;
    Ok(zeros)
}

fn grow(values: &mut Vec<Complex64>, n: usize, poll: Poll<'_>) -> Result<(), SignalError> {
    values.reserve_exact(n - values.len());
    while values.len() < n {
        check(poll)?;
        values.resize(n.min(values.len() + STEP), Complex64::ZERO);
    }
    Ok(())
}

/// The values of `0..n`, with calls of the poll between blocks.
pub(super) fn collect<T>(
    n: usize,
    poll: Poll<'_>,
    value: impl Fn(usize) -> T,
) -> Result<Vec<T>, SignalError> {
    let mut values = Vec::with_capacity(n);
    while values.len() < n {
        check(poll)?;
        let end = n.min(values.len() + STEP);
        values.extend((values.len()..end).map(&value));
    }
    Ok(values)
}

/// Calls `visit` for blocks of a slice with the index of their first element, and the poll between blocks.
pub(super) fn for_each_block<T>(
    values: &mut [T],
    poll: Poll<'_>,
    mut visit: impl FnMut(usize, &mut [T]),
) -> Result<(), SignalError> {
    for (i, block) in values.chunks_mut(STEP).enumerate() {
        check(poll)?;
        visit(i * STEP, block);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signal::never;
    use std::cell::Cell;

    fn noise(n: usize) -> Vec<Complex64> {
        (0..n)
            .map(|k| Complex64::new((k * k % 1009) as f64 / 1009.0 - 0.5, (k * 7 % 31) as f64 / 31.0))
            .collect()
    }

    #[test]
    fn split_transforms_agree_with_unsplit_ones() {
        // Powers of 2, odd products, a prime, twice a prime, and lengths with a narrow last step.
        for n in [128, 130, 1000, 1024, 4096, 4095, 4099, 8198, 5003, 65537] {
            for direction in [FftDirection::Forward, FftDirection::Inverse] {
                let expected = Transform::within(n, direction, usize::MAX).run(noise(n), &never).unwrap();
                let largest = expected.iter().map(|z| z.norm()).fold(0.0, f64::max);
                let split = Transform::within(n, direction, 600.min(n - 1));
                assert!(!matches!(split, Transform::Unsplit(_)));
                let got = split.run(noise(n), &never).unwrap();
                assert_eq!(got.len(), n);
                for (k, (x, y)) in got.iter().zip(&expected).enumerate() {
                    assert!((x - y).norm() < 2e-15 * largest, "{n} points, bin {k}: {x}, expected {y}");
                }
            }
        }
    }

    #[test]
    fn a_length_without_suitable_factors_takes_bluesteins_method() {
        assert_eq!(factors(1 << 26, MAX_UNSPLIT), Some((1 << 13, 1 << 13)));
        assert_eq!(factors(2 * 33_554_467, MAX_UNSPLIT), None);
        assert!(matches!(Transform::within(4099, FftDirection::Forward, 600), Transform::Bluestein(_)));
        assert!(matches!(Transform::within(4096, FftDirection::Forward, 600), Transform::FourStep(_)));
        for n in [3, 5, 100, 641, 1025, 1281, 1537] {
            assert!(padded_len(n) >= 2 * n - 1, "{n}");
        }
    }

    #[test]
    fn a_long_transform_calls_the_poll_throughout() {
        for n in [1 << 20, 300_007] {
            let transform = Transform::new(n, FftDirection::Forward);
            let calls = Cell::new(0);
            let count = || {
                calls.set(calls.get() + 1);
                false
            };
            transform.run(noise(n), &count).unwrap();
            let all = calls.get();
            assert!(all > 16, "{n} points made {all} calls");
            // The call that returns true is the last one.
            for stop in [1, all / 2, all] {
                calls.set(0);
                let poll = || {
                    calls.set(calls.get() + 1);
                    calls.get() == stop
                };
                assert_eq!(transform.run(noise(n), &poll), Err(SignalError::Interrupted));
                assert_eq!(calls.get(), stop);
            }
        }
    }
}
