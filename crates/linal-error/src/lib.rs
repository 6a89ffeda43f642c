//! The parts shared by all errors of linal: their codes, suggestions of the nearest valid name, and panics as values.
//!
//! A [`Code`] has a number, a name, a sentence and an example; [`code`] is the table of all of them. The
//! book's page of errors and the tests of the examples are generated from it. [`suggest`] finds the nearest
//! valid name for an unknown word. [`catch_panic`] gives the message of a panic.
//!
//! This crate knows no error type: each crate has its own, with a method `code()`.

pub mod code;
mod define;
mod panic;
pub mod suggest;

pub use code::{Code, Example};
pub use panic::catch_panic;
