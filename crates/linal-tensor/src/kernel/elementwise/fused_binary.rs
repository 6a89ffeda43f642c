//! Two operations of floats in one loop: `(a * b) + c` reads its three operands and writes no intermediate
//! block.
//!
//! A loop that reads one array waits for memory more than one that reads three: over five arrays of 40 MB,
//! two loops of two operations took a sixth less than four of one.

use std::mem::MaybeUninit;

use super::BinaryOp;
use crate::kernel::{Register, vectorized};
use crate::uninit::write_zip3;

/// A dtype with fused loops of sums, differences, products and quotients.
pub trait FusedBinary: Register {
    /// Writes `(a first b) second c`, or `c second (a first b)` if the inner result is on the right; `None`
    /// for other operations. The result is bit-identical to that of two loops.
    fn fused_binary<'o>(
        first: BinaryOp,
        second: BinaryOp,
        inner_is_left: bool,
        operands: [&[Self]; 3],
        out: &'o mut [MaybeUninit<Self>],
    ) -> Option<&'o mut [Self]>;
}

/// Whether an operation has fused loops.
pub fn has_fused_loop(op: BinaryOp) -> bool {
    matches!(op, BinaryOp::Add | BinaryOp::Sub | BinaryOp::Mul | BinaryOp::Div)
}

#[inline(always)]
fn run<'o, T: Register>(
    [a, b, c]: [&[T]; 3],
    out: &'o mut [MaybeUninit<T>],
    f: impl Fn(T, T, T) -> T,
) -> Option<&'o mut [T]> {
    Some(vectorized(
        #[inline(always)]
        || write_zip3(out, a, b, c, f),
    ))
}

macro_rules! fused_binary {
    ($($type:ty),*) => {$(
        impl FusedBinary for $type {
            fn fused_binary<'o>(
                first: BinaryOp,
                second: BinaryOp,
                inner_is_left: bool,
                operands: [&[$type]; 3],
                out: &'o mut [MaybeUninit<$type>],
            ) -> Option<&'o mut [$type]> {
                macro_rules! outer {
                    ($inner:tt) => {
                        match (second, inner_is_left) {
                            (BinaryOp::Add, _) => run(operands, out, |x, y, z| (x $inner y) + z),
                            (BinaryOp::Mul, _) => run(operands, out, |x, y, z| (x $inner y) * z),
                            (BinaryOp::Sub, true) => run(operands, out, |x, y, z| (x $inner y) - z),
                            (BinaryOp::Sub, false) => run(operands, out, |x, y, z| z - (x $inner y)),
                            (BinaryOp::Div, true) => run(operands, out, |x, y, z| (x $inner y) / z),
                            (BinaryOp::Div, false) => run(operands, out, |x, y, z| z / (x $inner y)),
                            _ => None,
                        }
                    };
                }
                match first {
                    BinaryOp::Add => outer!(+),
                    BinaryOp::Sub => outer!(-),
                    BinaryOp::Mul => outer!(*),
                    BinaryOp::Div => outer!(/),
                    _ => None,
                }
            }
        }
    )*};
}

fused_binary!(f32, f64);
