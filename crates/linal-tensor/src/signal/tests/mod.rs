//! Tests of the signal functions: against SciPy, against their definitions, and of their error messages.

mod errors;
mod products;
mod properties;
mod reference;

use num_complex::Complex64;

/// `n` numbers in `[-0.5, 0.5)`, the same as in `reference/signals.py`.
fn noise(seed: u64, n: usize) -> Vec<f64> {
    let mut state = seed;
    let next = |_| {
        state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (state >> 11) as f64 / (1_u64 << 53) as f64 - 0.5
    };
    (0..n).map(next).collect()
}

/// Complex noise from two seeds.
fn complex_noise(seed: u64, n: usize) -> Vec<Complex64> {
    noise(seed, n).into_iter().zip(noise(seed + 1000, n)).map(|(re, im)| Complex64::new(re, im)).collect()
}

/// Asserts that `got` equals `expected` to `tolerance` of the largest expected magnitude.
#[track_caller]
fn assert_close(got: &[f64], expected: &[f64], tolerance: f64, what: &str) {
    assert_eq!(got.len(), expected.len(), "length of {what}");
    let largest = expected.iter().fold(0.0_f64, |max, x| max.max(x.abs()));
    for (i, (x, y)) in got.iter().zip(expected).enumerate() {
        assert!((x - y).abs() <= tolerance * largest, "{what}: element {i} is {x:e}, expected {y:e}");
    }
}

/// Asserts that `small` is `large` times a power of two, to the last digit.
#[track_caller]
fn assert_scaled(small: &[f64], large: &[f64], factor: f64) {
    let scaled: Vec<f64> = large.iter().map(|x| x * factor).collect();
    assert!(small == scaled, "not the same digits");
}

/// Real and imaginary parts, interleaved.
fn parts(bins: &[Complex64]) -> Vec<f64> {
    bins.iter().flat_map(|z| [z.re, z.im]).collect()
}
