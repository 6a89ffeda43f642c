//! Rows of a scan that no join above can use are left out before anything is done with them.
//!
//! A hash join gathers one side before it asks for the first row of the other. Where the keys are whole numbers or dates,
//! an operator below it notes them as bits, and scans on the other side give only rows with one of them. DataFusion has
//! such filters, too, but makes a literal of each key, which takes longer than the join from some thousands on, and keeps
//! the keys in the plan, which could not run a second time.

mod filter;
pub(in crate::relational) mod key_bitmap;
mod pushdown;
pub(in crate::relational) mod shared;

pub(in crate::relational) use self::filter::KeyFilter;
pub(in crate::relational) use self::pushdown::over;
pub(in crate::relational) use self::shared::SharedJoinFilter;

/// A column whose keys are gathered, or of which only rows with those keys are of use.
#[derive(Clone, Copy, Debug)]
pub(in crate::relational) struct KeyColumn {
    /// The number of the keys in their plan.
    pub keys: usize,
    /// The column's place in the operator.
    pub column: usize,
}
