//! Powers.
//!
//! `x^y = 2^(y log2 |x|)`, with the logarithm of f64 as a double-word sum whose relative error is below
//! 2^-65, since the product with `y` reaches 1074 and its absolute error is the relative error of the result.
//! `log2(1 + f) = s (C + z (C/3 + z P(z)))` with `s = f / (2 + f)`, `z = s^2` and `C = 2 / ln 2`.
//! Coefficients are Chebyshev interpolations computed with 60 digits.

use std::f64::consts::LN_2;

use super::bits::{Bits, polynomial, sum};
use super::exp::LN_2_LOW;

/// `C` and `C/3` as double-word sums.
const C: (f64, f64) = (2.8853900817779268, 4.0710547481862066e-17);
const C_THIRD: (f64, f64) = (0.9617966939259756, 5.0577616648125907e-17);

/// Powers.
pub trait Power: Sized {
    /// `x^y`, within 1 unit in the last place; special values as in C99.
    fn power(self, y: Self) -> Self;
}

macro_rules! power {
    ($float:ident, $absolute:path) => {
        impl Power for $float {
            #[inline(always)]
            fn power(self, y: $float) -> $float {
                let absolute = if self.abs() == 1.0 { 1.0 } else { $absolute(self.abs(), y) };
                let is_integer = y.trunc() == y;
                let half = 0.5 * y;
                let odd = is_integer & (half.trunc() != half);
                let signed = if odd { absolute.copysign(self) } else { absolute };
                // A finite negative number has real powers only for integer exponents.
                let undefined = (self < 0.0) & !is_integer & (self >= $float::MIN);
                let power = if undefined { $float::NAN } else { signed };
                // For any other operand, including NaN.
                if (y == 0.0) | (self == 1.0) { 1.0 } else { power }
            }
        }
    };
}

power!(f32, absolute_single);
power!(f64, absolute_double);

/// `x^y` for non-negative `x`.
#[inline(always)]
fn absolute_double(x: f64, y: f64) -> f64 {
    let (high, low) = log2_parts(x);
    let high = limits(x, high);
    let t = high * y;
    let rest = low.mul_add(y, high.mul_add(y, -t));
    // For large `t` the remainder may be NaN, and is not needed.
    let rest = if t.abs() < 2000.0 { rest } else { 0.0 };
    exp2(t.clamp(-2000.0, 2000.0), rest)
}

/// The logarithm to base 2 of a positive number, as a double-word sum.
#[inline(always)]
fn log2_parts(x: f64) -> (f64, f64) {
    let (e, f) = x.split();
    let (d, lost) = sum(2.0, f);
    let inverse = 1.0 / d;
    let s = f * inverse;
    let s_low = (-s).mul_add(lost, (-s).mul_add(d, f)) * inverse;
    let z = s * s;
    let z_low = (2.0 * s).mul_add(s_low, s.mul_add(s, -z));
    // The error is 2^-65.8 of the logarithm.
    let series = polynomial!(z;
        0.5770780163555853, 0.4121985831111323, 0.32059889797541535, 0.26230818922118626, 0.22195308867129765,
        0.19235880592045101, 0.16975931449542883, 0.1508510083234366, 0.15528623381712495);
    let third = z.mul_add(series, C_THIRD.0);
    let third_low = z.mul_add(series, C_THIRD.0 - third) + C_THIRD.1;
    let product = z * third;
    let product_low = z_low.mul_add(third, z.mul_add(third_low, z.mul_add(third, -product)));
    let (factor, lost) = sum(C.0, product);
    let factor_low = lost + (product_low + C.1);
    let log = s * factor;
    let log_low = s_low.mul_add(factor, s.mul_add(factor_low, s.mul_add(factor, -log)));
    let (head, lost) = sum(e, log);
    (head, lost + log_low)
}

/// The logarithm of a non-negative number, given that of positive finite ones.
#[inline(always)]
fn limits(x: f64, log: f64) -> f64 {
    let finite = if x == 0.0 { f64::NEG_INFINITY } else { log };
    if x < f64::INFINITY { finite } else { x }
}

/// `2^(t + rest)`, for `t` between -2000 and 2000.
#[inline(always)]
fn exp2(t: f64, rest: f64) -> f64 {
    let k = t.nearest(1.0);
    let (r, lost) = sum(t - k, rest);
    // 2^r = 1 + r ln 2 + r^2 q(r), with an error of 2^-58.1.
    let q = polynomial!(r;
        0.24022650695910072, 0.0555041086648216, 0.009618129107628479, 0.001333355814641675,
        0.00015403530393375822, 1.5252733830147138e-5, 1.3215486803057882e-6, 1.0178062256646543e-7,
        7.054899862722409e-9, 4.4549983631048684e-10, 2.5725267506017277e-11);
    let linear = r * LN_2;
    let low = lost.mul_add(LN_2, r.mul_add(LN_2_LOW, r.mul_add(LN_2, -linear)));
    (1.0 + (linear + (r * r).mul_add(q, low))).scaled(k)
}

/// As [`absolute_double`], with more precision than f32.
#[inline(always)]
fn absolute_single(x: f32, y: f32) -> f32 {
    let x = f64::from(x);
    let (e, f) = x.split();
    let s = f / (2.0 + f);
    // The error is 2^-43.1 of the logarithm.
    let log = polynomial!(s * s;
        C.0, 0.9617966939362479, 0.5770779989342015, 0.41220330019883816, 0.3201533245816415,
        0.27936180842559966);
    let t = (limits(x, s.mul_add(log, e)) * f64::from(y)).clamp(-200.0, 200.0);
    let k = t.nearest(1.0);
    let r = t - k;
    // The error is 2^-32.1.
    let power = polynomial!(r;
        1.0, LN_2, 0.24022650761348438, 0.05550410871520141, 0.009618082183394121, 0.0013333522019809017,
        0.0001545336197353356, 1.529110175054487e-5);
    (power * f64::power_of_two(k)) as f32
}
