//! Signal processing on plain slices: transforms, spectral densities, filters, correlation and resampling.
//!
//! All functions compute in `f64` and `Complex<f64>`, without absolute thresholds, so that a strain of 1e-21
//! has the same relative accuracy as a voltage of 1. Functions that may run long take a [`Poll`] and return
//! [`SignalError::Interrupted`] soon after it returns `true`. Lengths of results are known before anything
//! runs. This folder does not know tensors, axes or the text of the language.

mod error;
mod poll;

mod fft;
mod large_rfft;
mod plan;
mod polar;
mod transform;
mod twiddles;

mod periodogram;
mod psd;
mod spectrogram;
mod whiten;
mod window;

mod bandpass;
mod butter;
mod sos;

mod convolution;
mod convolve;
mod correlate;

mod rational;
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
pub use rational::{MAX_FACTOR, Rational};
pub use resample::resample;
pub use sos::{Section, filter_forward_backward, forward_backward_padding};
pub use spectrogram::{SpectrogramOptions, spectrogram};
pub use whiten::whiten;
pub use window::{Window, window_weights};
