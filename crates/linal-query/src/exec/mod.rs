//! Operators that DataFusion lacks, one per file.

pub(crate) mod asof_join;
pub(crate) mod barrier;
pub(crate) mod cancellation;
pub(crate) mod common_table;
pub(crate) mod join_filter_build;
pub(crate) mod materialize;
pub(crate) mod positional_join;
pub(crate) mod recursion;
pub(crate) mod round_robin_merge;
pub(crate) mod sample;
pub(crate) mod top_rows;
pub(crate) mod window;
pub(crate) mod work_table;
