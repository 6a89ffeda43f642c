//! Versions of datasets, as statements name them. A version in the FROM of a query is part of sqlparser's tree;
//! see [`crate::sql`].

use crate::Span;

/// The number of a version, at most `i64::MAX`. The versions of a dataset are counted from 1; whether the
/// dataset has this one is not known here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct VersionNumber {
    /// The number.
    pub number: u64,
    /// Its span.
    pub span: Span,
}

/// A version by its number, or the one that was current at a time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum VersionPoint {
    /// `VERSION 3`.
    Number(VersionNumber),
    /// `TIMESTAMP '2026-11-29 12:00:00'`.
    Timestamp {
        /// The text of the timestamp, not checked.
        text: Box<str>,
        /// The span of the string.
        span: Span,
    },
}

/// The versions that EXPIRE VERSIONS keeps, besides the current one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Retention {
    /// `KEEP 10`: the newest ones.
    Keep {
        /// The number of versions, at most `i64::MAX`.
        count: u64,
        /// The span of the number.
        span: Span,
    },
    /// `OLDER THAN '30d'`: those of this age or younger.
    OlderThan {
        /// The text of the age, not checked.
        age: Box<str>,
        /// The span of the string.
        span: Span,
    },
}
