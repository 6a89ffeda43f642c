//! Transforms, spectra and filters.

use linal_dataset::Result;
use linal_tensor::graph::{self, Kernel, NodeRef};
use linal_tensor::kernel::elementwise::UnaryOp;
use linal_tensor::kernel::signal::SignalOp;
use linal_tensor::signal::{
    BandpassMethod, BandpassOptions, ConvolveMode, CorrelateMode, DEFAULT_ORDER, PsdOptions, Rational,
    SpectrogramOptions, Window, default_inverse_len,
};
use linal_tensor::{Error as TensorError, Take};

use super::{Category, Columns, Example, FunctionDef};
use crate::binder::Args;

pub(super) const FUNCTIONS: &[FunctionDef] = &[
    FunctionDef {
        name: "FFT",
        aliases: &[],
        category: Category::Signal,
        pattern: "FFT a [COMPLEX complex]",
        doc: "The spectrum of a real vector of n as a matrix of [2, n/2 + 1]: row 0 holds the real parts, row 1 the imaginary parts. With `complex => true`, or of a complex vector, all n bins as a complex vector.",
        example: Example { script: "SHOW FFT [1, 2, 3, 4]", output: "[[10, -2, -2],\n [ 0,  2,  0]]" },
        columns: Columns::AllNames,
        evaluate: fft,
    },
    FunctionDef {
        name: "IFFT",
        aliases: &[],
        category: Category::Signal,
        pattern: "IFFT s [LENGTH length]",
        doc: "The real vector of a spectrum of [2, bins]. LENGTH is that of the signal that the spectrum came from when this is known, else 2 * (bins - 1). Of a complex vector, the complex vector of equal length.",
        example: Example { script: "SHOW IFFT(FFT [1, 2, 3, 4])", output: "[1, 2, 3, 4]" },
        columns: Columns::AllNames,
        evaluate: ifft,
    },
    FunctionDef {
        name: "MAGNITUDE",
        aliases: &[],
        category: Category::Signal,
        pattern: "MAGNITUDE s",
        doc: "The modulus of each bin of a spectrum of [2, bins] or of a complex tensor.",
        example: Example { script: "SHOW MAGNITUDE [[3, 0], [4, 2]]", output: "[5, 2]" },
        columns: Columns::AllNames,
        evaluate: |args| per_bin("MAGNITUDE", UnaryOp::Abs, args),
    },
    FunctionDef {
        name: "PHASE",
        aliases: &[],
        category: Category::Signal,
        pattern: "PHASE s",
        doc: "The angle of each bin of a spectrum of [2, bins] or of a complex tensor, in radians.",
        example: Example { script: "SHOW PHASE [[1, 0], [0, 1]]", output: "[0, 1.5707963267948966]" },
        columns: Columns::AllNames,
        evaluate: |args| per_bin("PHASE", UnaryOp::Phase, args),
    },
    FunctionDef {
        name: "PSD",
        aliases: &[],
        category: Category::Signal,
        pattern: "PSD a WINDOW window [OVERLAP overlap] [TAPER taper] [RATE rate]",
        doc: "The one-sided power spectral density by Welch's method, window/2 + 1 bins from 0 to half the rate: segments of `window` points that overlap by half unless OVERLAP says otherwise, each without its mean, under a periodic Hann taper ('none' for no taper). Its integral is the signal's variance; the unit is that of the signal squared per hertz of RATE (1 unless given).",
        example: Example {
            script: "LET noise = RANDN [65536] SEED 1\nLET p = PSD noise WINDOW 256\nSHOW ABS(SUM p / 256 - 1) < 0.02",
            output: "true",
        },
        columns: Columns::AllNames,
        evaluate: psd,
    },
    FunctionDef {
        name: "WHITEN",
        aliases: &[],
        category: Category::Signal,
        pattern: "WHITEN a WITH p",
        doc: "The signal whose spectrum is that of `a` divided by the square root of the density p, which is interpolated linearly to a's bins. A bin of p that is not positive is an error that names it.",
        example: Example { script: "SHOW WHITEN [1, 2, 3, 4] WITH [1, 1, 1]", output: "[1, 2, 3, 4]" },
        columns: Columns::AllNames,
        evaluate: |args| signal(SignalOp::Whiten, &[args.tensor("a")?, args.tensor("p")?]),
    },
    FunctionDef {
        name: "BANDPASS",
        aliases: &[],
        category: Category::Signal,
        pattern: "BANDPASS a FROM low TO high WITH RATE rate [ORDER order] [METHOD method]",
        doc: "The part of a signal between two frequencies in hertz, without delay: a Butterworth filter (order 4 unless given) run forward and backward, or with METHOD 'brickwall' the bins of the band alone.",
        example: Example {
            script: "LET t = ARANGE(0, 1000) / 1000\nLET x = SIN(t * 314.1592653589793)\nLET y = BANDPASS x FROM 40 TO 60 WITH RATE 1000\nSHOW MAX(ABS(x - y)[200:800]) < 0.01",
            output: "true",
        },
        columns: Columns::AllNames,
        evaluate: bandpass,
    },
    FunctionDef {
        name: "MATCHED_FILTER",
        aliases: &[],
        category: Category::Signal,
        pattern: "MATCHED_FILTER a WITH b [MODE mode]",
        doc: "The correlation of a signal with a template by lag, as long as the signal: element i is the sum over j of a[i + j] * b[j]. Beyond its end the signal is 0 ('linear') or starts again ('circular').",
        example: Example { script: "SHOW MATCHED_FILTER [0, 1, 2, 0] WITH [1, 2]", output: "[2, 5, 2, 0]" },
        columns: Columns::AllNames,
        evaluate: matched_filter,
    },
    FunctionDef {
        name: "CONVOLVE",
        aliases: &[],
        category: Category::Signal,
        pattern: "CONVOLVE a WITH b [MODE mode]",
        doc: "The convolution of two vectors: all n + m - 1 points ('full'), as many as the longer has ('same'), or only where both overlap completely ('valid').",
        example: Example { script: "SHOW CONVOLVE [1, 2, 3] WITH [1, 1]", output: "[1, 3, 5, 3]" },
        columns: Columns::AllNames,
        evaluate: convolve,
    },
    FunctionDef {
        name: "RESAMPLE",
        aliases: &[],
        category: Category::Signal,
        pattern: "RESAMPLE a FROM from TO to",
        doc: "The signal at another sampling rate, by a polyphase filter; the rates must have a ratio of whole numbers.",
        example: Example { script: "SHOW SHAPE RESAMPLE(ZEROS [100], 100, 150)", output: "[150]" },
        columns: Columns::AllNames,
        evaluate: |args| {
            let ratio = Rational::between(args.float("from")?, args.float("to")?)
                .map_err(|e| args.error(e.to_string()))?;
            signal(SignalOp::Resample(ratio), &[args.tensor("a")?])
        },
    },
    FunctionDef {
        name: "SPECTROGRAM",
        aliases: &[],
        category: Category::Signal,
        pattern: "SPECTROGRAM a WINDOW window HOP hop [RATE rate]",
        doc: "Power spectral densities of windows that start every `hop` points, one a column: a matrix of [window/2 + 1, frames].",
        example: Example { script: "SHOW SHAPE SPECTROGRAM(ONES [1000], 100, 50)", output: "[51, 19]" },
        columns: Columns::AllNames,
        evaluate: spectrogram,
    },
];

