//! Power spectral density over time, as `scipy.signal.spectrogram` with a Hann window.

use super::fft::rfft_len;
use super::periodogram::{Periodogram, check_rate, check_window};
use super::poll::{Poll, PollBudget};
use super::{SignalError, Window};

/// Frames whose columns are written together, so that a row of the result is written by whole cache lines.
const BLOCK: usize = 16;

/// How a signal is cut into frames.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SpectrogramOptions {
    /// Points of a frame.
    pub frame_len: usize,
    /// Points from the start of a frame to the start of the next; above `frame_len`, points between frames
    /// are unused.
    pub hop: usize,
    /// Samples per second; the density is per hertz of it.
    pub rate: f64,
}

impl SpectrogramOptions {
    /// Frames of `frame_len` points every `hop` points, rate 1.
    pub fn new(frame_len: usize, hop: usize) -> Self {
        Self { frame_len, hop, rate: 1.0 }
    }

    /// `(bins, frames)` of the spectrogram of a signal of `length` points.
    ///
    /// # Errors
    /// As [`spectrogram`], from the lengths alone.
    pub fn shape(&self, length: usize) -> Result<(usize, usize), SignalError> {
        check_window(self.frame_len, length)?;
        if self.hop == 0 {
            return Err(SignalError::ZeroLength { option: "HOP" });
        }
        check_rate("RATE", self.rate)?;
        Ok((rfft_len(self.frame_len), (length - self.frame_len) / self.hop + 1))
    }
}

/// The one-sided power spectral density of every frame: a row-major matrix of [`SpectrogramOptions::shape`],
/// a row for each frequency and a column for each frame. The mean of each frame is subtracted; an incomplete
/// last frame is not used.
///
/// # Errors
/// An empty signal, a window of 0 or longer than the signal, a hop of 0, a rate that is not positive;
/// [`SignalError::Interrupted`] between frames.
pub fn spectrogram(
    signal: &[f64],
    options: &SpectrogramOptions,
    poll: Poll<'_>,
) -> Result<Vec<f64>, SignalError> {
    let (bins, frames) = options.shape(signal.len())?;
    let size = bins.checked_mul(frames).ok_or(SignalError::TooLong)?;
    let mut matrix = vec![0.0; size];
    let mut periodogram = Periodogram::new(options.frame_len, Window::Hann, options.rate);
    let mut budget = PollBudget::default();
    let mut block = vec![0.0; bins * BLOCK.min(frames)];
    for first in (0..frames).step_by(BLOCK) {
        let columns = BLOCK.min(frames - first);
        for (column, frame) in block.chunks_exact_mut(bins).take(columns).zip(first..) {
            budget.spend(options.frame_len, poll)?;
            let start = frame * options.hop;
            let densities = periodogram.density(&signal[start..start + options.frame_len], poll)?;
            column.iter_mut().zip(densities).for_each(|(out, density)| *out = density);
        }
        for (bin, row) in matrix.chunks_exact_mut(frames).enumerate() {
            for (offset, out) in row[first..first + columns].iter_mut().enumerate() {
                *out = block[offset * bins + bin];
            }
        }
    }
    Ok(matrix)
}
