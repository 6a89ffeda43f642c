//! Ranges of the full convolution of two signals, by the cheaper of two algorithms.
//!
//! The full convolution of `n` and `m` points has `n + m - 1`; every mode of `CONVOLVE` and `MATCHED_FILTER`
//! is a range of it.

mod cost;
mod direct;
mod nonfinite;
mod overlap_save;
mod scaled;

use std::ops::Range;

use super::{Poll, SignalError};

/// The points `range` of the full convolution of `a` and `b`. Neither may be empty, and `range` must lie
/// within `0..a.len() + b.len() - 1`.
pub(super) fn convolve_range(
    a: &[f64],
    b: &[f64],
    range: Range<usize>,
    poll: Poll<'_>,
) -> Result<Vec<f64>, SignalError> {
    let (long, short) = if a.len() >= b.len() { (a, b) } else { (b, a) };
    match cost::transform_size(long.len(), short.len(), &range) {
        None => direct::part(long, short, range, poll),
        Some(size) => transformed(long, short, range, size, poll),
    }
}

/// By transforms: both factors are scaled to magnitude 1, with 0 for NaN and infinities; their spectra are
/// multiplied; the product is scaled back; and the contributions of NaN and infinities are added.
fn transformed(
    long: &[f64],
    short: &[f64],
    range: Range<usize>,
    size: usize,
    poll: Poll<'_>,
) -> Result<Vec<f64>, SignalError> {
    let (x, y) = (scaled::Scaled::of(long, poll)?, scaled::Scaled::of(short, poll)?);
    let mut part = overlap_save::part(&x.values, &y.values, range.clone(), size, poll)?;
    scaled::restore(&mut part, &x, &y, size, poll)?;
    nonfinite::add(&mut part, range, long, short, poll)?;
    Ok(part)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signal::{naive, never};

    #[test]
    fn every_range_and_transform_length_gives_the_sums() {
        let a: Vec<f64> = (0..19).map(|i| f64::from(i * i % 23 - 9)).collect();
        let b: Vec<f64> = (0..19).map(|i| f64::from(i * 7 % 11 - 5)).collect();
        for (n, m) in (1..=a.len()).flat_map(|n| (1..=n).map(move |m| (n, m))) {
            let full = naive::convolve(&a[..n], &b[..m]);
            for start in 0..full.len() {
                for end in start + 1..=full.len() {
                    agree(&a[..n], &b[..m], start..end, &full[start..end]);
                }
            }
        }
    }

    fn agree(long: &[f64], short: &[f64], range: Range<usize>, expected: &[f64]) {
        assert_eq!(direct::part(long, short, range.clone(), &never).unwrap(), expected);
        for size in cost::sizes(long.len(), short.len(), &range) {
            let got = transformed(long, short, range.clone(), size, &never).unwrap();
            let case = (long.len(), short.len(), &range, size);
            assert_eq!(got, expected, "lengths, range and size {case:?}");
        }
    }
}
