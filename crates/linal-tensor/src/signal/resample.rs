//! A change of sampling rate by a polyphase filter, as `scipy.signal.resample_poly`.

use std::f64::consts::PI;

use super::poll::{Poll, PollBudget, check};
use super::{Rational, SignalError};

/// Lobes of the filter's sinc to each side.
const LOBES: usize = 10;
/// Shape of the Kaiser window of the filter: side lobes about 50 dB down.
const KAISER_BETA: f64 = 5.0;
/// Multiplications between two calls of the poll.
const POLL_EVERY: usize = 1 << 20;
/// Taps that are computed between two calls of the poll.
const TAPS_BETWEEN_POLLS: usize = 1 << 14;

/// A signal at another sampling rate: the same time span, [`Rational::output_len`] points.
///
/// The signal is filtered by a linear-phase low-pass (a sinc of ten lobes to a side under a Kaiser window)
/// that cuts at the lower of the two Nyquist frequencies. Beyond its ends the signal is zero.
///
/// # Errors
/// [`SignalError::Empty`], [`SignalError::TooLong`], [`SignalError::Interrupted`].
pub fn resample(signal: &[f64], ratio: Rational, poll: Poll<'_>) -> Result<Vec<f64>, SignalError> {
    super::fft::require(signal, "signal")?;
    if ratio.up() == ratio.down() {
        return Ok(signal.to_vec());
    }
    let length = ratio.output_len(signal.len())?;
    let bank = FilterBank::new(ratio, poll)?;
    let mut output = Vec::with_capacity(length);
    while output.len() < length {
        check(poll)?;
        let end = length.min(output.len() + bank.outputs_between_polls());
        output.extend((output.len()..end).map(|m| bank.output(signal, m)));
    }
    Ok(output)
}

/// The low-pass split by phase: output `m` meets only the taps `(half + m * down) % up`, `+ up`, `+ 2 up`,
/// ...
struct FilterBank {
    ratio: Rational,
    half: usize,
    /// The taps of each phase, last tap first, so that they are read in the order of the signal.
    taps: Vec<f64>,
    /// The start of each phase in `taps`, and the end of the last one.
    starts: Vec<usize>,
}

impl FilterBank {
    fn new(ratio: Rational, poll: Poll<'_>) -> Result<Self, SignalError> {
        let factor = ratio.up().max(ratio.down());
        let half = LOBES * factor;
        let filter = low_pass(half, factor as f64, ratio.up() as f64, poll)?;
        let mut taps = Vec::with_capacity(filter.len());
        let mut starts = vec![0];
        let mut budget = PollBudget::default();
        for phase in 0..ratio.up() {
            budget.spend(filter.len() / ratio.up(), poll)?;
            let first = taps.len();
            taps.extend(filter.iter().skip(phase).step_by(ratio.up()));
            taps[first..].reverse();
            starts.push(taps.len());
        }
        Ok(Self { ratio, half, taps, starts })
    }

    fn outputs_between_polls(&self) -> usize {
        (POLL_EVERY * self.ratio.up() / self.taps.len()).max(1)
    }

    /// Output `m`: the sum of `signal[k] * filter[half + m * down - k * up]` over all `k`.
    fn output(&self, signal: &[f64], m: usize) -> f64 {
        let position = self.half as u64 + m as u64 * self.ratio.down() as u64;
        let phase = (position % self.ratio.up() as u64) as usize;
        let last = (position / self.ratio.up() as u64) as usize;
        let taps = &self.taps[self.starts[phase]..self.starts[phase + 1]];
        // Tap `t` of the reversed phase meets sample `last + 1 + t - taps.len()`; both ends may lie outside.
        let before = taps.len().saturating_sub(last + 1);
        let first = (last + 1).saturating_sub(taps.len());
        let met = signal.get(first..=last.min(signal.len() - 1)).unwrap_or(&[]);
        dot(met, &taps[before.min(taps.len())..])
    }
}

/// The windowed sinc of `2 * half + 1` taps that passes frequencies below `1 / factor` of half the rate, with
/// gain `gain` at 0.
fn low_pass(half: usize, factor: f64, gain: f64, poll: Poll<'_>) -> Result<Vec<f64>, SignalError> {
    let peak = bessel_i0(KAISER_BETA);
    let tap = |i: usize| {
        let x = i as f64 / half as f64;
        let window = bessel_i0(KAISER_BETA * (1.0 - x * x).max(0.0).sqrt()) / peak;
        sinc(i as f64 / factor) / factor * window
    };
    // The filter is even: one side is computed, the other mirrored.
    let mut side = Vec::with_capacity(half + 1);
    while side.len() <= half {
        check(poll)?;
        let end = (half + 1).min(side.len() + TAPS_BETWEEN_POLLS);
        side.extend((side.len()..end).map(tap));
    }
    let mut taps: Vec<f64> = side[1..].iter().rev().chain(&side).copied().collect();
    let sum: f64 = taps.iter().sum();
    taps.iter_mut().for_each(|t| *t = *t / sum * gain);
    Ok(taps)
}

fn sinc(x: f64) -> f64 {
    if x == 0.0 { 1.0 } else { (PI * x).sin() / (PI * x) }
}

/// The modified Bessel function of order 0 by its power series, all of whose terms are positive; for small
/// arguments.
fn bessel_i0(x: f64) -> f64 {
    let quarter = x * x / 4.0;
    let (mut term, mut sum, mut k) = (1.0, 1.0, 1.0);
    while term > sum * f64::EPSILON / 8.0 {
        term *= quarter / (k * k);
        sum += term;
        k += 1.0;
    }
    sum
}

/// The inner product over the length of the shorter slice, in four accumulators that the compiler keeps in
/// registers.
fn dot(a: &[f64], b: &[f64]) -> f64 {
    let n = a.len().min(b.len());
    let (a, b) = (&a[..n], &b[..n]);
    let (a_blocks, a_rest) = a.as_chunks::<4>();
    let (b_blocks, b_rest) = b.as_chunks::<4>();
    let mut sums = [0.0; 4];
    for (x, y) in a_blocks.iter().zip(b_blocks) {
        for lane in 0..4 {
            sums[lane] += x[lane] * y[lane];
        }
    }
    let rest: f64 = a_rest.iter().zip(b_rest).map(|(x, y)| x * y).sum();
    (sums[0] + sums[2]) + (sums[1] + sums[3]) + rest
}
