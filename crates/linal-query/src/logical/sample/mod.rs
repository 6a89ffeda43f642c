//! Samples of a relation: TABLESAMPLE and USING SAMPLE.

mod node;
mod syntax;

pub(crate) use self::node::{Sample, is_random};
pub(crate) use self::syntax::{mark, marked};
