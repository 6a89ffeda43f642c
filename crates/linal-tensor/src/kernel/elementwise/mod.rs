//! Element-wise kernels: one operation over blocks of equal length.

mod binary;
mod cast;
mod checked_loop;
mod compare;
mod complex;
mod fixup;
mod fused_binary;
mod integer;
mod math;
mod op;
mod power;
mod select;
mod unary;

pub use binary::{Arithmetic, binary};
pub use cast::cast;
pub use compare::{Compare, compare, logical};
pub use fused_binary::{FusedBinary, has_fused_loop};
pub use op::{BinaryOp, CompareOp, LogicalOp, UnaryOp};
pub use select::{complex, select};
pub use unary::{Unary, decompose, is_nan, not, unary};
