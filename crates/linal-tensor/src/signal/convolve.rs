//! Convolution of two signals, as `numpy.convolve`.

use super::convolution::convolve_range;
use super::fft::require;
use super::{Poll, SignalError};

/// Which part of a convolution is returned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ConvolveMode {
    /// Every point where the two overlap: `n + m - 1`.
    #[default]
    Full,
    /// As many points as the longer has, centred.
    Same,
    /// Only where the two overlap completely: `max(n, m) - min(n, m) + 1`.
    Valid,
}

impl ConvolveMode {
    /// The mode of this name (`full`, `same` or `valid`, in any case).
    pub fn from_name(name: &str) -> Option<Self> {
        match name.to_ascii_lowercase().as_str() {
            "full" => Some(Self::Full),
            "same" => Some(Self::Same),
            "valid" => Some(Self::Valid),
            _ => None,
        }
    }
}

/// The length of the convolution of `n` and `m` points, both at least 1.
///
/// # Errors
/// [`SignalError::TooLong`] when it does not fit.
pub fn convolved_len(n: usize, m: usize, mode: ConvolveMode) -> Result<usize, SignalError> {
    let full = n.checked_add(m).ok_or(SignalError::TooLong)?.saturating_sub(1);
    Ok(match mode {
        ConvolveMode::Full => full,
        ConvolveMode::Same => n.max(m),
        ConvolveMode::Valid => n.abs_diff(m) + 1,
    })
}

/// The convolution of two signals: `sum over j of a[i - j] * b[j]`.
///
/// Small convolutions are summed directly and large ones computed by Fourier transforms, whichever costs
/// less. Either way the result of integers is exact while it and the error bound of the transform fit 53
/// bits, and NaN and infinities affect only the points whose sums they are part of.
///
/// # Errors
/// [`SignalError::Empty`] when either is empty, [`SignalError::TooLong`], [`SignalError::Interrupted`].
pub fn convolve(a: &[f64], b: &[f64], mode: ConvolveMode, poll: Poll<'_>) -> Result<Vec<f64>, SignalError> {
    require(a, "signal")?;
    require(b, "kernel")?;
    let length = convolved_len(a.len(), b.len(), mode)?;
    convolved_len(a.len(), b.len(), ConvolveMode::Full)?;
    let shorter = a.len().min(b.len());
    let start = match mode {
        ConvolveMode::Full => 0,
        ConvolveMode::Same => (shorter - 1) / 2,
        ConvolveMode::Valid => shorter - 1,
    };
    convolve_range(a, b, start..start + length, poll)
}
