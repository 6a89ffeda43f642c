//! Errors of the signal functions, with the values that caused them.

use std::fmt;

/// An error of the signal functions. Its text does not name the function: the caller prepends the name.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum SignalError {
    /// The poll asked to stop.
    Interrupted,
    /// An input without elements where at least one is needed.
    Empty {
        /// Which input, such as `signal` or `template`.
        input: &'static str,
    },
    /// A length that must be at least 1 is 0.
    ZeroLength {
        /// The option, such as `WINDOW`.
        option: &'static str,
    },
    /// A window that is longer than the signal.
    WindowTooLong {
        /// The window's length.
        window: usize,
        /// The signal's length.
        length: usize,
    },
    /// An overlap that leaves no step between windows.
    OverlapTooLarge {
        /// The overlap asked for.
        overlap: usize,
        /// The window's length.
        window: usize,
    },
    /// A sampling rate that is not a positive finite number.
    BadRate {
        /// Which rate: `RATE`, `FROM` or `TO`.
        option: &'static str,
        /// The value given.
        value: f64,
    },
    /// An inverse transform to a length whose spectrum has another number of bins.
    SpectrumLength {
        /// Bins in the spectrum.
        bins: usize,
        /// The length asked for.
        length: usize,
    },
    /// A spectral density with fewer than two bins.
    TooFewBins {
        /// The bins given.
        bins: usize,
    },
    /// A bin of a spectral density that is zero, negative or NaN.
    BadDensityBin {
        /// Index of the first such bin.
        bin: usize,
        /// Its value.
        value: f64,
    },
    /// A lower band edge that is not above 0 Hz.
    LowEdge {
        /// The lower edge.
        low: f64,
    },
    /// An upper band edge that is not below half the sampling rate.
    HighEdge {
        /// The upper edge.
        high: f64,
        /// The sampling rate.
        rate: f64,
    },
    /// A band whose lower edge is not below its upper edge.
    EdgeOrder {
        /// The lower edge.
        low: f64,
        /// The upper edge.
        high: f64,
    },
    /// A filter order outside `1..=max`.
    FilterOrder {
        /// The order asked for.
        order: usize,
        /// The largest order.
        max: usize,
    },
    /// A band that is too narrow for a stable filter of this order in 64-bit floats, relative to the sampling
    /// rate.
    BandTooNarrow {
        /// The lower edge.
        low: f64,
        /// The upper edge.
        high: f64,
        /// The sampling rate.
        rate: f64,
        /// The filter's order.
        order: usize,
    },
    /// A signal that is too short for the padding of a forward-backward filter.
    TooShortToFilter {
        /// The signal's length.
        length: usize,
        /// The least length that can be filtered.
        minimum: usize,
    },
    /// Rates whose ratio has no numerator and denominator within the limit.
    RatioTooLarge {
        /// The rate of the signal.
        from: f64,
        /// The rate wanted.
        to: f64,
        /// The largest factor of the reduced ratio.
        max: u64,
    },
    /// A result longer than can be addressed.
    TooLong,
    /// The transform library rejected buffers that this crate allocated: a bug of linal, not an error of the
    /// input.
    Transform {
        /// The transform's length.
        length: usize,
    },
}

impl std::error::Error for SignalError {}

impl fmt::Display for SignalError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Interrupted => write!(f, "interrupted"),
            Self::Empty { input } => write!(f, "the {input} is empty: it must have at least 1 element"),
            Self::ZeroLength { option } => write!(f, "{option} is 0: it must be at least 1"),
            Self::WindowTooLong { window, length } => write!(
                f,
                "WINDOW {window} is longer than the signal, which has {}: it must be 1 to {length}",
                Count(length, "element"),
            ),
            Self::OverlapTooLarge { overlap, window } => write!(
                f,
                "OVERLAP {overlap} leaves no step between windows of {window}: it must be 0 to {}",
                window.saturating_sub(1),
            ),
            Self::BadRate { option, value } => {
                write!(f, "{option} is {}: a sampling rate must be a positive finite number", Number(value),)
            }
            Self::SpectrumLength { bins, length } => fmt_spectrum_length(f, bins, length),
            Self::TooFewBins { bins } => write!(
                f,
                "the spectral density has {}: it must have at least 2, from 0 to half the sampling rate",
                Count(bins, "bin"),
            ),
            Self::BadDensityBin { bin, value } => write!(
                f,
                "bin {bin} of the spectral density is {}: every bin must be positive",
                Number(value),
            ),
            Self::LowEdge { low } => {
                write!(f, "the lower edge is {}: it must be above 0", Number(low))
            }
            Self::HighEdge { high, rate } => write!(
                f,
                "the upper edge is {}: it must be below {}, half the sampling rate {}",
                Number(high),
                Number(rate / 2.0),
                Number(rate),
            ),
            Self::EdgeOrder { low, high } => write!(
                f,
                "FROM {0} TO {1} is an empty band: the lower edge {0} must be below the upper edge {1}",
                Number(low),
                Number(high),
            ),
            Self::FilterOrder { order, max } => {
                write!(f, "ORDER {order} is out of range: it must be 1 to {max}")
            }
            Self::BandTooNarrow { low, high, rate, order } => write!(
                f,
                "the band {} to {} is too narrow for a filter of order {order} at rate {}: \
                 widen the band, lower ORDER, or RESAMPLE to a lower rate first",
                Number(low),
                Number(high),
                Number(rate),
            ),
            Self::TooShortToFilter { length, minimum } => write!(
                f,
                "the signal has {}: a filter of this order needs at least {minimum}",
                Count(length, "element"),
            ),
            Self::RatioTooLarge { from, to, max } => write!(
                f,
                "FROM {} TO {} is not a ratio of integers up to {max}: \
                 choose rates with a larger common divisor",
                Number(from),
                Number(to),
            ),
            Self::TooLong => write!(f, "the result is longer than this machine can address"),
            Self::Transform { length } => write!(
                f,
                "the Fourier transform of length {length} could not run; this is a bug of linal, please report it",
            ),
        }
    }
}

fn fmt_spectrum_length(f: &mut fmt::Formatter<'_>, bins: usize, length: usize) -> fmt::Result {
    write!(f, "LENGTH {length} does not fit a spectrum of {}: ", Count(bins, "bin"))?;
    match bins {
        1 => write!(f, "it must be 1"),
        _ => write!(f, "it must be {} or {}", 2 * (bins - 1), 2 * (bins - 1) + 1),
    }
}

/// A count with its noun, in the singular or the plural.
struct Count(usize, &'static str);

impl fmt::Display for Count {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}{}", self.0, self.1, if self.0 == 1 { "" } else { "s" })
    }
}

/// A float as its shortest decimal that parses to it, with an exponent when it is very small or large,
/// without `.0`.
struct Number(f64);

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = format!("{:?}", self.0);
        f.write_str(text.strip_suffix(".0").unwrap_or(&text))
    }
}
