//! Matched filtering: the correlation of a signal with a template, lag by lag.

use super::convolution::part_of_product;
use super::fft::require;
use super::{Poll, SignalError};

/// What lies beyond the end of the signal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum CorrelateMode {
    /// Nothing: a template that reaches over the end is summed over the part that meets the signal.
    #[default]
    Linear,
    /// The signal again, from its start.
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

/// The correlation of a signal with a template: `out[i] = sum over j of signal[i + j] * template[j]`, where the
/// template's first sample meets `signal[i]`. The result has the signal's length.
///
/// The template may be longer than the signal: the linear mode has nothing to meet its tail, and the circular mode
/// goes around the signal as often as it takes.
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

/// A correlation is a convolution with the reversed template, of which the part from the template's last sample on is
/// wanted.
fn linear(signal: &[f64], template: &[f64], poll: Poll<'_>) -> Result<Vec<f64>, SignalError> {
    let met = template.len().min(signal.len());
    let reversed: Vec<f64> = template[..met].iter().rev().copied().collect();
    part_of_product(signal, &reversed, met - 1..met - 1 + signal.len(), poll)
}

/// The signal is followed by its own start, as far as the template reaches.
fn circular(signal: &[f64], template: &[f64], poll: Poll<'_>) -> Result<Vec<f64>, SignalError> {
    let folded = folded(template, signal.len());
    let mut around = signal.to_vec();
    around.extend_from_slice(&signal[..folded.len() - 1]);
    let reversed: Vec<f64> = folded.iter().rev().copied().collect();
    part_of_product(&around, &reversed, folded.len() - 1..folded.len() - 1 + signal.len(), poll)
}

/// A template longer than the circle meets each point several times, with the sum of its samples.
fn folded(template: &[f64], circle: usize) -> Vec<f64> {
    let mut rounds = template.chunks(circle);
    let mut folded = rounds.next().unwrap_or(&[]).to_vec();
    for round in rounds {
        folded.iter_mut().zip(round).for_each(|(sum, x)| *sum += x);
    }
    folded
}
