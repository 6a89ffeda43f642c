//! The exponential function and the sigmoid.
//!
//! `e^x` is `2^k e^r` with `x = k ln 2 + r` and `|r| <= ln 2 / 2`, and `e^r = 1 + r + r^2 q(r)`. The
//! coefficients of `q` are Chebyshev interpolations computed with 60 digits; the relative errors of `e^r` are
//! in the comments.

use std::f64::consts::{LN_2, LOG2_E};

use super::bits::{Bits, polynomial, quotient, sum};

/// The difference of ln 2 and `LN_2`.
pub(super) const LN_2_LOW: f64 = 2.3190468138462996e-17;

/// Functions of `e^x`.
pub trait Exponential: Sized {
    /// `e^x`.
    fn exp(self) -> Self;

    /// `1 / (1 + e^-x)`.
    fn sigmoid(self) -> Self;
}

impl Exponential for f64 {
    #[inline(always)]
    fn exp(self) -> f64 {
        // Beyond these bounds every result is infinite or 0; NaN is kept.
        let x = self.clamp(-800.0, 800.0);
        let k = x.nearest(LOG2_E);
        // The first result is exact: the difference is a multiple of the last place of LN_2, and below 1/2.
        let high = k.mul_add(-LN_2, x);
        let r = k.mul_add(-LN_2_LOW, high);
        let lost = k.mul_add(-LN_2_LOW, high - r);
        // The rounding errors of 1 + r and of r are added with the smaller terms, so the error is little more
        // than half a unit in the last place: e^1 is correctly rounded.
        let head = 1.0 + r;
        let rest = r - (head - 1.0);
        (head + (rest + (r * r).mul_add(quadratic(r), lost))).scaled(k)
    }

    #[inline(always)]
    fn sigmoid(self) -> f64 {
        // The exponential of a non-positive number does not overflow.
        let x = (-self.abs()).max_or_nan(-800.0);
        let (k, (more, rest)) = expm1_parts(x);
        let (high, low) = sum(1.0, more);
        let (high, low) = (high.scaled(k), (low + rest).scaled(k));
        let (head, lost) = sum(1.0, high);
        let numerator = if self < 0.0 { (high, low) } else { (1.0, 0.0) };
        quotient(numerator, (head, lost + low))
    }
}

impl Exponential for f32 {
    #[inline(always)]
    fn exp(self) -> f32 {
        let x = self.clamp(-110.0, 110.0);
        let k = x.nearest(std::f32::consts::LOG2_E);
        // The difference of ln 2 and the LN_2 of f32 is negative.
        let r = k.mul_add(1.9046542e-9, k.mul_add(-std::f32::consts::LN_2, x));
        // 2^-32.1.
        let q = polynomial!(r; 0.5, 0.16666667, 0.041666463, 0.00833331, 0.0013933731, 0.0001989108);
        (1.0 + (r * r).mul_add(q, r)).scaled(k)
    }

    #[inline(always)]
    fn sigmoid(self) -> f32 {
        let decay = exp_single(f64::from((-self.abs()).max_or_nan(-110.0)));
        let numerator = if self < 0.0 { decay } else { 1.0 };
        (numerator / (1.0 + decay)) as f32
    }
}

/// Bounds that keep NaN.
pub(super) trait Bounded {
    /// The larger number, or NaN.
    fn max_or_nan(self, low: Self) -> Self;
}

macro_rules! bounded {
    ($($float:ty),*) => {$(
        impl Bounded for $float {
            #[inline(always)]
            fn max_or_nan(self, low: $float) -> $float {
                if self < low { low } else { self }
            }
        }
    )*};
}

bounded!(f32, f64);

/// `k`, and `e^r - 1` as a double-word sum, where `x = k ln 2 + r`. Its relative error is about 2^-60.
#[inline(always)]
pub(super) fn expm1_parts(x: f64) -> (f64, (f64, f64)) {
    let k = x.nearest(LOG2_E);
    let high = k.mul_add(-LN_2, x);
    let r = k.mul_add(-LN_2_LOW, high);
    let lost = k.mul_add(-LN_2_LOW, high - r);
    (k, sum(r, (r * r).mul_add(quadratic(r), lost)))
}

/// `q(r)` with an error of 2^-61.4.
#[inline(always)]
fn quadratic(r: f64) -> f64 {
    polynomial!(r;
        0.5, 0.1666666666666667, 0.04166666666666667, 0.008333333333326084, 0.0013888888888883711,
        0.0001984126987500228, 2.480158732567746e-5, 2.755725517000089e-6, 2.755727347871858e-7,
        2.5105312729622103e-8, 2.09147553258932e-9)
}

/// `e^r - 1` with a relative error of 2^-36.5.
#[inline(always)]
pub(super) fn expm1_single(r: f64) -> f64 {
    let q = polynomial!(r;
        0.5, 0.1666666671931248, 0.041666666719295684, 0.008333298344023092, 0.001388885390994504,
        0.00019899390183679232, 2.485969439475207e-5);
    (r * r).mul_add(q, r)
}

/// `e^x` with more precision than f32, for `x` between -700 and 700.
#[inline(always)]
fn exp_single(x: f64) -> f64 {
    let k = x.nearest(LOG2_E);
    (1.0 + expm1_single(k.mul_add(-LN_2, x))) * f64::power_of_two(k)
}
