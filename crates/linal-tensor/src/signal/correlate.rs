//! Matched filtering: the correlation of a signal with a template, lag by lag.

use super::convolution::convolve_range;
use super::fft::require;
use super::{Poll, SignalError};

/// How the signal is extended beyond its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum CorrelateMode {
    /// By zeros: only the part of the template that overlaps the signal is summed.
    #[default]
    Linear,
    /// Periodically, from its start.
    Circular,
}

impl CorrelateMode {
    /// The mode of this name (`linear` or `circular`, in any case).
    pub fn from_name(name: &str) -> Option<Self> {
        match name.to_ascii_lowercase().as_str() {
            "linear" => Some(Self::Linear),
            "circular" => Some(Self::Circular),
            _ => None,
        }
    }
}

/// The correlation of a signal with a template: `out[i] = sum over j of signal[i + j] * template[j]`, where
/// the template's first sample meets `signal[i]`. The result has the signal's length.
///
/// The template may be longer than the signal: the linear mode ignores its tail, and the circular mode
/// repeats the signal.
///
/// # Errors
/// [`SignalError::Empty`] when either is empty, [`SignalError::Interrupted`].
pub fn matched_filter(
    signal: &[f64],
    template: &[f64],
    mode: CorrelateMode,
    poll: Poll<'_>,
) -> Result<Vec<f64>, SignalError> {
    require(signal, "signal")?;
    require(template, "template")?;
    match mode {
        CorrelateMode::Linear => linear(signal, template, poll),
        CorrelateMode::Circular => circular(signal, template, poll),
    }
}

/// A correlation is the convolution with the reversed template, from the template's last sample on.
fn linear(signal: &[f64], template: &[f64], poll: Poll<'_>) -> Result<Vec<f64>, SignalError> {
    let met = template.len().min(signal.len());
    let reversed: Vec<f64> = template[..met].iter().rev().copied().collect();
    convolve_range(signal, &reversed, met - 1..met - 1 + signal.len(), poll)
}

/// The signal is extended by its own start, by the length of the template.
fn circular(signal: &[f64], template: &[f64], poll: Poll<'_>) -> Result<Vec<f64>, SignalError> {
    let wrapped = wrapped(template, signal.len());
    let mut around = signal.to_vec();
    around.extend_from_slice(&signal[..wrapped.len() - 1]);
    let reversed: Vec<f64> = wrapped.iter().rev().copied().collect();
    convolve_range(&around, &reversed, wrapped.len() - 1..wrapped.len() - 1 + signal.len(), poll)
}

/// The template wrapped to the length of the signal: samples that meet the same point are added.
fn wrapped(template: &[f64], period: usize) -> Vec<f64> {
    let mut rounds = template.chunks(period);
    let mut wrapped = rounds.next().unwrap_or(&[]).to_vec();
    for round in rounds {
        wrapped.iter_mut().zip(round).for_each(|(sum, x)| *sum += x);
    }
    wrapped
}
