//! The power spectral density of one segment. `psd` averages these, `spectrogram` stacks them.

use num_complex::Complex64;

use super::fft::rfft_len;
use super::plan::RealForward;
use super::window::{Window, window_weights};
use super::{Poll, SignalError};

/// Detrends, windows and transforms segments of one length.
pub(super) struct Periodogram {
    weights: Vec<f64>,
    /// The factor from a squared magnitude to a two-sided density.
    scale: f64,
    segment: Vec<f64>,
    bins: Vec<Complex64>,
    transform: RealForward,
}

impl Periodogram {
    pub(super) fn new(length: usize, window: Window, rate: f64) -> Self {
        let weights = window_weights(window, length);
        let energy: f64 = weights.iter().map(|w| w * w).sum();
        Self {
            scale: 1.0 / (rate * energy),
            segment: vec![0.0; length],
            bins: vec![Complex64::ZERO; rfft_len(length)],
            transform: RealForward::new(length),
            weights,
        }
    }

    /// The one-sided density of a segment, bin by bin.
    pub(super) fn density(
        &mut self,
        segment: &[f64],
        poll: Poll<'_>,
    ) -> Result<impl Iterator<Item = f64> + use<'_>, SignalError> {
        let mean = mean(segment);
        for ((out, x), w) in self.segment.iter_mut().zip(segment).zip(&self.weights) {
            *out = (x - mean) * w;
        }
        self.transform.run(&mut self.segment, &mut self.bins, poll)?;
        // A bin holds a positive and a negative frequency, except bin 0 and, for an even length, the last
        // bin.
        let nyquist = if self.weights.len().is_multiple_of(2) { self.bins.len() - 1 } else { usize::MAX };
        let scale = self.scale;
        Ok(self.bins.iter().enumerate().map(move |(k, z)| {
            let density = z.norm_sqr() * scale;
            if k == 0 || k == nyquist { density } else { 2.0 * density }
        }))
    }
}

/// The mean, summed in blocks so that rounding errors do not grow with the length.
fn mean(values: &[f64]) -> f64 {
    let sum: f64 = values.chunks(128).map(|block| block.iter().sum::<f64>()).sum();
    sum / values.len() as f64
}

/// Checks that a window is not 0 and not longer than the signal.
pub(super) fn check_window(window: usize, length: usize) -> Result<(), SignalError> {
    match window {
        0 => Err(SignalError::ZeroLength { option: "WINDOW" }),
        _ if length == 0 => Err(SignalError::Empty { input: "signal" }),
        _ if window > length => Err(SignalError::WindowTooLong { window, length }),
        _ => Ok(()),
    }
}

/// Checks that a sampling rate is positive and finite.
pub(super) fn check_rate(option: &'static str, value: f64) -> Result<(), SignalError> {
    if value.is_finite() && value > 0.0 { Ok(()) } else { Err(SignalError::BadRate { option, value }) }
}
