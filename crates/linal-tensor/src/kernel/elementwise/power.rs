//! Powers, with special cases for scalar exponents.

use std::mem::MaybeUninit;

use super::binary::zip;
use super::math::Power;
use super::unary::map;
use crate::kernel::Arg;

/// Writes `a^b`, within 2 units in the last place.
pub(super) fn power<'o, T: FloatPower>(
    a: Arg<'_, T>,
    b: Arg<'_, T>,
    out: &'o mut [MaybeUninit<T>],
) -> &'o mut [T] {
    if let Arg::Splat(exponent) = b
        && let Some(shortcut) = Shortcut::of(exponent.into())
    {
        return shortcut.write(a, out);
    }
    zip(
        a,
        b,
        out,
        #[inline(always)]
        |x, y| x.power(y),
    )
}

/// Operations of floats for powers.
pub(super) trait FloatPower: Power + Copy + Into<f64> + std::ops::Mul<Output = Self> {
    /// The square root, with the special values of `x^0.5`.
    fn root(self) -> Self;

    /// `1 / x`.
    fn inverse(self) -> Self;
}

macro_rules! roots {
    ($($float:ident),*) => {$(
        impl FloatPower for $float {
            #[inline(always)]
            fn root(self) -> $float {
                // The square root of -0 is -0 and that of negative infinity is NaN, unlike their powers.
                if self == $float::NEG_INFINITY { $float::INFINITY } else { (self + 0.0).sqrt() }
            }

            #[inline(always)]
            fn inverse(self) -> $float {
                1.0 / self
            }
        }
    )*};
}

roots!(f32, f64);

/// Exponents whose powers are computed by products, square roots and quotients.
#[derive(Clone, Copy)]
enum Shortcut {
    One,
    Two,
    Three,
    Four,
    Half,
    MinusOne,
    MinusTwo,
}

impl Shortcut {
    /// The shortcut for an exponent.
    fn of(exponent: f64) -> Option<Shortcut> {
        use Shortcut::*;
        [(1.0, One), (2.0, Two), (3.0, Three), (4.0, Four), (0.5, Half), (-1.0, MinusOne), (-2.0, MinusTwo)]
            .into_iter()
            .find_map(|(value, shortcut)| (value == exponent).then_some(shortcut))
    }

    fn write<'o, T: FloatPower>(self, a: Arg<'_, T>, out: &'o mut [MaybeUninit<T>]) -> &'o mut [T] {
        match self {
            Shortcut::One => map(a, out, |x| x),
            Shortcut::Two => map(a, out, |x| x * x),
            Shortcut::Three => map(a, out, |x| x * x * x),
            Shortcut::Four => map(a, out, |x| (x * x) * (x * x)),
            Shortcut::Half => map(a, out, |x| x.root()),
            Shortcut::MinusOne => map(a, out, |x| x.inverse()),
            // The square of the inverse: the inverse of the square would underflow to 0 where the power does
            // not.
            Shortcut::MinusTwo => map(a, out, |x| x.inverse() * x.inverse()),
        }
    }
}
