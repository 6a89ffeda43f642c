//! Signal processing on plain slices: transforms, spectral densities, filters, correlation and resampling.
//!
//! Everything computes in `f64` and `Complex<f64>`, without absolute thresholds, so that a strain of 1e-21 keeps the
//! same relative accuracy as a voltage of 1. Functions that may run long take a [`Poll`] and stop with
//! [`SignalError::Interrupted`] soon after it says so. Lengths of results are available before anything runs.
//! This folder knows no tensors, no axes and no text of the language.

mod error;
mod poll;

mod fft;
mod long_real;
mod plan;
mod polar;
mod roots;
mod transform;

mod periodogram;
mod psd;
mod spectrogram;
mod taper;
mod whiten;

mod bandpass;
mod butter;
mod sections;

mod convolution;
mod convolve;
mod correlate;

mod ratio;
mod resample;

#[cfg(test)]
mod naive;
#[cfg(test)]
mod tests;

pub use bandpass::{BandpassMethod, BandpassOptions, DEFAULT_ORDER, bandpass};
pub use butter::{MAX_ORDER, butter_bandpass};
pub use convolve::{ConvolveMode, convolve, convolved_len};
pub use correlate::{CorrelateMode, matched_filter};
pub use error::SignalError;
pub use fft::{default_inverse_len, fft, ifft, irfft, rfft, rfft_len, transform_bytes};
pub use polar::{magnitude, phase};
pub use poll::{Poll, never};
pub use psd::{PsdOptions, psd};
pub use ratio::{MAX_FACTOR, Ratio};
pub use resample::resample;
pub use sections::{Section, filter_forward_backward, forward_backward_padding};
pub use spectrogram::{SpectrogramOptions, spectrogram};
pub use taper::{Taper, taper};
pub use whiten::whiten;
