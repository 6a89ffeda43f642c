//! Complex transforms of any length that can be stopped on the way.
//!
//! A transform of `rustfft` runs to its end. Up to [`WHOLE`] points that takes a few milliseconds. A longer one is cut
//! into transforms of that size at most, with a look at the poll between them: as a matrix whose columns and rows are
//! transformed (the four-step method), or, when the length has no such factors, as a convolution with a chirp
//! (Bluestein's method) whose own transforms are cut.

use std::sync::Arc;

use num_complex::Complex64;
use rustfft::{Fft, FftDirection};

use super::SignalError;
use super::plan;
use super::poll::{Pace, Poll, check};
use super::roots::Roots;

/// The most points that are transformed without a look at the poll.
pub(super) const WHOLE: usize = 1 << 18;
/// Points that the columns or rows of one step have together, and so about the work between two looks at the poll.
pub(super) const STEP: usize = 1 << 17;
/// The most columns or rows of one step: 16 elements fill a few cache lines of each row that a step touches.
const WIDTH: usize = 16;
/// Unused elements between the rows of the work space. Without them rows of a power of two would all fall into the
/// same lines of the cache.
const GAP: usize = 4;

/// A complex transform of one length and direction, unscaled.
pub(super) enum Transform {
    /// In one go.
    Whole(Arc<dyn Fft<f64>>),
    /// As a matrix.
    Split(Split),
    /// As a convolution.
    Chirp(Box<Chirp>),
}

impl Transform {
    pub(super) fn new(n: usize, direction: FftDirection) -> Self {
        Self::within(n, direction, WHOLE)
    }

    /// The same with another limit than [`WHOLE`].
    pub(super) fn within(n: usize, direction: FftDirection, limit: usize) -> Self {
        if n <= limit {
            return Self::Whole(plan::complex(n, direction));
        }
        match Split::new(n, direction, limit) {
            Some(split) => Self::Split(split),
            None => Self::Chirp(Box::new(Chirp::new(n, direction, limit))),
        }
    }

    /// The transform of `data`, in its memory or in other.
    pub(super) fn run(
        &self,
        mut data: Vec<Complex64>,
        poll: Poll<'_>,
    ) -> Result<Vec<Complex64>, SignalError> {
        match self {
            Self::Whole(fft) => {
                fft.process(&mut data);
                Ok(data)
            }
            Self::Split(split) => split.run(data, poll),
            Self::Chirp(chirp) => chirp.run(data, poll),
        }
    }

    /// Bytes of scratch that [`Transform::run`] needs besides its input.
    pub(super) fn scratch_bytes(n: usize) -> usize {
        let points =
            if n <= WHOLE || factors(n, WHOLE).is_some() { n } else { padded_len(n).saturating_mul(3) };
        points.saturating_mul(size_of::<Complex64>())
    }
}

/// A transform of `rows * columns` points as one of each column and one of each row.
pub(super) struct Split {
    rows: usize,
    columns: usize,
    down: Arc<dyn Fft<f64>>,
    across: Arc<dyn Fft<f64>>,
    roots: Roots,
}

impl Split {
    fn new(n: usize, direction: FftDirection, limit: usize) -> Option<Self> {
        let (rows, columns) = factors(n, limit)?;
        Some(Self {
            rows,
            columns,
            down: plan::complex(rows, direction),
            across: plan::complex(columns, direction),
            roots: Roots::new(n, direction),
        })
    }

    fn run(&self, mut data: Vec<Complex64>, poll: Poll<'_>) -> Result<Vec<Complex64>, SignalError> {
        self.transform_columns(&mut data, poll)?;
        self.transform_rows(&data, poll)
    }

