//! Real transforms that are too long to run at once: a complex transform of half the length, or, for an odd
//! length, of the same length.

use num_complex::Complex64;
use rustfft::FftDirection;

use super::SignalError;
use super::fft::rfft_len;
use super::poll::Poll;
use super::transform::{Transform, collect, for_each_block};
use super::twiddles::Twiddles;

/// A transform between `n` real points and their `n / 2 + 1` bins.
pub(super) struct LargeRfft {
    n: usize,
    transform: Transform,
    twiddles: Twiddles,
}

impl LargeRfft {
    pub(super) fn new(n: usize, direction: FftDirection) -> Self {
        let points = if n.is_multiple_of(2) { n / 2 } else { n };
        Self { n, transform: Transform::new(points, direction), twiddles: Twiddles::new(n, direction) }
    }

    pub(super) fn len(&self) -> usize {
        self.n
    }

    /// The bins of a signal. Its even points become the real and its odd points the imaginary parts of a
    /// complex signal. Both spectra have conjugate symmetry, so they are separated in the transform of the
    /// complex signal.
    pub(super) fn forward(
        &self,
        signal: &[f64],
        bins: &mut [Complex64],
        poll: Poll<'_>,
    ) -> Result<(), SignalError> {
        if !self.n.is_multiple_of(2) {
            let points = collect(self.n, poll, |j| Complex64::from(signal[j]))?;
            let spectrum = self.transform.run(points, poll)?;
            return for_each_block(bins, poll, |start, block| {
                block.copy_from_slice(&spectrum[start..start + block.len()]);
            });
        }
        let half = self.n / 2;
        let points = collect(half, poll, |j| Complex64::new(signal[2 * j], signal[2 * j + 1]))?;
        let mixed = self.transform.run(points, poll)?;
        for_each_block(bins, poll, |start, block| {
            for (k, bin) in (start..).zip(block) {
                let (z, mirror) = (mixed[k % half], mixed[(half - k) % half].conj());
                let odd = (z - mirror) * self.twiddles.at(k);
                // The odd part is divided by 2i.
                *bin = (z + mirror + Complex64::new(odd.im, -odd.re)) * 0.5;
            }
        })
    }

    /// The signal of bins, times `n`.
    pub(super) fn inverse(
        &self,
        bins: &[Complex64],
        output: &mut [f64],
        poll: Poll<'_>,
    ) -> Result<(), SignalError> {
        debug_assert_eq!(bins.len(), rfft_len(self.n));
        if !self.n.is_multiple_of(2) {
            let whole = |k: usize| if k < bins.len() { bins[k] } else { bins[self.n - k].conj() };
            let signal = self.transform.run(collect(self.n, poll, whole)?, poll)?;
            return for_each_block(output, poll, |start, block| {
                block.iter_mut().zip(&signal[start..]).for_each(|(x, z)| *x = z.re);
            });
        }
        let half = self.n / 2;
        let mixed = collect(half, poll, |k| {
            let (z, mirror) = (bins[k], bins[half - k].conj());
            let odd = (z - mirror) * self.twiddles.at(k);
            z + mirror + Complex64::new(-odd.im, odd.re)
        })?;
        let points = self.transform.run(mixed, poll)?;
        for_each_block(output, poll, |start, block| {
            for (j, x) in (start..).zip(block) {
                let z = points[j / 2];
                *x = if j.is_multiple_of(2) { z.re } else { z.im };
            }
        })
    }
}
