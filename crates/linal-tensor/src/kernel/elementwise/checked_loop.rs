//! Loops that note what does not fit and go on, so that they have no branch and become vector code.
//!
//! The note belongs to the loop's own function, for nobody knows whether memory outside overlaps with the output: a note
//! that the closure captures would be read and written for each element.

use std::mem::MaybeUninit;

use crate::kernel::{Arg, vectorized};
use crate::uninit::{write_each, write_map, write_zip};

/// Writes `f` of each element, which may change the note. Gives the note as the last element left it.
#[inline(always)]
pub(super) fn map_checked<'o, A: Copy, T: Copy, N: Copy>(
    a: Arg<'_, A>,
    out: &'o mut [MaybeUninit<T>],
    start: N,
    f: impl Fn(&mut N, A) -> T,
) -> (&'o mut [T], N) {
    let a = match a {
        Arg::Slice(a) => a,
        Arg::Splat(x) => {
            let mut flags = start;
            let value = f(&mut flags, x);
            return (write_each(out, |_| value), flags);
        }
    };
    vectorized(
        #[inline(always)]
        move || {
            let mut flags = start;
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
    start: N,
    f: impl Fn(&mut N, T, T) -> T,
) -> (&'o mut [T], N) {
    let (a, b) = match (a, b) {
        (Arg::Slice(a), Arg::Slice(b)) => (a, b),
        (a, Arg::Splat(y)) => {
            return map_checked(
                a,
                out,
                start,
                #[inline(always)]
                |flags, x| f(flags, x, y),
            );
        }
        (Arg::Splat(x), b) => {
            return map_checked(
                b,
                out,
                start,
                #[inline(always)]
                |flags, y| f(flags, x, y),
            );
        }
    };
    vectorized(
        #[inline(always)]
        move || {
            let mut flags = start;
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
