//! STRFTIME and STRPTIME: formats such as `%Y-%m-%d %H:%M:%S.%f`, with DuckDB's specifiers.
//!
//! `chrono` has other meanings for some of them (`%g`, `%f`, `%c`, `%x`), ends in the year 262,142, and reads no text
//! that lacks a year.

mod item;
mod parse;
mod write;

pub use item::{DateFormat, Moment};