fn signal(op: SignalOp, inputs: &[NodeRef]) -> Result<NodeRef> {
    Ok(graph::kernel(Kernel::Signal(op), inputs)?)
}

fn fft(args: &mut Args<'_, '_>) -> Result<NodeRef> {
    let a = args.tensor("a")?;
    let complex = args.flag("complex")?.unwrap_or(a.dtype().is_complex());
    if a.dtype().is_complex() && !complex {
        return Err(args.error("the spectrum of a complex vector is complex"));
    }
    signal(if complex { SignalOp::FftComplex } else { SignalOp::Fft }, &[a])
}

fn ifft(args: &mut Args<'_, '_>) -> Result<NodeRef> {
    let s = args.tensor("s")?;
    if s.dtype().is_complex() {
        if args.has("length") {
            return Err(
                args.error("LENGTH belongs to a spectrum of [2, bins]; a complex one keeps its length")
            );
        }
        return signal(SignalOp::IfftComplex, &[s]);
    }
    check_spectrum("IFFT", &s)?;
    let length = match args.count_option("length")? {
        Some(length) => length,
        None => {
            // A later signal of another length may have a spectrum of the same shape, so the statement is not
            // cached.
            args.binder.cacheable = false;
            args.binder.spectrum_length(&s).unwrap_or_else(|| default_inverse_len(s.shape()[1]))
        }
    };
    signal(SignalOp::Ifft { length }, &[s])
}