    /// Transforms each column in its place and turns element `(row, column)` by root `row * column`.
    fn transform_columns(&self, data: &mut [Complex64], poll: Poll<'_>) -> Result<(), SignalError> {
        let mut work = Work::new(&self.down);
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
                    *z = work.lanes[lane * work.stride + k] * self.roots.at(k * (first + lane));
                }
            }
        }
        Ok(())
    }

    /// Transforms each row; the transposed matrix is the spectrum.
    fn transform_rows(&self, data: &[Complex64], poll: Poll<'_>) -> Result<Vec<Complex64>, SignalError> {
        let mut output = zeros(data.len(), poll)?;
        let mut work = Work::new(&self.across);
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

/// A few columns or rows that are transformed in one step.
struct Work {
    lanes: Vec<Complex64>,
    scratch: Vec<Complex64>,
    width: usize,
    stride: usize,
}

impl Work {
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

/// A transform as a convolution: `j k = (j² + k² - (k - j)²) / 2` turns the sum over `j` into one over `k - j`.
pub(super) struct Chirp {
    n: usize,
    /// Roots of order `2n`, so that half squares are whole numbers.
    roots: Roots,
    /// Points of the cyclic convolution, in which nothing wraps onto what is read.
    padded: usize,
    forward: Transform,
    inverse: Transform,
}

impl Chirp {
    fn new(n: usize, direction: FftDirection, limit: usize) -> Self {
        let padded = padded_len(n);
        let part = |direction| match Split::new(padded, direction, limit) {
            Some(split) => Transform::Split(split),
            None => Transform::Whole(plan::complex(padded, direction)),
        };
        Self {
            n,
            roots: Roots::new(2 * n, direction),
            padded,
            forward: part(FftDirection::Forward),
            inverse: part(FftDirection::Inverse),
        }
    }

    fn run(&self, mut data: Vec<Complex64>, poll: Poll<'_>) -> Result<Vec<Complex64>, SignalError> {
        let kernel = self.kernel(poll)?;
        self.turn(&mut data, 1.0, poll)?;
        grow(&mut data, self.padded, poll)?;
        let mut product = self.forward.run(data, poll)?;
        for_blocks(&mut product, poll, |start, block| {
            block.iter_mut().zip(&kernel[start..]).for_each(|(z, k)| *z *= k);
        })?;
        drop(kernel);
        let mut output = self.inverse.run(product, poll)?;
        output.truncate(self.n);
        self.turn(&mut output, 1.0 / self.padded as f64, poll)?;
        Ok(output)
    }

    /// The spectrum of the conjugate chirp, which reaches `n - 1` points to both sides of 0.
    fn kernel(&self, poll: Poll<'_>) -> Result<Vec<Complex64>, SignalError> {
        let mut kernel = zeros(self.padded, poll)?;
        let (mut square, mut pace) = (0, Pace::default());
        for j in 0..self.n {
            pace.spend(1, poll)?;
            let z = self.roots.at(square).conj();
            kernel[j] = z;
            kernel[(self.padded - j) % self.padded] = z;
            square = self.next_square(square, j);
        }
        self.forward.run(kernel, poll)
    }

    /// Turns point `j` by half its square, and scales it.
    fn turn(&self, data: &mut [Complex64], scale: f64, poll: Poll<'_>) -> Result<(), SignalError> {
        let mut square = 0;
        for_blocks(data, poll, |start, block| {
            for (j, z) in (start..).zip(block) {
                *z *= self.roots.at(square) * scale;
                square = self.next_square(square, j);
            }
        })
    }

    /// `(j + 1)² mod 2n` from `j² mod 2n`, without numbers beyond 64 bits.
    fn next_square(&self, square: usize, j: usize) -> usize {
        let next = square + 2 * j + 1;
        if next >= 2 * self.n { next - 2 * self.n } else { next }
    }
}

/// The most even `rows * columns = n` of which neither is above the limit.
fn factors(n: usize, limit: usize) -> Option<(usize, usize)> {
    let rows =
        (1..=n.isqrt()).rev().take_while(|rows| n.div_ceil(*rows) <= limit).find(|&r| n.is_multiple_of(r))?;
    Some((rows, n / rows))
}

/// The least of `2^k`, `3 * 2^k` and `5 * 2^k` that holds the convolution of `n` points with a chirp of `2n - 1`.
fn padded_len(n: usize) -> usize {
    let needed = 2 * n - 1;
    let two = needed.next_power_of_two();
    [two / 8 * 5, two / 4 * 3].into_iter().find(|&len| len >= needed).unwrap_or(two)
}

/// `n` zeros. The pages of a long vector are taken one after the other, so this, too, looks at the poll.
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

/// The values of `0..n`, with looks at the poll between them.
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

/// Visits blocks of a long slice, each with the place of its first element, with looks at the poll between them.
pub(super) fn for_blocks<T>(
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
    fn cut_transforms_agree_with_whole_ones() {
        // Powers, odd products, a prime, twice a prime, and lengths with narrow last steps.
        for n in [128, 130, 1000, 1024, 4096, 4095, 4099, 8198, 5003, 65537] {
            for direction in [FftDirection::Forward, FftDirection::Inverse] {
                let expected = Transform::within(n, direction, usize::MAX).run(noise(n), &never).unwrap();
                let largest = expected.iter().map(|z| z.norm()).fold(0.0, f64::max);
                let cut = Transform::within(n, direction, 600.min(n - 1));
                assert!(!matches!(cut, Transform::Whole(_)));
                let got = cut.run(noise(n), &never).unwrap();
                assert_eq!(got.len(), n);
                for (k, (x, y)) in got.iter().zip(&expected).enumerate() {
                    assert!((x - y).norm() < 2e-15 * largest, "{n} points, bin {k}: {x}, expected {y}");
                }
            }
        }
    }

    #[test]
    fn a_length_without_middling_factors_goes_through_a_chirp() {
        assert_eq!(factors(1 << 26, WHOLE), Some((1 << 13, 1 << 13)));
        assert_eq!(factors(2 * 33_554_467, WHOLE), None);
        assert!(matches!(Transform::within(4099, FftDirection::Forward, 600), Transform::Chirp(_)));
        assert!(matches!(Transform::within(4096, FftDirection::Forward, 600), Transform::Split(_)));
        for n in [3, 5, 100, 641, 1025, 1281, 1537] {
            assert!(padded_len(n) >= 2 * n - 1, "{n}");
        }
    }

    #[test]
    fn a_long_transform_looks_at_the_poll_all_along() {
        for n in [1 << 20, 300_007] {
            let transform = Transform::new(n, FftDirection::Forward);
            let looks = Cell::new(0);
            let count = || {
                looks.set(looks.get() + 1);
                false
            };
            transform.run(noise(n), &count).unwrap();
            let all = looks.get();
            assert!(all > 16, "{n} points had {all} looks");
            // Whichever look says stop ends it there.
            for stop in [1, all / 2, all] {
                looks.set(0);
                let poll = || {
                    looks.set(looks.get() + 1);
                    looks.get() == stop
                };
                assert_eq!(transform.run(noise(n), &poll), Err(SignalError::Interrupted));
                assert_eq!(looks.get(), stop);
            }
        }
    }
}
