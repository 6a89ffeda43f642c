//! Meaning and running of LINAL.
//!
//! # The life of a statement
//!
//! 1. [`Session::execute`] gets the text. A program that was bound for the same text runs at once when its inputs
//!    still have the shapes and dtypes that it was bound for.
//! 2. Otherwise [`linal_lang::parse_statement`] reads it to a [`linal_lang::ast::Statement`]; how functions are
//!    written comes from the [`Registry`].
//! 3. The module of the statement binds names to tensors and expressions to a graph
//!    ([`linal_tensor::graph::Node`]), so that shapes and dtypes are checked before anything runs.
//! 4. [`linal_tensor::graph::compile`] makes the graph a program, which runs in the session's
//!    [`linal_tensor::ExecutionContext`]: one memory budget, one deadline, one cancellation flag.
//! 5. The result gets its name and its lineage, and the caller an [`Outcome`].
//!
//! A statement that fails changes nothing. This crate formats no values and prints nothing.

mod bind;
mod catalog;
mod dataset;
mod engine;
mod error;
pub mod functions;
mod lineage;
mod memory;
mod outcome;
mod relational;
mod session;
pub mod settings;
mod statement;

pub use crate::engine::{Engine, EngineOptions};
pub use crate::error::{Error, Result};
pub use crate::functions::{Category, Columns, Example, FunctionDef, Registry};
pub use crate::outcome::{Cell, Definition, Outcome, RowSet};
pub use crate::session::Session;
pub use linal_error::Code;
pub use linal_store::Progress;
