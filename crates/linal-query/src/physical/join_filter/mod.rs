//! Skips rows of a scan that no join above can use.
//!
//! A hash join reads all of its build side before the first row of its probe side. Where the keys are
//! integers or dates, an operator below the build side records them in a bitmap, and scans of the probe side
//! return only rows with one of them. DataFusion has such filters, too, but makes a literal of each key,
//! which takes longer than the join from some thousands of keys on, and stores the keys in the plan, which
//! could then not run a second time.

mod filter;
pub(crate) mod key_bitmap;
mod pushdown;
pub(crate) mod shared;

pub(crate) use self::filter::KeyFilter;
pub(crate) use self::pushdown::{each_input, filters_of_input, filters_of_left, key_pairs, over};
pub(crate) use self::shared::SharedJoinFilter;

/// A column whose keys are collected, or whose rows are filtered by those keys.
#[derive(Clone, Copy, Debug)]
pub(crate) struct KeyColumn {
    /// The number of the filter in the plan.
    pub keys: usize,
    /// The column's index in the operator.
    pub column: usize,
}
