//! Loops that accumulate flags for results that are invalid, instead of branching, so that they become SIMD
//! code.
//!
//! The flags are a local of the loop. If the closure captured them by reference, the compiler could not
//! exclude that they alias the output, and would load and store them for each element.

use std::mem::MaybeUninit;

use crate::kernel::{Arg, vectorized};
use crate::uninit::{write_each, write_map, write_zip};

/// Writes `f` of each element, which may change the flags. Returns the final flags.
#[inline(always)]
pub(super) fn map_checked<'o, A: Copy, T: Copy, N: Copy>(
    a: Arg<'_, A>,
    out: &'o mut [MaybeUninit<T>],
    initial: N,
    f: impl Fn(&mut N, A) -> T,
) -> (&'o mut [T], N) {
    let a = match a {
        Arg::Slice(a) => a,
        Arg::Splat(x) => {
            let mut flags = initial;
            let value = f(&mut flags, x);
            return (write_each(out, |_| value), flags);
        }
    };
    vectorized(
        #[inline(always)]
        move || {
            let mut flags = initial;
            let written = write_map(
                out,
                a,
                #[inline(always)]
                |x| f(&mut flags, x),
            );
            (written, flags)
        },
    )
}

/// As [`map_checked`], over two operands.
#[inline(always)]
pub(super) fn zip_checked<'o, T: Copy, N: Copy>(
    a: Arg<'_, T>,
    b: Arg<'_, T>,
    out: &'o mut [MaybeUninit<T>],
    initial: N,
    f: impl Fn(&mut N, T, T) -> T,
) -> (&'o mut [T], N) {
    let (a, b) = match (a, b) {
        (Arg::Slice(a), Arg::Slice(b)) => (a, b),
        (a, Arg::Splat(y)) => {
            return map_checked(
                a,
                out,
                initial,
                #[inline(always)]
                |flags, x| f(flags, x, y),
            );
        }
        (Arg::Splat(x), b) => {
            return map_checked(
                b,
                out,
                initial,
                #[inline(always)]
                |flags, y| f(flags, x, y),
            );
        }
    };
    vectorized(
        #[inline(always)]
        move || {
            let mut flags = initial;
            let written = write_zip(
                out,
                a,
                b,
                #[inline(always)]
                |x, y| f(&mut flags, x, y),
            );
            (written, flags)
        },
    )
}
