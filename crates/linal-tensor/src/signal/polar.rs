//! Magnitude and phase of complex bins.

use num_complex::Complex64;

/// `|z|` of every bin, without overflow or underflow of the squares.
pub fn magnitude(bins: &[Complex64]) -> Vec<f64> {
    bins.iter().map(|z| z.re.hypot(z.im)).collect()
}

/// The angle of every bin in radians, `-pi` to `pi`; that of `0 + 0i` is 0.
pub fn phase(bins: &[Complex64]) -> Vec<f64> {
    bins.iter().map(|z| z.im.atan2(z.re)).collect()
}
