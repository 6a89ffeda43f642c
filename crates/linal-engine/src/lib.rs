//! The engine: binds and executes statements of LINAL.
//!
//! # The life of a statement
//!
//! 1. [`Session::execute`] gets the text. If a program is cached for it and its inputs still have the same
//!    shapes and dtypes, the program runs at once.
//! 2. Otherwise [`linal_lang::parse_statement`] parses it into a [`linal_lang::ast::Statement`]; the
//!    [`Registry`] defines how functions are written.
//! 3. The statement's module binds names to tensors and expressions to a graph
//!    ([`linal_tensor::graph::Node`]), so that shapes and dtypes are checked before anything is executed.
//! 4. [`linal_tensor::graph::compile`] lowers the graph to a program, which runs in the session's
//!    [`linal_tensor::ExecutionContext`] with one memory budget, one deadline and one cancellation flag.
//! 5. The result is published with its name and lineage, and the caller gets an [`Outcome`].
//!
//! A failed statement changes nothing. This crate formats no values and prints nothing.

mod database_shares;
pub mod directory;
mod durable;
mod engine;
pub mod jobs;
mod memory;
mod outcome;
mod queries;
mod session;
mod statement;

pub use crate::engine::{Engine, EngineOptions};
pub use crate::outcome::{Definition, Outcome};
pub use crate::queries::{Asker, QueryInfo, QueryList};
pub use crate::session::{
    ColumnInfo, DatasetInfo, LazyTensor, Limits, NumberList, Places, RowSink, Session, Streamed,
};
pub use linal_bind::functions::{
    Category, Columns, Example, FunctionDef, HostCall, QueryFamily, QueryFunction, Registry,
};
pub use linal_bind::{Parameter, Parameters, settings};
pub use linal_dataset::{Cell, Error, Result, RowSet};
pub use linal_error::Code;
pub use linal_query::PlanCounts;
pub use linal_store::Progress;
