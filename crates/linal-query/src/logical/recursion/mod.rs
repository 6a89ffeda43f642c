//! Recursive common table expressions.
//!
//! DataFusion takes the types of a recursion from its first term and casts each round to them: in
//! `SELECT 1 AS a UNION ALL SELECT a * 1.5 FROM t WHERE a < 5` every round is truncated to an integer, 1.5 to
//! 1, and the recursion never ends. It also reads the rows of a round only once, so that a self-join, or a
//! subquery over the recursion itself, fails.
//!
//! Here [`syntax`] rejects recursions and marks their terms, [`types`] plans the terms again until both have
//! the wider types, [`node`] replaces DataFusion's plan node, and [`exec`] runs the rounds over a
//! [`work_table`] that can be read any number of times.

mod node;
mod syntax;
mod types;

pub(crate) use self::node::{Recursion, reads_work_table, replace, work_table};
pub(crate) use self::syntax::{check, mark_terms, reads_itself};
pub(crate) use self::types::{RecursiveTypes, term};
pub(crate) use crate::exec::recursion::RecursionExec;
pub(crate) use crate::exec::work_table::WorkTable;
