//! Kernels of the signal functions: tensors for the slices of [`crate::signal`].

use std::borrow::Cow;
use std::ops::Range;

use crate::kernel::{Output, Register, Value};
use crate::signal::{
    self, BandpassOptions, ConvolveMode, CorrelateMode, PsdOptions, Rational, SignalError, SpectrogramOptions,
};
use crate::{Complex64, Error, Result, Shape, Tensor, View};

/// A signal function with its parameters.
#[derive(Clone, Debug, PartialEq)]
pub enum SignalOp {
    /// The spectrum of a real vector of `n` elements as a matrix of `[2, n/2 + 1]`: real and imaginary parts.
    Fft,
    /// The spectrum of a real or complex vector as a complex vector of equal length.
    FftComplex,
    /// The real vector of `length` elements of such a matrix.
    Ifft {
        /// Length of the result.
        length: usize,
    },
    /// The complex vector of a complex spectrum.
    IfftComplex,
    /// Power spectral density by Welch's method.
    Psd(PsdOptions),
    /// A signal divided by the square root of a spectral density.
    Whiten,
    /// A zero-phase band-pass.
    Bandpass(BandpassOptions),
    /// Correlation by lag.
    MatchedFilter(CorrelateMode),
    /// Convolution.
    Convolve(ConvolveMode),
    /// Another sampling rate.
    Resample(Rational),
    /// Power spectral densities of frames, one for each column.
    Spectrogram(SpectrogramOptions),
}

impl SignalOp {
    /// The name in the language.
    pub fn name(&self) -> &'static str {
        match self {
            SignalOp::Fft | SignalOp::FftComplex => "FFT",
            SignalOp::Ifft { .. } | SignalOp::IfftComplex => "IFFT",
            SignalOp::Psd(_) => "PSD",
            SignalOp::Whiten => "WHITEN",
            SignalOp::Bandpass(_) => "BANDPASS",
            SignalOp::MatchedFilter(_) => "MATCHED_FILTER",
            SignalOp::Convolve(_) => "CONVOLVE",
            SignalOp::Resample(_) => "RESAMPLE",
            SignalOp::Spectrogram(_) => "SPECTROGRAM",
        }
    }

    /// Runs the function.
    pub fn run<'c>(&self, inputs: &[View<'_>], shape: &Shape, output: Output<'c>) -> Result<Value<'c>> {
        // The functions allocate their results: their memory and that of scratch is reserved before they
        // start.
        let longest = inputs.iter().map(View::len).max().unwrap_or(0).max(shape.len());
        let bytes = longest.saturating_mul(4 * size_of::<f64>()).max(signal::transform_bytes(longest));
        let scratch = output.context.pool().reserve(self.name(), bytes)?;
        let poll = || output.context.poll().is_err();
        let result = match self {
            SignalOp::FftComplex => {
                slice(&inputs[0], &poll).and_then(|points| signal::fft(&points, &poll)).map(Computed::Complex)
            }
            SignalOp::IfftComplex => {
                slice(&inputs[0], &poll).and_then(|bins| signal::ifft(&bins, &poll)).map(Computed::Complex)
            }
            _ => self.real(inputs, &poll).map(Computed::Real),
        };
        drop(scratch);
        // If the poll stopped the function, its error is the cause.
        output.context.poll()?;
        let tensor = match result.map_err(|error| signal_error(self.name(), error))? {
            Computed::Real(values) => to_tensor(values, shape, output)?,
            Computed::Complex(values) => to_tensor(values, shape, output)?,
        };
        Ok(Value::Owned(tensor))
    }

    fn real(
        &self,
        inputs: &[View<'_>],
        poll: signal::Poll<'_>,
    ) -> std::result::Result<Vec<f64>, SignalError> {
        let a = slice::<f64>(&inputs[0], poll)?;
        let b = inputs.get(1).map(|view| slice::<f64>(view, poll)).transpose()?.unwrap_or_default();
        match self {
            SignalOp::Fft => planes(&signal::rfft(&a, poll)?, poll),
            SignalOp::Ifft { length } => signal::irfft(bins(&a, poll)?, *length, poll),
            SignalOp::Psd(options) => signal::psd(&a, options, poll),
            SignalOp::Whiten => signal::whiten(&a, &b, poll),
            SignalOp::Bandpass(options) => signal::bandpass(&a, options, poll),
            SignalOp::MatchedFilter(mode) => signal::matched_filter(&a, &b, *mode, poll),
            SignalOp::Convolve(mode) => signal::convolve(&a, &b, *mode, poll),
            SignalOp::Resample(ratio) => signal::resample(&a, *ratio, poll),
            SignalOp::Spectrogram(options) => signal::spectrogram(&a, options, poll),
            SignalOp::FftComplex | SignalOp::IfftComplex => {
                unreachable!("complex transforms are run by the caller")
            }
        }
    }
}

