//! Constraints of datasets.
//!
//! - [`define`] makes them from what a statement declares;
//! - [`check`] compares the rows that a statement has changed with them, and publishes the change;
//! - [`reference`] is about foreign keys, on both of their sides;
//! - [`alter`] adds and drops them;
//! - [`keep`] gives them to the rows that replace those of a dataset.

mod alter;
mod check;
mod define;
mod keep;
mod reference;

pub(super) use self::alter::{add, drop as drop_constraint, set_nullable, unique_index};
pub(super) use self::check::{Change, check_all, publish};
pub(super) use self::define::with_constraints;
pub(super) use self::reference::{not_referred_to, rename_in_references};

pub(crate) use self::keep::replaced;
pub(crate) use self::reference::{recheck, recheck_removed};
