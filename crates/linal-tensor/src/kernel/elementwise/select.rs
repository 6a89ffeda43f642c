//! Selection between two operands, and complex numbers from their parts.

use std::hint::select_unpredictable;
use std::mem::MaybeUninit;

use num_complex::Complex;

use super::binary::zip;
use super::unary::map;
use crate::kernel::{Arg, Register, vectorized};
use crate::uninit::write_each;

/// Writes `a` where the condition holds, else `b`.
pub fn select<'o, T: Register>(
    condition: Arg<'_, bool>,
    a: Arg<'_, T>,
    b: Arg<'_, T>,
    out: &'o mut [MaybeUninit<T>],
) -> &'o mut [T] {
    let len = out.len();
    // A loop for each combination, so that scalar operands are constants in it.
    macro_rules! choose {
        ($condition:ident, |$i:ident| $left:expr, $right:expr) => {{
            let condition = &$condition[..len];
            vectorized(
                #[inline(always)]
                move || {
                    write_each(
                        out,
                        // Masks are often random, so a branch would be mispredicted half of the time.
                        #[inline(always)]
                        |$i| select_unpredictable(condition[$i], $left, $right),
                    )
                },
            )
        }};
    }
    match (condition, a, b) {
        (Arg::Splat(choice), a, b) => map(
            if choice { a } else { b },
            out,
            #[inline(always)]
            |x| x,
        ),
        (Arg::Slice(c), Arg::Slice(a), Arg::Slice(b)) => {
            let (a, b) = (&a[..len], &b[..len]);
            choose!(c, |i| a[i], b[i])
        }
        (Arg::Slice(c), Arg::Slice(a), Arg::Splat(y)) => {
            let a = &a[..len];
            choose!(c, |i| a[i], y)
        }
        (Arg::Slice(c), Arg::Splat(x), Arg::Slice(b)) => {
            let b = &b[..len];
            choose!(c, |i| x, b[i])
        }
        (Arg::Slice(c), Arg::Splat(x), Arg::Splat(y)) => choose!(c, |i| x, y),
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
