//! Messages of wrong input, and interruption.

use std::cell::Cell;

use super::*;
use crate::signal::*;

/// Asserts that a call fails with this message.
#[track_caller]
fn fails<T: std::fmt::Debug>(result: Result<T, SignalError>, message: &str) {
    assert_eq!(result.unwrap_err().to_string(), message);
}

#[test]
fn empty_inputs_are_named() {
    fails(rfft(&[], &never), "the signal is empty: it must have at least 1 element");
    fails(irfft(vec![], 1, &never), "the spectrum is empty: it must have at least 1 element");
    fails(psd(&[], &PsdOptions::new(4), &never), "the signal is empty: it must have at least 1 element");
    fails(whiten(&[], &[1.0, 1.0], &never), "the signal is empty: it must have at least 1 element");
    fails(
        matched_filter(&[1.0], &[], CorrelateMode::Linear, &never),
        "the template is empty: it must have at least 1 element",
    );
    let full = ConvolveMode::Full;
    fails(convolve(&[1.0], &[], full, &never), "the kernel is empty: it must have at least 1 element");
    let options =
        BandpassOptions { method: BandpassMethod::Brickwall, ..BandpassOptions::new(1.0, 2.0, 8.0) };
    fails(bandpass(&[], &options, &never), "the signal is empty: it must have at least 1 element");
    let ratio = Rational::between(1.0, 2.0).unwrap();
    fails(resample(&[], ratio, &never), "the signal is empty: it must have at least 1 element");
}

#[test]
fn lengths_say_what_would_fit() {
    let ones = [1.0; 10];
    fails(
        irfft(vec![Complex64::ONE; 3], 6, &never),
        "LENGTH 6 does not fit a spectrum of 3 bins: it must be 4 or 5",
    );
    fails(irfft(vec![Complex64::ONE], 0, &never), "LENGTH 0 does not fit a spectrum of 1 bin: it must be 1");
    fails(
        psd(&ones, &PsdOptions::new(11), &never),
        "WINDOW 11 is longer than the signal, which has 10 elements: it must be 1 to 10",
    );
    fails(psd(&ones, &PsdOptions::new(0), &never), "WINDOW is 0: it must be at least 1");
    fails(
        psd(&ones, &PsdOptions { overlap: 4, ..PsdOptions::new(4) }, &never),
        "OVERLAP 4 leaves no step between windows of 4: it must be 0 to 3",
    );
    fails(spectrogram(&ones, &SpectrogramOptions::new(4, 0), &never), "HOP is 0: it must be at least 1");
    fails(
        bandpass(&[0.0; 27], &BandpassOptions::new(35.0, 350.0, 4096.0), &never),
        "the signal has 27 elements: a filter of this order needs at least 28",
    );
}

#[test]
fn rates_and_bands_say_their_limits() {
    let band = |low, high| BandpassOptions::new(low, high, 100.0).check(1000);
    fails(band(0.0, 10.0), "the lower edge is 0: it must be above 0");
    fails(band(f64::NAN, 10.0), "the lower edge is NaN: it must be above 0");
    fails(band(10.0, 50.0), "the upper edge is 50: it must be below 50, half the sampling rate 100");
    fails(
        band(20.0, 10.0),
        "FROM 20 TO 10 is an empty band: the lower edge 20 must be below the upper edge 10",
    );
    fails(butter_bandpass(0, 1.0, 2.0, 8.0), "ORDER 0 is out of range: it must be 1 to 32");
    fails(butter_bandpass(33, 1.0, 2.0, 8.0), "ORDER 33 is out of range: it must be 1 to 32");
    fails(
        butter_bandpass(4, 1e-18, 2e-18, 1.0),
        "the band 1e-18 to 2e-18 is too narrow for a filter of order 4 at rate 1: \
         widen the band, lower ORDER, or RESAMPLE to a lower rate first",
    );
    fails(
        psd(&[1.0; 8], &PsdOptions { rate: -1.0, ..PsdOptions::new(4) }, &never),
        "RATE is -1: a sampling rate must be a positive finite number",
    );
    fails(
        Rational::between(f64::INFINITY, 1.0),
        "FROM is inf: a sampling rate must be a positive finite number",
    );
    fails(
        Rational::between(1e9, 1e9 + 7.0),
        "FROM 1000000000 TO 1000000007 is not a ratio of integers up to 262144: \
         choose rates with a larger common divisor",
    );
}

#[test]
fn bad_density_bins_are_named() {
    let mut density = vec![1e-46; 33];
    let mut with = |bin: usize, value: f64| {
        density[bin] = value;
        whiten(&[1.0; 64], &density, &never)
    };
    let rule = "every bin must be positive";
    fails(with(17, 0.0), &format!("bin 17 of the spectral density is 0: {rule}"));
    fails(with(17, f64::NAN), &format!("bin 17 of the spectral density is NaN: {rule}"));
    fails(with(3, -1e-50), &format!("bin 3 of the spectral density is -1e-50: {rule}"));
    fails(
        whiten(&[1.0; 64], &[1.0], &never),
        "the spectral density has 1 bin: it must have at least 2, from 0 to half the sampling rate",
    );
}

#[test]
fn long_loops_stop_when_asked() {
    let signal = noise(1, 200_000);
    let calls = Cell::new(0);
    let third = || {
        calls.set(calls.get() + 1);
        calls.get() == 3
    };
    let stops = |run: &dyn Fn(Poll<'_>) -> Result<Vec<f64>, SignalError>| {
        calls.set(0);
        assert_eq!(run(&third), Err(SignalError::Interrupted));
    };
    stops(&|poll| psd(&signal, &PsdOptions::new(1024), poll));
    stops(&|poll| spectrogram(&signal, &SpectrogramOptions::new(1024, 512), poll));
    stops(&|poll| bandpass(&signal, &BandpassOptions::new(35.0, 350.0, 4096.0), poll));
    stops(&|poll| convolve(&signal, &signal[..8], ConvolveMode::Full, poll));
    stops(&|poll| convolve(&signal, &signal[..1000], ConvolveMode::Full, poll));
    stops(&|poll| matched_filter(&signal, &signal[..1000], CorrelateMode::Circular, poll));
    stops(&|poll| resample(&signal, Rational::between(44_100.0, 48_000.0)?, poll));
}
