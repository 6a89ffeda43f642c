//! Sine, cosine and tangent of arguments in range.
//!
//! The argument is reduced by multiples of pi / 2 (of pi for f32) in three parts (two), which is exact for
//! arguments in range ([`Trigonometric::in_range`]); others need a thousand bits of pi, and are computed by
//! the functions of the platform. On f64 the kernels between -pi/4 and pi/4 are fdlibm's (Sun Microsystems),
//! with errors below 2^-57. Functions of f32 are computed in f64, with Chebyshev interpolations computed with
//! 60 digits.

use std::f64::consts::{FRAC_1_PI, FRAC_2_PI, FRAC_PI_2, PI};

use super::bits::{Bits, polynomial, quotient, sum};

/// The difference of pi and `PI`.
const PI_LOW: f64 = 1.2246467991473532e-16;

/// The difference of pi / 2 and half of `PI + PI_LOW`.
const HALF_PI_LOWEST: f64 = -1.4973849048591698e-33;

/// Trigonometric functions, for arguments in range.
pub trait Trigonometric: Sized {
    /// Whether the functions are valid: not for large numbers and NaN.
    fn in_range(self) -> bool;

    /// The sine of an argument in range.
    fn sin(self) -> Self;

    /// The cosine of an argument in range.
    fn cos(self) -> Self;

    /// The tangent of an argument in range.
    fn tan(self) -> Self;
}

/// A double-word sum: a float and a small remainder.
type Sum = (f64, f64);

impl Trigonometric for f64 {
    #[inline(always)]
    fn in_range(self) -> bool {
        self.abs() < 1e9
    }

    #[inline(always)]
    fn sin(self) -> f64 {
        let (quadrant, r) = quarter(self);
        let (high, low) = if quadrant & 1 == 0 { sine(r) } else { cosine(r) };
        // The sine of -0 is -0.
        if self == 0.0 { self } else { signed(high + low, quadrant) }
    }

    #[inline(always)]
    fn cos(self) -> f64 {
        let (quadrant, r) = quarter(self);
        let (high, low) = if quadrant & 1 == 0 { cosine(r) } else { sine(r) };
        signed(high + low, quadrant.wrapping_add(1))
    }

    #[inline(always)]
    fn tan(self) -> f64 {
        let (quadrant, r) = quarter(self);
        let (s, c) = (normal(sine(r)), normal(cosine(r)));
        let even = quadrant & 1 == 0;
        let tangent = quotient(if even { s } else { (-c.0, -c.1) }, if even { c } else { s });
        if self == 0.0 { self } else { tangent }
    }
}

impl Trigonometric for f32 {
    #[inline(always)]
    fn in_range(self) -> bool {
        self.abs() < 1e9
    }

    #[inline(always)]
    fn sin(self) -> f32 {
        let x = f64::from(self);
        let shifted = x.mul_add(FRAC_1_PI, f64::SHIFTER);
        half_turn(x, shifted - f64::SHIFTER, shifted.to_bits() << 63)
    }

    #[inline(always)]
    fn cos(self) -> f32 {
        // The cosine is the sine a quarter turn ahead.
        let x = f64::from(self);
        let shifted = x.mul_add(FRAC_1_PI, -0.5) + f64::SHIFTER;
        half_turn(x, (shifted - f64::SHIFTER) + 0.5, !shifted.to_bits() << 63)
    }

    #[inline(always)]
    fn tan(self) -> f32 {
        let x = f64::from(self);
        let shifted = x.mul_add(FRAC_2_PI, f64::SHIFTER);
        let k = shifted - f64::SHIFTER;
        let r = k.mul_add(-0.5 * PI_LOW, k.mul_add(-FRAC_PI_2, x));
        let z = r * r;
        // Errors of 2^-35.6 and 2^-41.5.
        let s = r * polynomial!(z;
            1.0, -0.16666666663853044, 0.008333331873837089, -0.00019840086263755443, 2.7249864655139585e-6);
        let c = polynomial!(z;
            1.0, -0.49999999999963857, 0.041666666637372694, -0.0013888885089126252, 2.479986150250612e-5,
            -2.7237076731325097e-7);
        let even = shifted.to_bits() & 1 == 0;
        ((if even { s } else { -c }) / (if even { c } else { s })) as f32
    }
}

/// The sine of `x - k pi`, with its sign flipped by a sign bit.
#[inline(always)]
fn half_turn(x: f64, k: f64, sign: u64) -> f32 {
    let r = k.mul_add(-PI_LOW, k.mul_add(-PI, x));
    let z = r * r;
    // The error is 2^-33.1 of the sine.
    let sine = r * polynomial!(z;
        1.0, -0.16666666663878466, 0.008333332768305049, -0.00019841086452506194, 2.753645532390914e-6,
        -2.407999973210464e-8);
    f64::from_bits(sine.to_bits() ^ sign) as f32
}

/// The nearest multiple of a quarter turn, in the low bits, and the remainder of `x`.
#[inline(always)]
fn quarter(x: f64) -> (u64, Sum) {
    let shifted = x.mul_add(FRAC_2_PI, f64::SHIFTER);
    let k = shifted - f64::SHIFTER;
    // Exact: a multiple of the last place of FRAC_PI_2, and below 1.
    let first = k.mul_add(-FRAC_PI_2, x);
    // The next part can be larger than `first`, so this is Knuth's two-sum, which is valid for any two
    // numbers.
    let next = k * (-0.5 * PI_LOW);
    let lost = k.mul_add(-0.5 * PI_LOW, -next);
    let high = first + next;
    let back = high - first;
    let low = (first - (high - back)) + (next - back);
    (shifted.to_bits(), (high, k.mul_add(-HALF_PI_LOWEST, low + lost)))
}

/// The sine between -pi/4 and pi/4.
#[inline(always)]
fn sine((x, rest): Sum) -> Sum {
    let z = x * x;
    let cube = z * x;
    let series = polynomial!(z;
        8.33333333332248946124e-3, -1.98412698298579493134e-4, 2.75573137070700676789e-6,
        -2.50507602534068634195e-8, 1.58969099521155010221e-10);
    let low = z.mul_add(cube.mul_add(series, -0.5 * rest), rest);
    (x, cube.mul_add(-1.66666666666666324348e-1, low))
}

/// The cosine between -pi/4 and pi/4.
#[inline(always)]
fn cosine((x, rest): Sum) -> Sum {
    let z = x * x;
    let series = polynomial!(z;
        4.16666666666666019037e-2, -1.38888888888741095749e-3, 2.48015872894767294178e-5,
        -2.75573143513906633035e-7, 2.08757232129817482790e-9, -1.13596475577881948265e-11);
    let half = 0.5 * z;
    let (high, lost) = sum(1.0, -half);
    (high, (z * z).mul_add(series, x.mul_add(-rest, lost)))
}

/// The sum with the smallest remainder.
#[inline(always)]
fn normal((high, low): Sum) -> Sum {
    sum(high, low)
}

/// Flips the sign in the third and fourth quadrant.
#[inline(always)]
fn signed(x: f64, quadrant: u64) -> f64 {
    f64::from_bits(x.to_bits() ^ ((quadrant & 2) << 62))
}
