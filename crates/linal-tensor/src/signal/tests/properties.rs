//! Properties that hold for any input.

use std::f64::consts::{PI, TAU};

use super::*;
use crate::signal::*;

/// Uniform noise of width 1 has variance 1/12.
const VARIANCE: f64 = 1.0 / 12.0;

#[test]
fn transforms_equal_their_definition() {
    for n in (1..=40).chain([64, 101, 128, 243, 255]) {
        let signal = complex_noise(n as u64, n);
        let forward = naive::dft(&signal, -1.0);
        assert_close(&parts(&fft(&signal, &never).unwrap()), &parts(&forward), 1e-12, "fft");
        assert_close(&parts(&ifft(&forward, &never).unwrap()), &parts(&signal), 1e-12, "ifft");
        let real = noise(n as u64, n);
        let lifted: Vec<Complex64> = real.iter().map(Complex64::from).collect();
        let spectrum = rfft(&real, &never).unwrap();
        assert_close(&parts(&spectrum), &parts(&naive::dft(&lifted, -1.0)[..rfft_len(n)]), 1e-12, "rfft");
        assert_close(&irfft(spectrum, n, &never).unwrap(), &real, 1e-14, "irfft");
    }
}

#[test]
fn a_single_bin_inverts_to_one_point() {
    assert_eq!(default_inverse_len(1), 1);
    assert_eq!(default_inverse_len(65), 128);
    assert_eq!(irfft(vec![Complex64::new(2.0, f64::NAN)], 1, &never).unwrap(), [2.0]);
}

#[test]
fn plans_outlive_their_cache() {
    for n in (2..100).chain([1 << 18, 1 << 21, 1 << 18, 2]) {
        // The order of additions depends on the processor: with NEON the last digit of 83 differs.
        let sum = rfft(&vec![1.0; n], &never).unwrap()[0].re;
        assert!((sum / n as f64 - 1.0).abs() <= 4.0 * f64::EPSILON, "{n}: {sum}");
    }
}

#[test]
fn the_density_integrates_to_the_variance() {
    let signal = noise(5, 1 << 17);
    for (rate, window) in [(1.0, Window::Hann), (4096.0, Window::Rectangular)] {
        let options = PsdOptions { rate, window, ..PsdOptions::new(1024) };
        let integral = psd(&signal, &options, &never).unwrap().iter().sum::<f64>() * rate / 1024.0;
        assert!((integral / VARIANCE - 1.0).abs() < 0.01, "{integral}");
    }
}

#[test]
fn a_spectrogram_averages_to_the_density() {
    let signal = noise(8, 1000);
    let options = SpectrogramOptions::new(64, 32);
    let (bins, frames) = options.shape(signal.len()).unwrap();
    assert_eq!((bins, frames), (33, 30));
    let matrix = spectrogram(&signal, &options, &never).unwrap();
    let mean: Vec<f64> = matrix.chunks(frames).map(|row| row.iter().sum::<f64>() / frames as f64).collect();
    assert_close(&mean, &psd(&signal, &PsdOptions::new(64), &never).unwrap(), 1e-13, "mean of frames");
}

#[test]
fn nothing_depends_on_the_scale() {
    // 2^-70 is about the size of a gravitational wave's strain, 1e-21. A power of two scales without
    // rounding, so that every function must return the same digits.
    let scale = 2.0_f64.powi(-70);
    let large = noise(3, 4000);
    let small: Vec<f64> = large.iter().map(|x| x * scale).collect();
    let density = |x: &[f64]| psd(x, &PsdOptions::new(256), &never).unwrap();
    assert_scaled(&density(&small), &density(&large), scale * scale);
    assert_scaled(
        &whiten(&small, &density(&small), &never).unwrap(),
        &whiten(&large, &density(&large), &never).unwrap(),
        1.0,
    );
    let filtered = |x: &[f64]| bandpass(x, &BandpassOptions::new(35.0, 350.0, 4096.0), &never).unwrap();
    assert_scaled(&filtered(&small), &filtered(&large), scale);
    for mode in [CorrelateMode::Linear, CorrelateMode::Circular] {
        let matched = |x: &[f64]| matched_filter(x, &x[100..700], mode, &never).unwrap();
        assert_scaled(&matched(&small), &matched(&large), scale * scale);
    }
    let resampled = |x: &[f64]| resample(x, Rational::between(3.0, 2.0).unwrap(), &never).unwrap();
    assert_scaled(&resampled(&small), &resampled(&large), scale);
}

#[test]
fn whitened_noise_is_white() {
    // A sum of adjacent samples has little power at high frequencies. Whitened by its own density it has
    // density 1.
    let colored: Vec<f64> = noise(4, 1 << 16).windows(2).map(|w| (w[0] + 0.8 * w[1]) * 1e-21).collect();
    let density = psd(&colored, &PsdOptions::new(512), &never).unwrap();
    let white = psd(&whiten(&colored, &density, &never).unwrap(), &PsdOptions::new(128), &never).unwrap();
    assert!(white[2..63].iter().all(|p| (p - 1.0).abs() < 0.2), "{white:?}");
}

#[test]
fn a_band_pass_keeps_its_band_without_delay() {
    let wave = |hz: f64| (0..4096).map(|i| (TAU * hz * f64::from(i) / 4096.0).sin()).collect::<Vec<f64>>();
    let (inside, outside) = (wave(120.0), wave(4.0));
    let both: Vec<f64> = inside.iter().zip(&outside).map(|(x, y)| x + y).collect();
    for method in [BandpassMethod::default(), BandpassMethod::Brickwall] {
        let options = BandpassOptions { method, ..BandpassOptions::new(35.0, 350.0, 4096.0) };
        let got = bandpass(&both, &options, &never).unwrap();
        assert_close(&got[1000..3000], &inside[1000..3000], 1e-3, "wave inside the band");
    }
}

#[test]
fn every_order_gives_a_filter() {
    for order in 1..=MAX_ORDER {
        let sections = butter_bandpass(order, 0.1, 0.4, 1.0).unwrap();
        assert_eq!(sections.len(), order);
        let mut impulse = vec![0.0; 4000];
        impulse[2000] = 1.0;
        let response = rfft(&filter_forward_backward(&impulse, &sections, &never).unwrap(), &never).unwrap();
        let gain = response[1000].norm();
        assert!((gain - 1.0).abs() < 1e-9, "order {order}: gain {gain} in the middle of the band");
    }
}

#[test]
fn ratios_are_those_of_the_decimals_written() {
    let ratio = |from, to| Rational::between(from, to).map(|r| (r.up(), r.down()));
    assert_eq!(ratio(44_100.0, 48_000.0), Ok((160, 147)));
    assert_eq!(ratio(44.1, 48.0), Ok((160, 147)));
    assert_eq!(ratio(0.1, 0.3), Ok((3, 1)));
    assert_eq!(ratio(1e-3, 2.5), Ok((2500, 1)));
    assert_eq!(ratio(5e-324, 5e-324), Ok((1, 1)));
    assert!(ratio(1.0, PI).is_err());
    assert!(ratio(1e-300, 1e300).is_err());
}

#[test]
fn polar_forms() {
    let bins = [Complex64::new(3e-200, 4e-200), Complex64::new(-1.0, 0.0), Complex64::ZERO];
    assert_close(&magnitude(&bins), &[5e-200, 1.0, 0.0], 0.0, "magnitude");
    assert_eq!(magnitude(&bins[..1])[0] / 5e-200, 1.0);
    assert_eq!(phase(&bins)[1..], [PI, 0.0]);
}
