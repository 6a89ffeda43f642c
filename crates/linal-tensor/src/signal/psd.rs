//! Power spectral density by Welch's method, as `scipy.signal.welch`.

use super::fft::rfft_len;
use super::periodogram::{Periodogram, check_rate, check_window};
use super::poll::{Pace, Poll};
use super::{SignalError, Taper};

/// How a spectral density is estimated.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PsdOptions {
    /// Points of a segment.
    pub window: usize,
    /// Points that neighbouring segments share.
    pub overlap: usize,
    /// Weights of a segment's points.
    pub taper: Taper,
    /// Samples per second; the density is per hertz of it.
    pub rate: f64,
}

impl PsdOptions {
    /// Segments of `window` points that overlap by half, periodic Hann, rate 1.
    pub fn new(window: usize) -> Self {
        Self { window, overlap: window / 2, taper: Taper::Hann, rate: 1.0 }
    }

    /// How many bins the density of a signal of `length` points has: `window / 2 + 1`.
    ///
    /// # Errors
    /// As [`psd`], from the lengths alone.
    pub fn bins(&self, length: usize) -> Result<usize, SignalError> {
        check_window(self.window, length)?;
        if self.overlap >= self.window {
            return Err(SignalError::OverlapTooLarge { overlap: self.overlap, window: self.window });
        }
        check_rate("RATE", self.rate)?;
        Ok(rfft_len(self.window))
    }
}

/// The one-sided power spectral density of a signal, `window / 2 + 1` bins from 0 to half the rate, in squared units
/// of the signal per hertz: times the bin width, its sum is the signal's variance.
///
/// Each segment loses its mean; a tail shorter than a step is not used, as in SciPy.
///
/// # Errors
/// An empty signal, a window of 0 or longer than the signal, an overlap not below the window, a rate that is not
/// positive; [`SignalError::Interrupted`] between segments.
pub fn psd(signal: &[f64], options: &PsdOptions, poll: Poll<'_>) -> Result<Vec<f64>, SignalError> {
    let mut total = vec![0.0; options.bins(signal.len())?];
    let mut periodogram = Periodogram::new(options.window, options.taper, options.rate);
    let (mut segments, mut pace) = (0_usize, Pace::default());
    for segment in signal.windows(options.window).step_by(options.window - options.overlap) {
        pace.spend(options.window, poll)?;
        for (sum, density) in total.iter_mut().zip(periodogram.density(segment, poll)?) {
            *sum += density;
        }
        segments += 1;
    }
    total.iter_mut().for_each(|sum| *sum /= segments as f64);
    Ok(total)
}
