//! JSON texts: whether a text is valid, its parts by path, and its kind.
//!
//! A part is a slice of the text, so that the order of keys and the digits of numbers stay as they were written.

mod path;
mod scan;

pub use path::{Path, PathError};
pub use scan::{elements, entries, is_deeper, is_valid, kind, minified, string_of};
