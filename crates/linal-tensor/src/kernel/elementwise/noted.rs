//! Loops that note what does not fit and go on, so that they have no branch and become vector code.
//!
//! The note belongs to the loop's own function, for nobody knows whether memory outside overlaps with the output: a note
//! that the closure captures would be read and written for each element.

use std::mem::MaybeUninit;

use crate::kernel::{Arg, vectorized};
use crate::uninit::{write_each, write_map, write_zip};

/// Writes `f` of each element, which may change the note. Gives the note as the last element left it.
#[inline(always)]
pub(super) fn map_noted<'o, A: Copy, T: Copy, N: Copy>(
    a: Arg<'_, A>,
    out: &'o mut [MaybeUninit<T>],
    start: N,
    f: impl Fn(&mut N, A) -> T,
) -> (&'o mut [T], N) {
    let a = match a {
        Arg::Slice(a) => a,
        Arg::Splat(x) => {
            let mut note = start;
            let value = f(&mut note, x);
            return (write_each(out, |_| value), note);
        }
    };
    vectorized(
        #[inline(always)]
        move || {
            let mut note = start;
            let written = write_map(
                out,
                a,
                #[inline(always)]
                |x| f(&mut note, x),
            );
            (written, note)
        },
    )
}

/// As [`map_noted`], over two operands.
#[inline(always)]
pub(super) fn zip_noted<'o, T: Copy, N: Copy>(
    a: Arg<'_, T>,
    b: Arg<'_, T>,
    out: &'o mut [MaybeUninit<T>],
    start: N,
    f: impl Fn(&mut N, T, T) -> T,
) -> (&'o mut [T], N) {
    let (a, b) = match (a, b) {
        (Arg::Slice(a), Arg::Slice(b)) => (a, b),
        (a, Arg::Splat(y)) => {
            return map_noted(
                a,
                out,
                start,
                #[inline(always)]
                |note, x| f(note, x, y),
            );
        }
        (Arg::Splat(x), b) => {
            return map_noted(
                b,
                out,
                start,
                #[inline(always)]
                |note, y| f(note, x, y),
            );
        }
    };
    vectorized(
        #[inline(always)]
        move || {
            let mut note = start;
            let written = write_zip(
                out,
                a,
                b,
                #[inline(always)]
                |x, y| f(&mut note, x, y),
            );
            (written, note)
        },
    )
}
