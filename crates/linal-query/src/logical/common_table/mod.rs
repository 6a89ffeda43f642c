//! Common table expressions that are computed once.
//!
//! DataFusion inlines the plan of a common table expression at each reference to it. Where it calls a
//! volatile function, each reference would have other rows:
//! `WITH r AS (SELECT RANDOM() AS x) SELECT a.x = b.x FROM r a, r b` would be false. The rows of such a table
//! are collected by the first reference that runs, and all references read them. Nothing is pushed down into
//! the table, so a filter on it does not change its rows.

mod node;
mod syntax;

pub(crate) use self::node::{CommonTable, is_correlated, is_volatile, next_number};
pub(crate) use self::syntax::{is_marked, mark};
pub(crate) use crate::exec::common_table::{CommonTableExec, SharedRows, tables_of};
