//! Datasets: their columns, rows and versions.
//!
//! A [`Dataset`] holds its latest [`Snapshot`] and a tail. Statements read immutable snapshots and publish
//! new ones; an INSERT of literals appends to the tail, which the next reader seals.

mod chunk;
mod coerce;
mod compact;
mod definition;
mod from_rows;
mod insert;
mod limit;
mod lineage;
mod literal;
mod row_change;
mod schema_change;
mod snapshot;
mod state;
mod tail;
mod tensor;
#[cfg(test)]
mod tests;
mod types;
mod wording;

pub(crate) use self::chunk::{Chunk, floats};
pub(crate) use self::definition::{ColumnDef, Computed, DefaultValue, check_distinct, same_name};
pub(crate) use self::insert::check_default;
pub(crate) use self::limit::Limit;
pub(crate) use self::lineage::Origin;
pub(crate) use self::literal::abridged;
pub(crate) use self::row_change::check_settable;
pub(crate) use self::snapshot::Snapshot;
pub(crate) use self::state::{Dataset, conflict};
pub(crate) use self::tensor::{column_tensor, lazy_column, no_tensor, row_major};
pub(crate) use self::types::resolve_type;
pub(crate) use self::wording::spoken;

use linal_error::Code;

use crate::error::Error;

/// Internal errors of Arrow. The data has been checked before.
pub(crate) fn arrow_error(error: arrow::error::ArrowError) -> Error {
    Error::new(Code::InternalError, format!("Arrow: {error}"))
}
