//! The parts shared by all errors of linal: their codes, and suggestions of the nearest valid name.
//!
//! A [`Code`] has a number, a name, a sentence and an example; [`code`] is the table of all of them. The
//! book's page of errors and the tests of the examples are generated from it. [`suggest`] finds the nearest
//! valid name for an unknown word.
//!
//! This crate knows no error type: each crate has its own, with a method `code()`.

pub mod code;
mod define;
pub mod suggest;

pub use code::{Code, Example};
