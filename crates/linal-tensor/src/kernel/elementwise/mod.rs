//! Element-wise kernels: one operation over blocks of equal length.

mod binary;
mod cast;
mod compare;
mod complex;
mod integer;
mod math;
mod noted;
mod op;
mod power;
mod repair;
mod select;
mod twice;
mod unary;

pub use binary::{Arithmetic, binary};
pub use cast::cast;
pub use compare::{Compare, compare, logical};
pub use op::{BinaryOp, CompareOp, LogicalOp, UnaryOp};
pub use select::{complex, select};
pub use twice::{Twice, has_loops_of_two};
pub use unary::{Unary, decompose, is_nan, not, unary};
