//! The queries of statements that change rows, beside those of [`super::dml`].
//!
//! - [`joined`]: `UPDATE .. FROM`, `DELETE .. USING`, and `WITH` before both;
//! - [`merge`]: the rows that each clause of a MERGE applies to;
//! - [`conflict`]: the new values of `ON CONFLICT DO UPDATE`;
//! - [`returning`]: the rows of RETURNING;
//! - [`check`]: rows for which a condition is false.

pub mod check;
pub mod conflict;
pub mod joined;
pub mod merge;
pub mod returning;
