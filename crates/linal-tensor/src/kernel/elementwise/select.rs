//! Choosing between two operands, and pairing two into complex numbers.

use std::mem::MaybeUninit;

use num_complex::Complex;

use super::binary::zip;
use crate::kernel::{Arg, Register};
use crate::raw::write_each;

/// Writes `a` where the condition holds, else `b`.
pub fn select<'o, T: Register>(
    condition: Arg<'_, bool>,
    a: Arg<'_, T>,
    b: Arg<'_, T>,
    out: &'o mut [MaybeUninit<T>],
) -> &'o mut [T] {
    let at = |arg: &Arg<'_, T>, i: usize| match arg {
        Arg::Slice(slice) => slice[i],
        Arg::Splat(value) => *value,
    };
    match condition {
        Arg::Splat(choice) => write_each(out, |i| if choice { at(&a, i) } else { at(&b, i) }),
        Arg::Slice(condition) => match (a, b) {
            (Arg::Slice(a), Arg::Slice(b)) => {
                let (condition, a, b) = (&condition[..out.len()], &a[..out.len()], &b[..out.len()]);
                write_each(out, |i| if condition[i] { a[i] } else { b[i] })
            }
            _ => write_each(out, |i| if condition[i] { at(&a, i) } else { at(&b, i) }),
        },
    }
}

/// Writes complex numbers of real and imaginary parts.
pub fn complex<'o, R: Register>(
    re: Arg<'_, R>,
    im: Arg<'_, R>,
    out: &'o mut [MaybeUninit<Complex<R>>],
) -> &'o mut [Complex<R>] {
    zip(re, im, out, Complex::new)
}
