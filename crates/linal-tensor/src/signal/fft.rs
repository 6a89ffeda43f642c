//! Fourier transforms of one signal, with the sign and scaling of `numpy.fft`.

use num_complex::Complex64;
use rustfft::FftDirection;

use super::plan::{RealForward, RealInverse};
use super::transform::{Transform, collect, for_each_block, zeros};
use super::{Poll, SignalError};

/// The number of bins of the spectrum of `n` real points: `n / 2 + 1`, from 0 to half the sampling rate.
pub fn rfft_len(n: usize) -> usize {
    n / 2 + 1
}

/// The length that a spectrum of `bins` bins most likely came from: `2 * (bins - 1)`, or 1 for a single bin.
pub fn default_inverse_len(bins: usize) -> usize {
    (2 * bins.saturating_sub(1)).max(1)
}

/// Bytes of scratch that a transform of `n` points needs besides its input and its result.
pub fn transform_bytes(n: usize) -> usize {
    Transform::scratch_bytes(n)
}

/// The spectrum of a real signal: `n / 2 + 1` bins, unscaled.
///
/// # Errors
/// [`SignalError::Empty`] for an empty signal, [`SignalError::Interrupted`].
pub fn rfft(signal: &[f64], poll: Poll<'_>) -> Result<Vec<Complex64>, SignalError> {
    require(signal, "signal")?;
    let mut bins = zeros(rfft_len(signal.len()), poll)?;
    RealForward::new(signal.len()).spectrum(signal, &mut bins, poll)?;
    Ok(bins)
}

/// The real signal of `n` points whose spectrum is `bins`, scaled by `1 / n`.
///
/// The imaginary parts of bin 0 and, for even `n`, of the last bin are ignored, as in NumPy. Unlike NumPy's,
/// this inverse neither crops nor pads: `bins` must have `n / 2 + 1` elements. They are moved in, since the
/// transform uses them as scratch.
///
/// # Errors
/// [`SignalError::Empty`] for an empty spectrum, [`SignalError::SpectrumLength`] when `n` does not fit it,
/// [`SignalError::Interrupted`].
pub fn irfft(mut bins: Vec<Complex64>, n: usize, poll: Poll<'_>) -> Result<Vec<f64>, SignalError> {
    require(&bins, "spectrum")?;
    if n == 0 || rfft_len(n) != bins.len() {
        return Err(SignalError::SpectrumLength { bins: bins.len(), length: n });
    }
    let mut output = vec![0.0; n];
    RealInverse::new(n).run(&mut bins, &mut output, poll)?;
    let scale = 1.0 / n as f64;
    for_each_block(&mut output, poll, |_, block| block.iter_mut().for_each(|x| *x *= scale))?;
    Ok(output)
}

/// The spectrum of a complex signal: as many bins as points, unscaled.
///
/// # Errors
/// [`SignalError::Empty`] for an empty signal, [`SignalError::Interrupted`].
pub fn fft(signal: &[Complex64], poll: Poll<'_>) -> Result<Vec<Complex64>, SignalError> {
    require(signal, "signal")?;
    let bins = collect(signal.len(), poll, |j| signal[j])?;
    Transform::new(signal.len(), FftDirection::Forward).run(bins, poll)
}

/// The complex signal whose spectrum is `bins`, scaled by `1 / n`.
///
/// # Errors
/// [`SignalError::Empty`] for an empty spectrum, [`SignalError::Interrupted`].
pub fn ifft(bins: &[Complex64], poll: Poll<'_>) -> Result<Vec<Complex64>, SignalError> {
    require(bins, "spectrum")?;
    let signal = collect(bins.len(), poll, |k| bins[k])?;
    let mut signal = Transform::new(bins.len(), FftDirection::Inverse).run(signal, poll)?;
    let scale = 1.0 / bins.len() as f64;
    for_each_block(&mut signal, poll, |_, block| block.iter_mut().for_each(|z| *z *= scale))?;
    Ok(signal)
}

/// Checks that an input is not empty.
pub(super) fn require<T>(values: &[T], input: &'static str) -> Result<(), SignalError> {
    if values.is_empty() { Err(SignalError::Empty { input }) } else { Ok(()) }
}
