//! Functions of one operand.

use std::mem::MaybeUninit;

use num_complex::{Complex32, Complex64};

use super::UnaryOp;
use super::complex::ComplexMath;
use super::fixup::map_with_fixup;
use super::integer;
use super::math::{Exponential, Logarithm, Tanh, Trigonometric};
use crate::kernel::{Arg, Register, vectorized};
use crate::uninit::{write_each, write_map};
use crate::{Element, Error, Result};

/// A dtype with operations of one operand that keep the dtype.
pub trait Unary: Register {
    /// Writes `op a`.
    fn unary<'o>(op: UnaryOp, a: Arg<'_, Self>, out: &'o mut [MaybeUninit<Self>]) -> Result<&'o mut [Self]>;
}

/// Writes `op a`, an operation that keeps the dtype.
///
/// # Errors
/// Overflow of integers, and operations that the dtype does not support.
pub fn unary<'o, T: Unary>(op: UnaryOp, a: Arg<'_, T>, out: &'o mut [MaybeUninit<T>]) -> Result<&'o mut [T]> {
    T::unary(op, a, out)
}

/// One loop over an operand.
///
/// The closures are `#[inline(always)]`: one that is not inlined would be compiled for the baseline.
#[inline(always)]
pub(super) fn map<'o, A: Copy, T: Copy>(
    a: Arg<'_, A>,
    out: &'o mut [MaybeUninit<T>],
    mut f: impl FnMut(A) -> T,
) -> &'o mut [T] {
    match a {
        Arg::Slice(a) => vectorized(
            #[inline(always)]
            move || write_map(out, a, f),
        ),
        Arg::Splat(a) => {
            let value = f(a);
            write_each(out, |_| value)
        }
    }
}

fn unsupported<T: Element>(op: UnaryOp, rule: &'static str) -> Error {
    Error::DTypeMismatch { operation: op.name(), found: T::DTYPE, rule }
}

/// A function as a closure that is always inlined.
macro_rules! inlined {
    ($function:path) => {
        #[inline(always)]
        |x| $function(x)
    };
}

macro_rules! in_range {
    ($a:expr, $out:expr, $function:path, $huge:expr) => {
        map_with_fixup($a, $out, inlined!(Trigonometric::in_range), inlined!($function), $huge)
    };
}

macro_rules! float_unary {
    ($($type:ty),*) => {$(
        impl Unary for $type {
            fn unary<'o>(
                op: UnaryOp,
                a: Arg<'_, $type>,
                out: &'o mut [MaybeUninit<$type>],
            ) -> Result<&'o mut [$type]> {
                Ok(match op {
                    UnaryOp::Neg => map(a, out, |x| -x),
                    UnaryOp::Abs => map(a, out, |x: $type| x.abs()),
                    UnaryOp::Sqrt => map(a, out, |x: $type| x.sqrt()),
                    UnaryOp::Exp => map(a, out, inlined!(Exponential::exp)),
                    UnaryOp::Log => map(a, out, inlined!(Logarithm::ln)),
                    UnaryOp::Log2 => map(a, out, inlined!(Logarithm::log2)),
                    UnaryOp::Log10 => map(a, out, inlined!(Logarithm::log10)),
                    UnaryOp::Sin => in_range!(a, out, Trigonometric::sin, |x: $type| f64::from(x).sin() as $type),
                    UnaryOp::Cos => in_range!(a, out, Trigonometric::cos, |x: $type| f64::from(x).cos() as $type),
                    UnaryOp::Tan => in_range!(a, out, Trigonometric::tan, |x: $type| f64::from(x).tan() as $type),
                    UnaryOp::Tanh => map(a, out, inlined!(Tanh::tanh)),
                    UnaryOp::Sigmoid => map(a, out, inlined!(Exponential::sigmoid)),
                    UnaryOp::Relu => map(a, out, |x: $type| if x < 0.0 { 0.0 } else { x }),
                    UnaryOp::Floor => map(a, out, |x: $type| x.floor()),
                    UnaryOp::Ceil => map(a, out, |x: $type| x.ceil()),
                    UnaryOp::Round => map(a, out, |x: $type| x.round_ties_even()),
                    UnaryOp::Sign => map(a, out, |x: $type| {
                        if x == 0.0 || x.is_nan() { x + 0.0 } else { x.signum() }
                    }),
                    UnaryOp::Real | UnaryOp::Conj => map(a, out, |x| x),
                    UnaryOp::Imag => map(a, out, |_| 0.0),
                    UnaryOp::Phase => map(a, out, |x: $type| (0.0 as $type).atan2(x)),
                    UnaryOp::Not | UnaryOp::IsNan => {
                        return Err(unsupported::<$type>(op, "Booleans"));
                    }
                })
            }
        }
    )*};
}

