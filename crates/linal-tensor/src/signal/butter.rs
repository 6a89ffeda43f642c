//! The design of Butterworth band-pass filters as second-order sections, as `scipy.signal.butter`.

use std::f64::consts::PI;

use num_complex::Complex64;

use super::SignalError;
use super::sos::{Section, steady_states};

/// The largest order of a filter; above it rounding errors exceed the pass-band gain.
pub const MAX_ORDER: usize = 32;

/// The sampling rate of the bilinear transform; the edges of the band are pre-warped for it.
const DESIGN_RATE: f64 = 2.0;

/// The sections of a digital Butterworth band-pass of `order` from `low` to `high` at `rate` samples per
/// second: `order` sections, since a band-pass has two poles for each of its prototype.
///
/// Sections come in SciPy's order: the poles nearest to the unit circle last, the gain in the first section.
///
/// # Errors
/// [`SignalError::FilterOrder`], [`SignalError::LowEdge`], [`SignalError::HighEdge`],
/// [`SignalError::EdgeOrder`], and [`SignalError::BandTooNarrow`] when rounding leaves no stable filter.
/// `rate` must be positive and finite.
pub fn butter_bandpass(order: usize, low: f64, high: f64, rate: f64) -> Result<Vec<Section>, SignalError> {
    if order == 0 || order > MAX_ORDER {
        return Err(SignalError::FilterOrder { order, max: MAX_ORDER });
    }
    check_band(low, high, rate)?;
    let warp = |edge: f64| 2.0 * DESIGN_RATE * (PI * (2.0 * edge / rate) / DESIGN_RATE).tan();
    let (low_warped, high_warped) = (warp(low), warp(high));
    let width = high_warped - low_warped;
    let center = (low_warped * high_warped).sqrt();
    let analog = band_poles(&prototype(order), width, center);
    let gain = gain(&analog, order, width);
    let sections = pair(digital_poles(&analog), order, gain);
    if is_stable(&sections, gain) {
        Ok(sections)
    } else {
        Err(SignalError::BandTooNarrow { low, high, rate, order })
    }
}

/// Checks that a band lies between 0 and half the rate, both excluded. NaN edges are errors too.
pub(super) fn check_band(low: f64, high: f64, rate: f64) -> Result<(), SignalError> {
    if low.is_nan() || low <= 0.0 {
        Err(SignalError::LowEdge { low })
    } else if high.is_nan() || high >= rate / 2.0 {
        Err(SignalError::HighEdge { high, rate })
    } else if low >= high {
        Err(SignalError::EdgeOrder { low, high })
    } else {
        Ok(())
    }
}

/// The poles of the analog low-pass of cut-off 1: evenly spaced on the left half of the unit circle.
fn prototype(order: usize) -> Vec<Complex64> {
    let n = order as f64;
    (0..order).map(|i| -Complex64::cis(PI * (2.0 * i as f64 - n + 1.0) / (2.0 * n))).collect()
}

/// The poles of the analog band-pass: two for each pole of the low-pass.
fn band_poles(prototype: &[Complex64], width: f64, center: f64) -> Vec<Complex64> {
    let pair = |pole: &Complex64| {
        let scaled = pole * width / 2.0;
        let root = (scaled * scaled - center * center).sqrt();
        [scaled + root, scaled - root]
    };
    prototype.iter().flat_map(pair).collect()
}

/// The gain of the digital filter. Of its zeros, `order` lie at 0 and `order` at infinity before the bilinear
/// transform.
fn gain(analog_poles: &[Complex64], order: usize, width: f64) -> f64 {
    let fs2 = 2.0 * DESIGN_RATE;
    let poles: Complex64 = analog_poles.iter().map(|p| fs2 - p).product();
    width.powi(order as i32) * (fs2.powi(order as i32) / poles).re
}

/// The real digital poles, and of each conjugate pair the one above the real axis.
struct Poles {
    real: Vec<f64>,
    upper: Vec<Complex64>,
}

fn digital_poles(analog: &[Complex64]) -> Poles {
    // The test for a real pole is relative, since conjugates may differ by rounding.
    let is_real = |p: &Complex64| p.im.abs() <= 100.0 * f64::EPSILON * p.norm();
    let fs2 = 2.0 * DESIGN_RATE;
    let digital: Vec<Complex64> = analog.iter().map(|p| (fs2 + p) / (fs2 - p)).collect();
    Poles {
        real: digital.iter().filter(|p| is_real(p)).map(|p| p.re).collect(),
        upper: digital.into_iter().filter(|p| !is_real(p) && p.im > 0.0).collect(),
    }
}

/// Pairs poles and zeros into sections from the last to the first: the pole nearest to the unit circle takes
/// the two nearest zeros, which are `order` times 1 and `order` times -1.
fn pair(mut poles: Poles, order: usize, gain: f64) -> Vec<Section> {
    let mut zeros = Zeros { plus: order, minus: order };
    let mut sections = Vec::with_capacity(order);
    while let Some((p, a)) = take_nearest_pole(&mut poles) {
        let (z1, z2) = (zeros.take_nearest(p), zeros.take_nearest(p));
        sections.push(Section { b: [1.0, -(z1 + z2), z1 * z2], a });
    }
    sections.reverse();
    if let Some(first) = sections.first_mut() {
        first.b = first.b.map(|b| b * gain);
    }
    sections
}

/// Removes the pole nearest to the unit circle and its partner (its conjugate, or the nearest of the other
/// real poles), and returns the pole and the denominator of both.
fn take_nearest_pole(poles: &mut Poles) -> Option<(Complex64, [f64; 2])> {
    let real = nearest_to_unit_circle(&poles.real, |p| p.abs());
    let upper = nearest_to_unit_circle(&poles.upper, |p| p.norm());
    if upper.is_some_and(|(_, distance)| real.is_none_or(|(_, other)| distance <= other)) {
        let p = poles.upper.remove(upper?.0);
        return Some((p, [-2.0 * p.re, p.norm_sqr()]));
    }
    let p1 = poles.real.remove(real?.0);
    let p2 = poles.real.remove(nearest_to_unit_circle(&poles.real, |p| p.abs())?.0);
    Some((p1.into(), [-(p1 + p2), p1 * p2]))
}

/// The index of the value nearest to the unit circle, and its distance from it.
fn nearest_to_unit_circle<T>(values: &[T], radius: impl Fn(&T) -> f64) -> Option<(usize, f64)> {
    let distances = values.iter().map(|v| (1.0 - radius(v)).abs());
    distances.enumerate().min_by(|a, b| a.1.total_cmp(&b.1))
}

/// The number of unpaired zeros at 1 and at -1.
struct Zeros {
    plus: usize,
    minus: usize,
}

impl Zeros {
    fn take_nearest(&mut self, pole: Complex64) -> f64 {
        if self.minus == 0 || (self.plus > 0 && pole.re > 0.0) {
            self.plus = self.plus.saturating_sub(1);
            1.0
        } else {
            self.minus -= 1;
            -1.0
        }
    }
}

/// Whether every section is stable and the cascade has a gain and a finite steady state.
fn is_stable(sections: &[Section], gain: f64) -> bool {
    let stable = |s: &Section| s.a[1].abs() < 1.0 && s.a[0].abs() < 1.0 + s.a[1];
    let states = steady_states(sections);
    gain.is_normal() && sections.iter().all(stable) && states.iter().flatten().all(|s| s.is_finite())
}
