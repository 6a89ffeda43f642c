//! Common table expressions that are computed once.
//!
//! DataFusion puts the plan of a common table expression in the place of each reference to it. Where it calls a volatile
//! function, each reference would have other rows: `WITH r AS (SELECT RANDOM() AS x) SELECT a.x = b.x FROM r a, r b`
//! would be false. The rows of such a table are collected by whichever reference asks first, and all references read
//! them. Nothing is moved across the boundary, so that a filter on it does not change what it holds.

mod node;
mod syntax;

pub(in crate::relational) use self::node::{CommonTable, is_correlated, is_volatile, next_number};
pub(in crate::relational) use self::syntax::{is_marked, mark};
pub(in crate::relational) use crate::relational::exec::common_table::{
    CommonTableExec, SharedRows, tables_of,
};
