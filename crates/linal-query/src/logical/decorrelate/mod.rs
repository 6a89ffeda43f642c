//! Correlated subqueries as joins.
//!
//! There are two methods. If a subquery refers to outer columns only in predicates, these become the
//! condition of a join with the outer rows ([`pull_up`]). Any other subquery is computed at once for its
//! whole domain, the distinct values of the outer columns that it refers to: the domain is joined where the
//! subquery first refers to it, and its columns are carried up from there, as keys of each aggregate, window
//! and limit on the way ([`push`]). The outer rows are then joined with the result by those columns. (T.
//! Neumann, A. Kemper: Unnesting Arbitrary Queries, 2015.)
//!
//! DataFusion's own rules for subqueries find nothing left to do, except for a NOT IN without outer columns.

mod aggregate;
mod condition;
mod domain;
mod join;
mod lateral;
mod limit;
mod order;
mod outer;
mod pairs;
mod pull_up;
mod push;
mod recursion;
mod references;
mod scalar_aggregate;
mod set_operation;
mod substitute;

pub(super) use self::domain::Aliases;
pub(super) use self::lateral::lateral;
pub(super) use self::limit::computed as computed_limit;
pub(super) use self::outer::{Outer, is_one_row, only_row, outer_reference};
pub(super) use self::pairs::by_pairs;
pub(super) use self::references::{named_in, outer_columns, renamed_outer_columns};
pub(super) use self::set_operation::values_as_rows;
pub(super) use self::substitute::{bare_rows, filtered as rows_that};
