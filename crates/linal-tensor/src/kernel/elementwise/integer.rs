//! Checked arithmetic of integers: an overflow is an error.
//!
//! SIMD instructions have no overflow flag. Sums and differences accumulate a value that is negative if one
//! of them overflowed; products are checked one by one only if their factors have many bits.

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
                // The sign of a sum differs from the signs of both operands only if it overflowed.
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
                // Operands of equal sign do not overflow; otherwise the difference has the sign of the first.
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
            |bits: &mut (i64, i64), x, y| {
                bits.0 |= magnitude(x);
                bits.1 |= magnitude(y);
                x.wrapping_mul(y)
            },
        );
        // Factors of m and n bits are at most 2^m and 2^n, so products of up to 62 bits fit.
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
                let negated = x.wrapping_neg();
                // Only `i64::MIN` and its negation are both negative.
                *overflow |= x & negated;
                negated
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

/// The written block, or an error if the accumulated value is negative.
fn check_overflow<'o>(
    operation: &'static str,
    (written, overflow): (&'o mut [i64], i64),
) -> Result<&'o mut [i64]> {
    if overflow < 0 { Err(Error::IntegerOverflow { operation }) } else { Ok(written) }
}

/// A non-negative number with the bits of the operand, for its bit length.
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
