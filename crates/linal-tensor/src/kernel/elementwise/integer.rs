//! Arithmetic of integers in which an overflow is an error.
//!
//! No loop looks at an overflow flag, which vector instructions do not have. What is noted of a sum or a difference is
//! negative when one of them overflowed; products are checked one by one only where their factors are long.

use std::mem::MaybeUninit;

use super::checked_loop::{map_checked, zip_checked};
use crate::kernel::{Arg, BLOCK};
use crate::uninit::write_chunks;
use crate::{Error, Result};

/// Writes `a + b`.
pub(super) fn add<'o>(
    operation: &'static str,
    a: Arg<'_, i64>,
    b: Arg<'_, i64>,
    out: &'o mut [MaybeUninit<i64>],
) -> Result<&'o mut [i64]> {
    check_overflow(
        operation,
        zip_checked(
            a,
            b,
            out,
            0,
            #[inline(always)]
            |overflow, x, y| {
                let sum = x.wrapping_add(y);
                // A sum has the sign of neither operand only when it overflowed.
                *overflow |= (x ^ sum) & (y ^ sum);
                sum
            },
        ),
    )
}

/// Writes `a - b`.
pub(super) fn subtract<'o>(
    operation: &'static str,
    a: Arg<'_, i64>,
    b: Arg<'_, i64>,
    out: &'o mut [MaybeUninit<i64>],
) -> Result<&'o mut [i64]> {
    check_overflow(
        operation,
        zip_checked(
            a,
            b,
            out,
            0,
            #[inline(always)]
            |overflow, x, y| {
                let difference = x.wrapping_sub(y);
                // Operands of one sign never overflow; else the difference has the sign of the first.
                *overflow |= (x ^ y) & (x ^ difference);
                difference
            },
        ),
    )
}

/// Writes `a * b`.
pub(super) fn multiply<'o>(
    operation: &'static str,
    a: Arg<'_, i64>,
    b: Arg<'_, i64>,
    out: &'o mut [MaybeUninit<i64>],
) -> Result<&'o mut [i64]> {
    write_chunks(out, BLOCK, |start, block| {
        let range = start..start + block.len();
        let (a, b) = (part(&a, range.clone()), part(&b, range));
        let (written, (left, right)) = zip_checked(
            a,
            b,
            block,
            (0, 0),
            #[inline(always)]
            |digits: &mut (i64, i64), x, y| {
                digits.0 |= magnitude(x);
                digits.1 |= magnitude(y);
                x.wrapping_mul(y)
            },
        );
        // Factors of m and n binary digits are at most 2^m and 2^n in size, so their products fit up to 62 digits.
        let short = left.leading_zeros() + right.leading_zeros() >= 2 * i64::BITS - 62;
        if short || !any_product_overflows(a, b) {
            Ok(written)
        } else {
            Err(Error::IntegerOverflow { operation })
        }
    })
}

/// Writes `-a`.
pub(super) fn negate<'o>(
    operation: &'static str,
    a: Arg<'_, i64>,
    out: &'o mut [MaybeUninit<i64>],
) -> Result<&'o mut [i64]> {
    check_overflow(
        operation,
        map_checked(
            a,
            out,
            0,
            #[inline(always)]
            |overflow, x: i64| {
                let opposite = x.wrapping_neg();
                // Only the smallest number is as negative as its opposite.
                *overflow |= x & opposite;
                opposite
            },
        ),
    )
}

/// Writes the absolute values.
pub(super) fn absolute<'o>(
    operation: &'static str,
    a: Arg<'_, i64>,
    out: &'o mut [MaybeUninit<i64>],
) -> Result<&'o mut [i64]> {
    check_overflow(
        operation,
        map_checked(
            a,
            out,
            0,
            #[inline(always)]
            |overflow, x: i64| {
                let size = x.wrapping_abs();
                *overflow |= size;
                size
            },
        ),
    )
}

/// What was written, unless what was noted of it is negative.
fn check_overflow<'o>(
    operation: &'static str,
    (written, overflow): (&'o mut [i64], i64),
) -> Result<&'o mut [i64]> {
    if overflow < 0 { Err(Error::IntegerOverflow { operation }) } else { Ok(written) }
}

/// A number of as many binary digits as the operand has, without its sign.
#[inline(always)]
fn magnitude(x: i64) -> i64 {
    x ^ (x >> 63)
}

fn part<'a>(a: &Arg<'a, i64>, range: std::ops::Range<usize>) -> Arg<'a, i64> {
    match a {
        Arg::Slice(a) => Arg::Slice(&a[range]),
        Arg::Splat(x) => Arg::Splat(*x),
    }
}

fn any_product_overflows(a: Arg<'_, i64>, b: Arg<'_, i64>) -> bool {
    let overflows = |x: i64, y: i64| x.overflowing_mul(y).1;
    match (a, b) {
        (Arg::Slice(a), Arg::Slice(b)) => a.iter().zip(b).any(|(&x, &y)| overflows(x, y)),
        (Arg::Slice(a), Arg::Splat(y)) | (Arg::Splat(y), Arg::Slice(a)) => a.iter().any(|&x| overflows(x, y)),
        (Arg::Splat(x), Arg::Splat(y)) => overflows(x, y),
    }
}
