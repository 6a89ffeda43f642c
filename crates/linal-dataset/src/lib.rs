//! Datasets in memory: their columns, rows and versions, and the catalog of their names.
//!
//! A [`Dataset`] holds its latest [`Snapshot`] and a tail. Statements read immutable snapshots and publish
//! new ones; an INSERT of literals appends to the tail, which the next reader seals. The catalog
//! ([`catalog::SharedCatalog`]) is itself an immutable snapshot that a change replaces.
//!
//! A [`Chunk`] of rows is in memory, or in a database directory: then its columns are read when they are needed,
//! and kept in a [`ColumnCache`] that gives memory back. Nothing above assumes that a chunk is in memory.
//!
//! This crate knows no sessions, plans no queries, and does not name DataFusion.

mod assignment;
mod chunk;
mod coerce;
mod column_cache;
mod column_rewrite;
mod column_values;
mod compact;
mod constraint;
mod definition;
mod distinct;
mod from_rows;
mod insert;
mod key_index;
mod limit;
mod literal;
mod literal_array;
mod nested_cast;
mod nested_type;
pub mod objects;
mod origin;
mod replaced_values;
mod row_change;
mod row_changes;
mod row_ids;
mod schema_change;
pub mod sequence;
mod snapshot;
mod state;
mod stored;
mod tail;
mod tensor;
mod types;
mod wording;

pub mod catalog;
mod dtype;
mod error;
pub mod lineage;
mod metric;
pub mod normalized_key;
mod row_set;
pub mod sorted_rows;
#[cfg(test)]
mod tests;

pub use self::chunk::{Chunk, floats};
pub use self::column_cache::ColumnCache;
pub use self::column_rewrite::{ColumnRewrite, KeepColumns};
pub use self::column_values::{ColumnValues, StoredColumn, bytes_of, store_error};
pub use self::constraint::{Constraint, KeyKind, Rule, violation};
pub use self::definition::{ColumnDef, Computed, DefaultValue, check_distinct, same_name};
pub use self::dtype::{dtype_of, unknown_dtype};
pub use self::error::{Error, Result, count};
pub use self::from_rows::RowConversion;
pub use self::insert::{Literals, check_default};
pub use self::key_index::{KeyHash, KeyIndex, KeyIndexes, supports as supports_key, values_text};
pub use self::limit::{DeclaredType, ENUM, Limit};
pub use self::literal::{abridged, instant};
pub use self::metric::Metric;
pub use self::nested_cast::{cast_value, is_nested_cast};
pub use self::nested_type::resolve_type_text;
pub use self::origin::Origin;
pub use self::row_change::check_settable;
pub use self::row_changes::RowChanges;
pub use self::row_ids::RowIds;
pub use self::row_set::{Cell, RowSet};
pub use self::snapshot::{Snapshot, WholeColumn};
pub use self::state::{Dataset, RowLoader, conflict};
pub use self::stored::{FIRST_NEW_ROW, Stored};
pub use self::tensor::{column_tensor, lazy_column, no_tensor, row_major};
pub use self::types::resolve_type;
pub use self::wording::spoken;

use linal_error::Code;

/// Internal errors of Arrow. The data has been checked before.
pub fn arrow_error(error: arrow::error::ArrowError) -> Error {
    Error::new(Code::InternalError, format!("Arrow: {error}"))
}
