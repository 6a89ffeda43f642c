//! Formats values of columns. A result on the screen and an exported file agree, since both use this module.
//!
//! The text depends on the value and its type only: numbers in the shortest form that parses to the same
//! value, dates and times in ISO 8601, binary data as hexadecimal digits after `\x`.

pub mod number;

mod csv;
mod json;
mod style;
mod value;

pub use csv::CsvLines;
pub use json::{JsonRows, distinct_names, json_string};
pub use style::{NESTED_CSV, SCREEN, Style};
pub use value::{List, Value};