enum Computed {
    Real(Vec<f64>),
    Complex(Vec<Complex64>),
}

fn to_tensor<T: Register>(values: Vec<T>, shape: &Shape, output: Output<'_>) -> Result<Tensor> {
    Tensor::from_vec_in(values, shape.clone(), output.context.pool(), output.operation)
}

type SignalResult<T> = std::result::Result<T, SignalError>;

/// Elements that are copied between two calls of the poll.
const BLOCK: usize = 1 << 17;

/// The elements in logical order, copied only if they are not contiguous.
fn slice<'v, T: Register>(view: &View<'v>, poll: signal::Poll<'_>) -> SignalResult<Cow<'v, [T]>> {
    if let Some(slice) = view.contiguous::<T>() {
        return Ok(Cow::Borrowed(slice));
    }
    let data = view.buffer::<T>();
    collect(view.len(), poll, |out, range| {
        super::copy::for_each_run(&view.layout, range.start, range.len(), |run| {
            out.extend(run.indices().map(|index| data[index]));
        });
    })
    .map(Cow::Owned)
}

/// Complex bins as a row of real and a row of imaginary parts.
fn planes(bins: &[Complex64], poll: signal::Poll<'_>) -> SignalResult<Vec<f64>> {
    let n = bins.len();
    collect(2 * n, poll, |out, range| {
        let imaginary = range.start.max(n)..range.end.max(n);
        out.extend(bins[range.start.min(n)..range.end.min(n)].iter().map(|z| z.re));
        out.extend(bins[imaginary.start - n..imaginary.end - n].iter().map(|z| z.im));
    })
}

/// The inverse of [`planes`].
fn bins(planes: &[f64], poll: signal::Poll<'_>) -> SignalResult<Vec<Complex64>> {
    let (re, im) = planes.split_at(planes.len() / 2);
    collect(re.len(), poll, |out, range| {
        let parts = re[range.clone()].iter().zip(&im[range]);
        out.extend(parts.map(|(&re, &im)| Complex64::new(re, im)));
    })
}

/// A vector of `n` elements that is written block by block, with calls of the poll in between.
fn collect<T>(
    n: usize,
    poll: signal::Poll<'_>,
    mut extend: impl FnMut(&mut Vec<T>, Range<usize>),
) -> SignalResult<Vec<T>> {
    let mut out = Vec::with_capacity(n);
    for start in (0..n).step_by(BLOCK) {
        if poll() {
            return Err(SignalError::Interrupted);
        }
        extend(&mut out, start..n.min(start + BLOCK));
    }
    Ok(out)
}

/// A signal error as an [`Error`].
pub(crate) fn signal_error(operation: &'static str, error: SignalError) -> Error {
    let message = error.to_string();
    match error {
        SignalError::Interrupted => Error::Cancelled,
        SignalError::BadDensityBin { .. } => Error::domain(operation, message),
        _ => Error::argument(operation, message),
    }
}
