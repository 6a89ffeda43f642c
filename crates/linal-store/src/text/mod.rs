//! Formats values of columns. A result on the screen and an exported file agree, since both use this module.
//!
//! The text depends on the value and its type only: numbers in the shortest form that parses to the same
//! value, dates and times in ISO 8601, binary data as printable ASCII and hexadecimal digits after `\x`.

pub mod number;

mod bytes;
mod csv;
mod json;
mod nested;
mod style;
mod value;

pub use bytes::{parse_blob, parse_uuid, push_blob, uuid_text};
pub use csv::CsvLines;
pub use json::{JsonRows, distinct_names, json_string};
pub use nested::{split_fields, split_list};
pub use style::{CAST, JSON, JSON_TEXT, NESTED_CSV, SCREEN, Style};
pub use value::{List, Value};