float_unary!(f32, f64);

impl Unary for i64 {
    fn unary<'o>(op: UnaryOp, a: Arg<'_, i64>, out: &'o mut [MaybeUninit<i64>]) -> Result<&'o mut [i64]> {
        match op {
            UnaryOp::Neg => integer::negate(op.name(), a, out),
            UnaryOp::Abs => integer::absolute(op.name(), a, out),
            UnaryOp::Relu => Ok(map(a, out, |x| x.max(0))),
            UnaryOp::Sign => Ok(map(a, out, i64::signum)),
            UnaryOp::Floor | UnaryOp::Ceil | UnaryOp::Round | UnaryOp::Real | UnaryOp::Conj => {
                Ok(map(a, out, |x| x))
            }
            UnaryOp::Imag => Ok(map(a, out, |_| 0)),
            _ => Err(unsupported::<i64>(op, "real or complex numbers")),
        }
    }
}

macro_rules! complex_unary {
    ($($type:ty),*) => {$(
        impl Unary for $type {
            fn unary<'o>(
                op: UnaryOp,
                a: Arg<'_, $type>,
                out: &'o mut [MaybeUninit<$type>],
            ) -> Result<&'o mut [$type]> {
                Ok(match op {
                    UnaryOp::Neg => map(a, out, |z| -z),
                    UnaryOp::Sqrt => map(a, out, |z: $type| z.sqrt()),
                    UnaryOp::Exp => map(a, out, |z: $type| z.exp()),
                    UnaryOp::Log => map(a, out, |z: $type| z.ln()),
                    UnaryOp::Log2 => map(a, out, |z: $type| z.log2()),
                    UnaryOp::Log10 => map(a, out, |z: $type| z.log10()),
                    UnaryOp::Sin => map(a, out, |z: $type| z.sin()),
                    UnaryOp::Cos => map(a, out, |z: $type| z.cos()),
                    UnaryOp::Tan => map(a, out, ComplexMath::tangent),
                    UnaryOp::Tanh => map(a, out, ComplexMath::hyperbolic_tangent),
                    UnaryOp::Conj => map(a, out, |z: $type| z.conj()),
                    _ => return Err(unsupported::<$type>(op, "real numbers")),
                })
            }
        }
    )*};
}

complex_unary!(Complex32, Complex64);

/// Writes the real part, imaginary part, absolute value or angle of complex numbers.
///
/// # Errors
/// Other operations, which keep the dtype and belong to [`unary`].
pub fn decompose<'o, R, T>(op: UnaryOp, a: Arg<'_, T>, out: &'o mut [MaybeUninit<R>]) -> Result<&'o mut [R]>
where
    T: Register + num_complex::ComplexFloat<Real = R>,
    R: Register,
{
    Ok(match op {
        UnaryOp::Real => map(a, out, |z| z.re()),
        UnaryOp::Imag => map(a, out, |z| z.im()),
        UnaryOp::Abs => map(a, out, |z| z.abs()),
        UnaryOp::Phase => map(a, out, |z| z.arg()),
        _ => return Err(unsupported::<T>(op, "real numbers")),
    })
}

/// Writes whether each element is NaN; for complex numbers, whether a part is.
pub fn is_nan<'o, T: Register>(a: Arg<'_, T>, out: &'o mut [MaybeUninit<bool>]) -> &'o mut [bool] {
    // Only NaN differs from itself.
    #[allow(clippy::eq_op, reason = "the definition of NaN")]
    map(a, out, |x| x != x)
}

/// Writes the negation of each Boolean.
pub fn not<'o>(a: Arg<'_, bool>, out: &'o mut [MaybeUninit<bool>]) -> &'o mut [bool] {
    map(a, out, |x| !x)
}
