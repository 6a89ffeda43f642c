//! Fourier transforms of one signal, with the sign and scaling of `numpy.fft`.

use num_complex::Complex64;
use rustfft::FftDirection;

use super::SignalError;
use super::plan::{self, RealForward, RealInverse};

/// How many bins the spectrum of `n` real points has: `n / 2 + 1`, from 0 to half the sampling rate.
pub fn rfft_len(n: usize) -> usize {
    n / 2 + 1
}

/// The length that a spectrum of `bins` bins most likely came from: `2 * (bins - 1)`, or 1 for a single bin.
pub fn default_inverse_len(bins: usize) -> usize {
    (2 * bins.saturating_sub(1)).max(1)
}

/// The spectrum of a real signal: `n / 2 + 1` bins, unscaled.
///
/// # Errors
/// [`SignalError::Empty`] for an empty signal.
pub fn rfft(signal: &[f64]) -> Result<Vec<Complex64>, SignalError> {
    require(signal, "FFT", "signal")?;
    let mut bins = vec![Complex64::ZERO; rfft_len(signal.len())];
    RealForward::new(signal.len()).run(&mut signal.to_vec(), &mut bins)?;
    Ok(bins)
}

/// The real signal of `n` points whose spectrum is `bins`, scaled by `1 / n`.
///
/// The imaginary parts of bin 0 and, for even `n`, of the last bin are ignored, as in NumPy. Other than NumPy's, this
/// inverse neither crops nor pads: `bins` must have `n / 2 + 1` elements.
///
/// # Errors
/// [`SignalError::Empty`] for an empty spectrum, [`SignalError::SpectrumLength`] when `n` does not fit it.
pub fn irfft(bins: &[Complex64], n: usize) -> Result<Vec<f64>, SignalError> {
    require(bins, "IFFT", "spectrum")?;
    if n == 0 || rfft_len(n) != bins.len() {
        return Err(SignalError::SpectrumLength { bins: bins.len(), length: n });
    }
    let mut output = vec![0.0; n];
    RealInverse::new(n).run(&mut bins.to_vec(), &mut output)?;
    let scale = 1.0 / n as f64;
    output.iter_mut().for_each(|x| *x *= scale);
    Ok(output)
}

/// The spectrum of a complex signal: as many bins as points, unscaled.
///
/// # Errors
/// [`SignalError::Empty`] for an empty signal.
pub fn fft(signal: &[Complex64]) -> Result<Vec<Complex64>, SignalError> {
    require(signal, "FFT", "signal")?;
    let mut bins = signal.to_vec();
    plan::complex(bins.len(), FftDirection::Forward).process(&mut bins);
    Ok(bins)
}

/// The complex signal whose spectrum is `bins`, scaled by `1 / n`.
///
/// # Errors
/// [`SignalError::Empty`] for an empty spectrum.
pub fn ifft(bins: &[Complex64]) -> Result<Vec<Complex64>, SignalError> {
    require(bins, "IFFT", "spectrum")?;
    let mut signal = bins.to_vec();
    plan::complex(signal.len(), FftDirection::Inverse).process(&mut signal);
    let scale = 1.0 / signal.len() as f64;
    signal.iter_mut().for_each(|z| *z *= scale);
    Ok(signal)
}

/// Refuses an input without elements.
pub(super) fn require<T>(
    values: &[T],
    operation: &'static str,
    input: &'static str,
) -> Result<(), SignalError> {
    if values.is_empty() { Err(SignalError::Empty { operation, input }) } else { Ok(()) }
}
