//! JSON: an array of objects, or concatenated objects.
//!
//! A first pass over the whole file infers the type of each column, a second decodes the columns. Numbers
//! among strings become strings; integers keep all digits; lists of numbers of one shape become vectors or
//! matrices of f64, other lists stay lists.

mod columns;
mod decode;
mod files;
mod infer;
mod object;
mod read;
mod rows;
mod stream;

pub(super) use files::JsonFiles;
pub(super) use read::read;
pub(super) use stream::open;
