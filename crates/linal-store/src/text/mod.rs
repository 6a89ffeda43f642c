//! Values of columns as text: one place for how a number, a date or a vector is written, so that a result on the
//! screen and an exported file agree.
//!
//! Text depends on the value and its type alone: numbers in the shortest form that reads back the same, dates and
//! times as ISO 8601 has them, raw bytes as hexadecimal digits behind `\x`.

pub mod number;

mod csv;
mod json;
mod notation;
mod value;

pub use csv::CsvLines;
pub use json::{JsonRows, json_string};
pub use notation::{NESTED_CSV, Notation, SCREEN};
pub use value::Value;
