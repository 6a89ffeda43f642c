//! Every function against values of NumPy and SciPy, from `reference/signals.py`.

use std::collections::HashMap;
use std::str::FromStr;

use super::*;
use crate::signal::*;

const REFERENCE: &str = include_str!("../../../reference/signals.txt");

/// A case: its function and its parameters by name.
struct Case<'a> {
    function: &'a str,
    parameters: HashMap<&'a str, &'a str>,
}

impl<'a> Case<'a> {
    fn parse(line: &'a str) -> Self {
        let mut words = line.split(' ');
        let function = words.next().unwrap();
        Self { function, parameters: words.map(|word| word.split_once('=').unwrap()).collect() }
    }

    fn get<T: FromStr>(&self, name: &str) -> T {
        self.parameters[name].parse().ok().unwrap()
    }

    fn n(&self) -> usize {
        self.get("n")
    }

    fn noise(&self, offset: f64) -> Vec<f64> {
        noise(self.get("seed"), self.n()).iter().map(|x| x + offset).collect()
    }

    fn second(&self) -> Vec<f64> {
        let m = self.get("m");
        noise(m as u64 + 500, m)
    }

    fn run(&self) -> Result<Vec<f64>, SignalError> {
        let seed = || self.get("seed");
        match self.function {
            "rfft" => Ok(parts(&rfft(&self.noise(0.0), &never)?)),
            "fft" => Ok(parts(&fft(&complex_noise(seed(), self.n()), &never)?)),
            "ifft" => Ok(parts(&ifft(&complex_noise(seed(), self.n()), &never)?)),
            "irfft" => irfft(complex_noise(seed(), rfft_len(self.n())), self.n(), &never),
            "psd" => psd(&self.noise(3.0), &self.psd_options(), &never),
            "spectrogram" => spectrogram(&self.noise(-2.0), &self.spectrogram_options(), &never),
            "whiten" => whiten(&self.noise(0.0), &self.density(), &never),
            "butter" => {
                Ok(self.butter()?.iter().flat_map(|s| [s.b[0], s.b[1], s.b[2], s.a[0], s.a[1]]).collect())
            }
            "bandpass" => bandpass(&self.noise(5.0), &self.band(self.butterworth()), &never),
            "brickwall" => bandpass(&self.noise(0.0), &self.band(BandpassMethod::Brickwall), &never),
            "convolve" => {
                convolve(&self.noise(0.0), &self.second(), self.mode(ConvolveMode::from_name), &never)
            }
            "correlate" => {
                matched_filter(&self.noise(0.0), &self.second(), self.mode(CorrelateMode::from_name), &never)
            }
            "resample" => {
                resample(&self.noise(1.0), Rational::between(self.get("start"), self.get("stop"))?, &never)
            }
            other => panic!("no such function: {other}"),
        }
    }

    fn psd_options(&self) -> PsdOptions {
        let window = Window::from_name(self.parameters["taper"]).unwrap();
        let (segment_len, overlap) = (self.get("window"), self.get("overlap"));
        PsdOptions { segment_len, overlap, window, rate: self.get("rate") }
    }

    fn spectrogram_options(&self) -> SpectrogramOptions {
        SpectrogramOptions { frame_len: self.get("window"), hop: self.get("hop"), rate: self.get("rate") }
    }

    fn density(&self) -> Vec<f64> {
        let bins: usize = self.get("bins");
        noise(bins as u64 + 7, bins).iter().map(|x| x + 0.75).collect()
    }

    fn butter(&self) -> Result<Vec<Section>, SignalError> {
        butter_bandpass(self.get("order"), self.get("low"), self.get("high"), self.get("rate"))
    }

    fn butterworth(&self) -> BandpassMethod {
        BandpassMethod::Butterworth { order: self.get("order") }
    }

    fn band(&self, method: BandpassMethod) -> BandpassOptions {
        BandpassOptions { low: self.get("low"), high: self.get("high"), rate: self.get("rate"), method }
    }

    fn mode<M>(&self, from_name: fn(&str) -> Option<M>) -> M {
        from_name(self.parameters["mode"]).unwrap()
    }
}

#[test]
fn every_function_agrees_with_scipy() {
    let lines: Vec<&str> = REFERENCE.lines().filter(|line| !line.starts_with('#')).collect();
    let (cases, rest) = lines.as_chunks::<2>();
    assert!(rest.is_empty() && cases.len() > 100, "{} cases", cases.len());
    for [case, values] in cases {
        let expected: Vec<f64> = values.split(' ').map(|value| value.parse().unwrap()).collect();
        let got = Case::parse(case).run().unwrap_or_else(|error| panic!("{case}: {error}"));
        assert_close(&got, &expected, 1e-10, case);
    }
}