/// Real and imaginary parts as rows, the layout of FFT's result.
fn check_spectrum(operation: &'static str, s: &NodeRef) -> Result<()> {
    if s.shape().rank() == 2 && s.shape()[0] == 2 {
        return Ok(());
    }
    let rule = "a spectrum of shape [2, bins] or complex numbers";
    Err(TensorError::BadShape { operation, found: s.shape().clone(), rule }.into())
}

fn per_bin(name: &'static str, op: UnaryOp, args: &mut Args<'_, '_>) -> Result<NodeRef> {
    let s = args.tensor("s")?;
    if s.dtype().is_complex() {
        return Ok(graph::unary(op, &s)?);
    }
    check_spectrum(name, &s)?;
    let (re, im) = (graph::index(&s, &[Take::At(0)])?, graph::index(&s, &[Take::At(1)])?);
    Ok(graph::unary(op, &graph::complex(&re, &im)?)?)
}

fn psd(args: &mut Args<'_, '_>) -> Result<NodeRef> {
    let mut options = PsdOptions::new(args.count("window")?);
    if let Some(overlap) = args.count_option("overlap")? {
        options.overlap = overlap;
    }
    if let Some(window) = args.choice("taper", &["hann", "none"], Window::from_name)? {
        options.window = window;
    }
    if let Some(rate) = args.float_option("rate")? {
        options.rate = rate;
    }
    signal(SignalOp::Psd(options), &[args.tensor("a")?])
}

fn bandpass(args: &mut Args<'_, '_>) -> Result<NodeRef> {
    let mut options = BandpassOptions::new(args.float("low")?, args.float("high")?, args.float("rate")?);
    let order = args.count_option("order")?;
    let brickwall = args.choice("method", &["butterworth", "brickwall"], |word| {
        match word.to_ascii_lowercase().as_str() {
            "brickwall" => Some(true),
            "butterworth" => Some(false),
            _ => None,
        }
    })?;
    options.method = match (brickwall, order) {
        (Some(true), Some(_)) => return Err(args.error("ORDER belongs to METHOD 'butterworth'")),
        (Some(true), None) => BandpassMethod::Brickwall,
        (_, order) => BandpassMethod::Butterworth { order: order.unwrap_or(DEFAULT_ORDER) },
    };
    signal(SignalOp::Bandpass(options), &[args.tensor("a")?])
}

fn matched_filter(args: &mut Args<'_, '_>) -> Result<NodeRef> {
    let mode = args.choice("mode", &["linear", "circular"], CorrelateMode::from_name)?;
    let op = SignalOp::MatchedFilter(mode.unwrap_or(CorrelateMode::Linear));
    signal(op, &[args.tensor("a")?, args.tensor("b")?])
}

fn convolve(args: &mut Args<'_, '_>) -> Result<NodeRef> {
    let mode = args.choice("mode", &["full", "same", "valid"], ConvolveMode::from_name)?;
    let op = SignalOp::Convolve(mode.unwrap_or(ConvolveMode::Full));
    signal(op, &[args.tensor("a")?, args.tensor("b")?])
}

fn spectrogram(args: &mut Args<'_, '_>) -> Result<NodeRef> {
    let mut options = SpectrogramOptions::new(args.count("window")?, args.count("hop")?);
    if let Some(rate) = args.float_option("rate")? {
        options.rate = rate;
    }
    signal(SignalOp::Spectrogram(options), &[args.tensor("a")?])
}
