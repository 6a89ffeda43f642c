//! The operations by their definitions, as a reference for tests.

use std::f64::consts::TAU;

use num_complex::Complex64;

/// The discrete Fourier transform as a sum for each bin; `sign` is -1 forward, 1 inverse (unscaled).
pub(super) fn dft(signal: &[Complex64], sign: f64) -> Vec<Complex64> {
    let n = signal.len();
    let twiddle = |i: usize| Complex64::cis(sign * TAU * (i % n) as f64 / n as f64);
    (0..n).map(|k| signal.iter().enumerate().map(|(i, z)| z * twiddle(i * k)).sum()).collect()
}

/// The full convolution.
pub(super) fn convolve(a: &[f64], b: &[f64]) -> Vec<f64> {
    let mut out = vec![0.0; a.len() + b.len() - 1];
    for (i, x) in a.iter().enumerate() {
        for (j, y) in b.iter().enumerate() {
            out[i + j] += x * y;
        }
    }
    out
}

/// The correlation by lag, over the part of the template that overlaps the signal.
pub(super) fn correlate_linear(a: &[f64], b: &[f64]) -> Vec<f64> {
    (0..a.len()).map(|i| a[i..].iter().zip(b).map(|(x, y)| x * y).sum()).collect()
}

/// The correlation by lag with the periodic signal.
pub(super) fn correlate_circular(a: &[f64], b: &[f64]) -> Vec<f64> {
    let n = a.len();
    (0..n).map(|i| b.iter().enumerate().map(|(j, y)| a[(i + j) % n] * y).sum()).collect()
}
