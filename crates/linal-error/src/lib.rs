//! What all errors of linal share: their codes, and how the nearest valid name is offered.
//!
//! A [`Code`] is a number, a name, a sentence and an example; [`code`] is the one table that has them. The page of the
//! book and the tests of the examples are made from it. [`suggest`] finds what was meant by a word that is none.
//!
//! This crate knows no error type: each crate has its own, and gives its code with a method `code()`.

pub mod code;
mod define;
pub mod suggest;

pub use code::{Code, Example};
