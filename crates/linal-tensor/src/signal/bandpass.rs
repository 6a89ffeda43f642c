//! Zero-phase band-pass filters.

use num_complex::Complex64;

use super::SignalError;
use super::butter::{butter_bandpass, check_band};
use super::fft::{irfft, rfft};
use super::periodogram::check_rate;
use super::poll::Poll;
use super::sos::{Section, check_filtered_length, filter_forward_backward};
use super::transform::for_each_block;

/// The order of a Butterworth filter unless another is given.
pub const DEFAULT_ORDER: usize = 4;

/// The method of a band-pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BandpassMethod {
    /// A Butterworth filter of this order, forward and backward.
    Butterworth {
        /// The filter's order, `1..=`[`super::MAX_ORDER`].
        order: usize,
    },
    /// Bins of the spectrum outside the band set to zero; both edges belong to the band.
    Brickwall,
}

impl Default for BandpassMethod {
    fn default() -> Self {
        Self::Butterworth { order: DEFAULT_ORDER }
    }
}

/// The band and the method of a band-pass.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BandpassOptions {
    /// The lower edge in hertz, above 0.
    pub low: f64,
    /// The upper edge in hertz, below half the rate.
    pub high: f64,
    /// Samples per second.
    pub rate: f64,
    /// The method.
    pub method: BandpassMethod,
}

impl BandpassOptions {
    /// A zero-phase Butterworth band-pass of order 4.
    pub fn new(low: f64, high: f64, rate: f64) -> Self {
        Self { low, high, rate, method: BandpassMethod::default() }
    }

    /// Checks the options against the length of a signal, before anything runs.
    ///
    /// # Errors
    /// As [`bandpass`].
    pub fn check(&self, length: usize) -> Result<(), SignalError> {
        self.filter(length).map(drop)
    }

    /// The filter for a signal of this length.
    fn filter(&self, length: usize) -> Result<Filter, SignalError> {
        check_rate("RATE", self.rate)?;
        check_band(self.low, self.high, self.rate)?;
        match self.method {
            BandpassMethod::Brickwall if length == 0 => Err(SignalError::Empty { input: "signal" }),
            BandpassMethod::Brickwall => Ok(Filter::Bins),
            BandpassMethod::Butterworth { order } => {
                let sections = butter_bandpass(order, self.low, self.high, self.rate)?;
                check_filtered_length(length, sections.len())?;
                Ok(Filter::Sections(sections))
            }
        }
    }
}

/// A designed filter.
enum Filter {
    Bins,
    Sections(Vec<Section>),
}

/// The part of a signal between two frequencies, without delay. The result has the length of the signal.
///
/// # Errors
/// A rate that is not positive, edges not within 0 and half the rate or not in order, an order out of range,
/// a band too narrow for its order, a signal too short for the padding; [`SignalError::Interrupted`].
pub fn bandpass(signal: &[f64], options: &BandpassOptions, poll: Poll<'_>) -> Result<Vec<f64>, SignalError> {
    match options.filter(signal.len())? {
        Filter::Bins => brickwall(signal, options, poll),
        Filter::Sections(sections) => filter_forward_backward(signal, &sections, poll),
    }
}

fn brickwall(signal: &[f64], options: &BandpassOptions, poll: Poll<'_>) -> Result<Vec<f64>, SignalError> {
    let mut bins = rfft(signal, poll)?;
    for_each_block(&mut bins, poll, |start, block| {
        for (k, z) in (start..).zip(block) {
            let frequency = k as f64 * options.rate / signal.len() as f64;
            if frequency < options.low || frequency > options.high {
                *z = Complex64::ZERO;
            }
        }
    })?;
    irfft(bins, signal.len(), poll)
}
