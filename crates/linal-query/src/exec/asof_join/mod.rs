//! ASOF JOIN: each row of the left side with the nearest row of the right side that has the same keys.
//!
//! The rows of the right side are collected, grouped by the keys of the equalities, and sorted by the value of the
//! inequality ([`build`]). The left side is streamed in its own order, on all threads: each row is looked up in its group
//! from where the row before was found, since rows of one group mostly come in their order ([`search`], [`probe`]).
//! Columns of the right side are taken by index, so that wide ones may be replaced by row numbers below.
//!
//! DuckDB sorts both sides. For left rows in order of time a search is a comparison or two, and nothing of the left side is
//! kept in memory.

mod build;
mod exec;
mod groups;
mod order;
mod planner;
mod probe;
mod search;

pub(crate) use self::exec::AsofJoinExec;
pub(crate) use self::planner::AsofPlanner;
