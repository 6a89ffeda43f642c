//! Arithmetic of two operands.

use std::mem::MaybeUninit;

use num_complex::{Complex32, Complex64};

use super::BinaryOp;
use super::complex::ComplexMath;
use super::fixup::zip_with_fixup;
use super::integer;
use super::math::Remainder;
use super::power::power;
use super::unary::map;
use crate::kernel::{Arg, Register, vectorized};
use crate::uninit::{write_each, write_zip};
use crate::{Error, Result};

/// A dtype with arithmetic.
pub trait Arithmetic: Register {
    /// Writes `a op b`.
    fn binary<'o>(
        op: BinaryOp,
        a: Arg<'_, Self>,
        b: Arg<'_, Self>,
        out: &'o mut [MaybeUninit<Self>],
    ) -> Result<&'o mut [Self]>;
}

/// Writes `a op b` for a dtype with arithmetic.
///
/// # Errors
/// Overflow and division by zero, of integers only.
#[inline]
pub fn binary<'o, T: Arithmetic>(
    op: BinaryOp,
    a: Arg<'_, T>,
    b: Arg<'_, T>,
    out: &'o mut [MaybeUninit<T>],
) -> Result<&'o mut [T]> {
    T::binary(op, a, b, out)
}

/// One loop over two operands, each a block or a scalar.
#[inline(always)]
pub(super) fn zip<'o, A: Copy, T: Copy>(
    a: Arg<'_, A>,
    b: Arg<'_, A>,
    out: &'o mut [MaybeUninit<T>],
    mut f: impl FnMut(A, A) -> T,
) -> &'o mut [T] {
    match (a, b) {
        (Arg::Slice(a), Arg::Slice(b)) => vectorized(
            #[inline(always)]
            move || write_zip(out, a, b, f),
        ),
        (Arg::Slice(a), Arg::Splat(b)) => map(
            Arg::Slice(a),
            out,
            #[inline(always)]
            move |x| f(x, b),
        ),
        (Arg::Splat(a), Arg::Slice(b)) => map(
            Arg::Slice(b),
            out,
            #[inline(always)]
            move |y| f(a, y),
        ),
        (Arg::Splat(a), Arg::Splat(b)) => write_each(out, |_| f(a, b)),
    }
}

macro_rules! float_arithmetic {
    ($($type:ty),*) => {$(
        impl Arithmetic for $type {
            fn binary<'o>(
                op: BinaryOp,
                a: Arg<'_, $type>,
                b: Arg<'_, $type>,
                out: &'o mut [MaybeUninit<$type>],
            ) -> Result<&'o mut [$type]> {
                Ok(match op {
                    BinaryOp::Add => zip(a, b, out, |x, y| x + y),
                    BinaryOp::Sub => zip(a, b, out, |x, y| x - y),
                    BinaryOp::Mul => zip(a, b, out, |x, y| x * y),
                    BinaryOp::Div => zip(a, b, out, |x, y| x / y),
                    BinaryOp::IntDiv => zip(a, b, out, |x, y| (x / y).trunc()),
                    BinaryOp::Rem => zip_with_fixup(
                        a,
                        b,
                        out,
                        #[inline(always)]
                        |x, y| Remainder::in_range(x, y),
                        #[inline(always)]
                        |x, y| Remainder::remainder(x, y),
                        |x, y| x % y,
                    ),
                    BinaryOp::Pow => power(a, b, out),
                    // NaN propagates, as in `numpy.minimum` and `numpy.maximum`.
                    BinaryOp::Min => zip(a, b, out, |x, y| if x < y || x.is_nan() { x } else { y }),
                    BinaryOp::Max => zip(a, b, out, |x, y| if x > y || x.is_nan() { x } else { y }),
                })
            }
        }
    )*};
}

float_arithmetic!(f32, f64);

impl Arithmetic for i64 {
    fn binary<'o>(
        op: BinaryOp,
        a: Arg<'_, i64>,
        b: Arg<'_, i64>,
        out: &'o mut [MaybeUninit<i64>],
    ) -> Result<&'o mut [i64]> {
        match op {
            BinaryOp::Add => integer::add(op.name(), a, b, out),
            BinaryOp::Sub => integer::subtract(op.name(), a, b, out),
            BinaryOp::Mul => integer::multiply(op.name(), a, b, out),
            BinaryOp::Div | BinaryOp::IntDiv => checked_divide(op, a, b, out, i64::overflowing_div),
            // The remainder of `i64::MIN` by -1 is 0, although the quotient overflows.
            BinaryOp::Rem => checked_divide(op, a, b, out, |x, y| (x.wrapping_rem(y), false)),
            BinaryOp::Pow => {
                checked(op, a, b, out, |x, y| u32::try_from(y).map_or((0, true), |y| x.overflowing_pow(y)))
            }
            BinaryOp::Min => Ok(zip(a, b, out, i64::min)),
            BinaryOp::Max => Ok(zip(a, b, out, i64::max)),
        }
    }
}

/// Integer arithmetic that accumulates an overflow flag, so that the loop has no branch.
#[inline(always)]
fn checked<'o>(
    op: BinaryOp,
    a: Arg<'_, i64>,
    b: Arg<'_, i64>,
    out: &'o mut [MaybeUninit<i64>],
    mut f: impl FnMut(i64, i64) -> (i64, bool),
) -> Result<&'o mut [i64]> {
    let mut overflow = false;
    let written = zip(a, b, out, |x, y| {
        let (value, over) = f(x, y);
        overflow |= over;
        value
    });
    if overflow {
        return Err(Error::IntegerOverflow { operation: op.name() });
    }
    Ok(written)
}

/// Integer division that accumulates a flag for zero divisors.
fn checked_divide<'o>(
    op: BinaryOp,
    a: Arg<'_, i64>,
    b: Arg<'_, i64>,
    out: &'o mut [MaybeUninit<i64>],
    f: impl Fn(i64, i64) -> (i64, bool),
) -> Result<&'o mut [i64]> {
    let mut zero = false;
    let written = checked(op, a, b, out, |x, y| {
        zero |= y == 0;
        if y == 0 { (0, false) } else { f(x, y) }
    });
    if zero {
        return Err(Error::DivisionByZero { operation: op.name() });
    }
    written
}

macro_rules! complex_arithmetic {
    ($($type:ty),*) => {$(
        impl Arithmetic for $type {
            fn binary<'o>(
                op: BinaryOp,
                a: Arg<'_, $type>,
                b: Arg<'_, $type>,
                out: &'o mut [MaybeUninit<$type>],
            ) -> Result<&'o mut [$type]> {
                Ok(match op {
                    BinaryOp::Add => zip(a, b, out, |x, y| x + y),
                    BinaryOp::Sub => zip(a, b, out, |x, y| x - y),
                    BinaryOp::Mul => zip(a, b, out, |x, y| x * y),
                    BinaryOp::Div => zip(a, b, out, ComplexMath::quotient),
                    BinaryOp::Pow => zip(a, b, out, ComplexMath::power),
                    BinaryOp::IntDiv | BinaryOp::Rem | BinaryOp::Min | BinaryOp::Max => {
                        return Err(Error::DTypeMismatch {
                            operation: op.name(),
                            found: <$type as crate::Element>::DTYPE,
                            rule: "real numbers",
                        });
                    }
                })
            }
        }
    )*};
}

complex_arithmetic!(Complex32, Complex64);
