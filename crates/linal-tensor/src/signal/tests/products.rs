//! Convolution and correlation: the fast algorithms against the definitions.

use super::*;
use crate::signal::*;

#[test]
fn products_by_transforms_equal_the_sums() {
    for (n, m) in [(2000, 2000), (20_000, 700), (700, 20_000), (5000, 64), (4097, 1025), (30_000, 30)] {
        let (a, b) = (noise(n as u64, n), noise(m as u64 + 9, m));
        let full = naive::convolve(&a, &b);
        for mode in [ConvolveMode::Full, ConvolveMode::Same, ConvolveMode::Valid] {
            let length = convolved_len(n, m, mode).unwrap();
            let start = if mode == ConvolveMode::Valid { n.min(m) - 1 } else { (full.len() - length) / 2 };
            let got = convolve(&a, &b, mode, &never).unwrap();
            assert_close(&got, &full[start..start + length], 1e-13, "convolve");
        }
        let linear = matched_filter(&a, &b, CorrelateMode::Linear, &never).unwrap();
        assert_close(&linear, &naive::correlate_linear(&a, &b), 1e-13, "linear correlation");
        let circular = matched_filter(&a, &b, CorrelateMode::Circular, &never).unwrap();
        assert_close(&circular, &naive::correlate_circular(&a, &b), 1e-13, "circular correlation");
    }
}

#[test]
fn integers_give_integers() {
    let a: Vec<f64> = noise(1, 20_000).iter().map(|x| (x * 2000.0).round()).collect();
    let b: Vec<f64> = noise(2, 3000).iter().map(|x| (x * 2000.0).round()).collect();
    assert!(convolve(&a, &b, ConvolveMode::Full, &never).unwrap() == naive::convolve(&a, &b));
    assert_eq!(
        convolve(&[1.0, 2.0, 3.0], &[0.0, 1.0, 0.5], ConvolveMode::Same, &never).unwrap(),
        [1.0, 2.5, 4.0]
    );
}

#[test]
fn products_neither_overflow_nor_vanish_on_the_way() {
    let (a, b) = (noise(1, 5000), noise(2, 5000));
    let expected = convolve(&a, &b, ConvolveMode::Full, &never).unwrap();
    let scaled = |x: &[f64], factor: f64| x.iter().map(|v| v * factor).collect::<Vec<f64>>();
    let (huge, tiny) = (2.0_f64.powi(1020), 2.0_f64.powi(-900));
    let got = convolve(&scaled(&a, huge), &scaled(&b, tiny), ConvolveMode::Full, &never).unwrap();
    assert_scaled(&got, &expected, huge * tiny);
}

#[test]
fn nan_and_infinity_touch_only_what_meets_them() {
    let (mut a, mut b) = (noise(1, 6000), noise(2, 1500));
    a[10] = f64::NAN;
    a[3000] = f64::INFINITY;
    a[5999] = f64::NEG_INFINITY;
    check_nonfinite(&a, &b);
    b[1400] = f64::INFINITY;
    b[0] = 0.0;
    check_nonfinite(&a, &b);
    check_nonfinite(&b, &a);
    b[7] = f64::NAN;
    check_nonfinite(&a, &b);
}

fn check_nonfinite(a: &[f64], b: &[f64]) {
    let expected = naive::convolve(a, b);
    let got = convolve(a, b, ConvolveMode::Full, &never).unwrap();
    for (i, (x, y)) in got.iter().zip(&expected).enumerate() {
        let same = if y.is_finite() { (x - y).abs() < 1e-10 } else { x == y || x.is_nan() && y.is_nan() };
        assert!(same, "element {i} is {x}, expected {y}");
    }
    let part = convolve(a, b, ConvolveMode::Valid, &never).unwrap();
    let start = a.len().min(b.len()) - 1;
    let nans = |x: &[f64]| x.iter().map(|v| v.is_nan()).collect::<Vec<bool>>();
    assert!(nans(&part) == nans(&expected[start..start + part.len()]));
}
