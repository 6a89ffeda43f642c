//! Power spectral density by Welch's method, as `scipy.signal.welch`.

use super::fft::rfft_len;
use super::periodogram::{Periodogram, check_rate, check_window};
use super::poll::{Poll, PollBudget};
use super::{SignalError, Window};

/// How a spectral density is estimated.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PsdOptions {
    /// Points of a segment.
    pub segment_len: usize,
    /// Points that adjacent segments share.
    pub overlap: usize,
    /// The window function that each segment is multiplied by.
    pub window: Window,
    /// Samples per second; the density is per hertz of it.
    pub rate: f64,
}

impl PsdOptions {
    /// Segments of `segment_len` points that overlap by half, a periodic Hann window, rate 1.
    pub fn new(segment_len: usize) -> Self {
        Self { segment_len, overlap: segment_len / 2, window: Window::Hann, rate: 1.0 }
    }

    /// How many bins the density of a signal of `length` points has: `segment_len / 2 + 1`.
    ///
    /// # Errors
    /// As [`psd`], from the lengths alone.
    pub fn bins(&self, length: usize) -> Result<usize, SignalError> {
        check_window(self.segment_len, length)?;
        if self.overlap >= self.segment_len {
            return Err(SignalError::OverlapTooLarge { overlap: self.overlap, window: self.segment_len });
        }
        check_rate("RATE", self.rate)?;
        Ok(rfft_len(self.segment_len))
    }
}

/// The one-sided power spectral density of a signal, `segment_len / 2 + 1` bins from 0 to half the rate, in
/// squared units of the signal per hertz: times the bin width, its sum is the signal's variance.
///
/// The mean of each segment is subtracted; a tail shorter than a step is not used, as in SciPy.
///
/// # Errors
/// An empty signal, a window of 0 or longer than the signal, an overlap not below the window, a rate that is
/// not positive; [`SignalError::Interrupted`] between segments.
pub fn psd(signal: &[f64], options: &PsdOptions, poll: Poll<'_>) -> Result<Vec<f64>, SignalError> {
    let mut total = vec![0.0; options.bins(signal.len())?];
    let mut periodogram = Periodogram::new(options.segment_len, options.window, options.rate);
    let (mut segments, mut budget) = (0_usize, PollBudget::default());
    for segment in signal.windows(options.segment_len).step_by(options.segment_len - options.overlap) {
        budget.spend(options.segment_len, poll)?;
        for (sum, density) in total.iter_mut().zip(periodogram.density(segment, poll)?) {
            *sum += density;
        }
        segments += 1;
    }
    total.iter_mut().for_each(|sum| *sum /= segments as f64);
    Ok(total)
}
