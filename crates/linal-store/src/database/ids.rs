//! The numbers of things in the catalog.

use std::fmt;

use rusqlite::ToSql;
use rusqlite::types::{FromSql, FromSqlResult, ToSqlOutput, ValueRef};

macro_rules! id {
    ($(#[doc = $doc:literal])+ $name:ident) => {
        $(#[doc = $doc])+
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub u64);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl ToSql for $name {
            fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
                self.0.to_sql()
            }
        }

        impl FromSql for $name {
            fn column_result(value: ValueRef<'_>) -> FromSqlResult<$name> {
                u64::column_result(value).map($name)
            }
        }
    };
}

id! {
    /// The number of a database, which a rename does not change.
    DatabaseId
}

id! {
    /// The number of a dataset, which a rename does not change. It is never given again.
    DatasetId
}

/// The first of the row ids of rows that a transaction has appended and not committed: the n-th such row of a
/// dataset has the id `PROVISIONAL_ROW_ID + n`. A commit gives them their own.
pub const PROVISIONAL_ROW_ID: u64 = 1 << 62;
