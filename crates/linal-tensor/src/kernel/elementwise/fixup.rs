//! Loops of fast functions that are valid for operands in a range, with a slower fallback for other operands.
//!
//! The first loop over a block has no branch and accumulates whether all operands are in range. The fixup
//! loop is rare.

use std::convert::Infallible;
use std::mem::MaybeUninit;

use super::checked_loop::{map_checked, zip_checked};
use crate::kernel::{Arg, BLOCK};
use crate::uninit::{write_chunks, write_each};

/// Writes `f(a)`, or `fallback(a)` for elements that are not in range.
#[inline(always)]
pub(super) fn map_with_fixup<'o, T: Copy>(
    a: Arg<'_, T>,
    out: &'o mut [MaybeUninit<T>],
    in_range: impl Fn(T) -> bool + Copy,
    f: impl Fn(T) -> T + Copy,
    fallback: impl Fn(T) -> T,
) -> &'o mut [T] {
    let a = match a {
        Arg::Slice(a) => a,
        Arg::Splat(x) => {
            let value = if in_range(x) { f(x) } else { fallback(x) };
            return write_each(out, |_| value);
        }
    };
    in_blocks(out, |start, block| {
        let a = &a[start..start + block.len()];
        let (written, all) = map_checked(
            Arg::Slice(a),
            block,
            true,
            #[inline(always)]
            |all, x| {
                *all &= in_range(x);
                f(x)
            },
        );
        if !all {
            let fixups = written.iter_mut().zip(a).filter(|(_, x)| !in_range(**x));
            fixups.for_each(|(slot, &x)| *slot = fallback(x));
        }
        written
    })
}

/// As [`map_with_fixup`], over two operands.
#[inline(always)]
pub(super) fn zip_with_fixup<'o, T: Copy>(
    a: Arg<'_, T>,
    b: Arg<'_, T>,
    out: &'o mut [MaybeUninit<T>],
    in_range: impl Fn(T, T) -> bool + Copy,
    f: impl Fn(T, T) -> T + Copy,
    fallback: impl Fn(T, T) -> T,
) -> &'o mut [T] {
    // A closure that is not inlined would be compiled for the baseline.
    macro_rules! with {
        (|$x:pat_param| $function:ident($($arg:expr),*)) => {
            #[inline(always)]
            move |$x| $function($($arg),*)
        };
    }
    let (a, b) = match (a, b) {
        (Arg::Slice(a), Arg::Slice(b)) => (a, b),
        (a, Arg::Splat(y)) => {
            return map_with_fixup(a, out, with!(|x| in_range(x, y)), with!(|x| f(x, y)), |x| fallback(x, y));
        }
        (Arg::Splat(x), b) => {
            return map_with_fixup(b, out, with!(|y| in_range(x, y)), with!(|y| f(x, y)), |y| fallback(x, y));
        }
    };
    in_blocks(out, |start, block| {
        let (a, b) = (&a[start..start + block.len()], &b[start..start + block.len()]);
        let (written, all) = zip_checked(
            Arg::Slice(a),
            Arg::Slice(b),
            block,
            true,
            #[inline(always)]
            |all, x, y| {
                *all &= in_range(x, y);
                f(x, y)
            },
        );
        if !all {
            let pairs = a.iter().zip(b);
            let fixups = written.iter_mut().zip(pairs).filter(|(_, (x, y))| !in_range(**x, **y));
            fixups.for_each(|(slot, (&x, &y))| *slot = fallback(x, y));
        }
        written
    })
}

/// Writes block by block, so that a fixup finds its block in the cache.
fn in_blocks<T: Copy>(
    out: &mut [MaybeUninit<T>],
    mut write: impl for<'p> FnMut(usize, &'p mut [MaybeUninit<T>]) -> &'p mut [T],
) -> &mut [T] {
    match write_chunks(out, BLOCK, |start, block| Ok::<_, Infallible>(write(start, block))) {
        Ok(written) => written,
        Err(never) => match never {},
    }
}
