//! Whitening: the spectrum of a signal divided by the square root of the spectral density of its noise.

use super::fft::{irfft, require, rfft};
use super::transform::for_each_block;
use super::{Poll, SignalError};

/// The signal whose spectrum is that of `signal` over the square root of `density`.
///
/// The bins of `density` are spaced evenly from 0 to half the sampling rate, as `psd` with an even window
/// gives them, and are interpolated linearly to the signal's. The result has the length of the signal.
///
/// # Errors
/// [`SignalError::Empty`], [`SignalError::TooFewBins`] for fewer than two bins, and
/// [`SignalError::BadDensityBin`] for a bin that is zero, negative or NaN; [`SignalError::Interrupted`]. An
/// infinite bin is a notch: its frequency is removed.
pub fn whiten(signal: &[f64], density: &[f64], poll: Poll<'_>) -> Result<Vec<f64>, SignalError> {
    require(signal, "signal")?;
    check_density(density)?;
    let mut bins = rfft(signal, poll)?;
    for_each_block(&mut bins, poll, |start, block| {
        for (k, z) in (start..).zip(block) {
            *z /= interpolated(density, k, signal.len()).sqrt();
        }
    })?;
    irfft(bins, signal.len(), poll)
}

fn check_density(density: &[f64]) -> Result<(), SignalError> {
    if density.len() < 2 {
        return Err(SignalError::TooFewBins { bins: density.len() });
    }
    match density.iter().position(|p| p.is_nan() || *p <= 0.0) {
        Some(bin) => Err(SignalError::BadDensityBin { bin, value: density[bin] }),
        None => Ok(()),
    }
}

/// The density at bin `k` of the spectrum of `n` points, which lies at `k / n` of the sampling rate.
fn interpolated(density: &[f64], k: usize, n: usize) -> f64 {
    // In integers, so that a frequency that both grids contain is read without interpolation.
    let position = 2 * k as u128 * (density.len() - 1) as u128;
    let bin = (position / n as u128) as usize;
    match position % n as u128 {
        0 => density[bin],
        rest => {
            let t = rest as f64 / n as f64;
            density[bin] * (1.0 - t) + density[bin + 1] * t
        }
    }
}
