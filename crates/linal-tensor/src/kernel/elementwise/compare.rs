//! Comparisons and logic.

use std::mem::MaybeUninit;

use num_complex::{Complex32, Complex64};

use super::binary::zip;
use super::{CompareOp, LogicalOp};
use crate::kernel::{Arg, Register};
use crate::{Error, Result};

/// A dtype with comparisons.
pub trait Compare: Register {
    /// Writes `a op b`.
    fn compare<'o>(
        op: CompareOp,
        a: Arg<'_, Self>,
        b: Arg<'_, Self>,
        out: &'o mut [MaybeUninit<bool>],
    ) -> Result<&'o mut [bool]>;
}

/// Writes `a op b` as Booleans.
///
/// # Errors
/// An order of complex numbers.
pub fn compare<'o, T: Compare>(
    op: CompareOp,
    a: Arg<'_, T>,
    b: Arg<'_, T>,
    out: &'o mut [MaybeUninit<bool>],
) -> Result<&'o mut [bool]> {
    T::compare(op, a, b, out)
}

macro_rules! ordered {
    ($($type:ty),*) => {$(
        impl Compare for $type {
            fn compare<'o>(
                op: CompareOp,
                a: Arg<'_, $type>,
                b: Arg<'_, $type>,
                out: &'o mut [MaybeUninit<bool>],
            ) -> Result<&'o mut [bool]> {
                Ok(match op {
                    CompareOp::Eq => zip(a, b, out, |x, y| x == y),
                    CompareOp::Ne => zip(a, b, out, |x, y| x != y),
                    CompareOp::Lt => zip(a, b, out, |x, y| x < y),
                    CompareOp::Le => zip(a, b, out, |x, y| x <= y),
                    CompareOp::Gt => zip(a, b, out, |x, y| x > y),
                    CompareOp::Ge => zip(a, b, out, |x, y| x >= y),
                })
            }
        }
    )*};
}

ordered!(bool, i64, f32, f64);

macro_rules! unordered {
    ($($type:ty),*) => {$(
        impl Compare for $type {
            fn compare<'o>(
                op: CompareOp,
                a: Arg<'_, $type>,
                b: Arg<'_, $type>,
                out: &'o mut [MaybeUninit<bool>],
            ) -> Result<&'o mut [bool]> {
                match op {
                    CompareOp::Eq => Ok(zip(a, b, out, |x, y| x == y)),
                    CompareOp::Ne => Ok(zip(a, b, out, |x, y| x != y)),
                    _ => Err(Error::DTypeMismatch {
                        operation: op.name(),
                        found: <$type as crate::Element>::DTYPE,
                        rule: "real numbers, since complex ones have no order",
                    }),
                }
            }
        }
    )*};
}

unordered!(Complex32, Complex64);

/// Writes `a op b` of Booleans.
pub fn logical<'o>(
    op: LogicalOp,
    a: Arg<'_, bool>,
    b: Arg<'_, bool>,
    out: &'o mut [MaybeUninit<bool>],
) -> &'o mut [bool] {
    match op {
        LogicalOp::And => zip(a, b, out, |x, y| x & y),
        LogicalOp::Or => zip(a, b, out, |x, y| x | y),
    }
}
