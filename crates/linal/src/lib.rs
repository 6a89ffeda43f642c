//! linal: a tensor-first analytical engine. This crate is the API for Rust programs.
//!
//! An [`Engine`] owns memory and threads; a [`Session`] of it runs statements one at a time; a statement
//! returns an [`Outcome`] or an [`Error`]. [`render::render`] formats an outcome.
//!
//! ```
//! use linal::render::{Format, RenderOptions, render};
//! use linal::{Engine, EngineOptions};
//!
//! let engine = Engine::new(EngineOptions::default());
//! let mut session = engine.session();
//! session.execute("VECTOR v = [3, 4]")?;
//! let outcome = session.execute("SHOW L2_NORM v")?;
//!
//! let mut text = Vec::new();
//! render(&outcome, Format::Csv, &RenderOptions::default(), &mut text)?;
//! assert!(String::from_utf8(text)?.ends_with("\n5.0\n"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! A script is split into statements first, so that the span of an error counts from the start of the script:
//!
//! ```
//! use linal::{Engine, EngineOptions, split};
//!
//! let script = "VECTOR v = [1, 2, 3]\nLET w = v + [1, 2]";
//! let mut session = Engine::new(EngineOptions::default()).session();
//! let mut errors = Vec::new();
//! for fragment in split(script) {
//!     if let Err(error) = session.execute_fragment(script, fragment?.span) {
//!         errors.push(error.render(script, Some("script.lnl"), false));
//!     }
//! }
//! assert_eq!(errors.len(), 1);
//! assert!(errors[0].contains("script.lnl:2:"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! This crate contains no language logic: the engine evaluates, and this crate formats.

pub mod render;
pub mod values;

pub use linal_engine::{
    Asker, Cell, Code, ColumnInfo, DatasetInfo, Definition, Engine, EngineOptions, Error, FunctionDef,
    HostCall, LazyTensor, Limits, NumberList, Outcome, Parameter, Parameters, Places, PlanCounts, QueryInfo,
    QueryList, Result, RowSet, RowSink, Session, Streamed, directory, jobs, settings,
};
pub use linal_lang::{
    Completeness, Fragment, LineIndex, Position, Span, Split, SyntaxError, TokenClass, ast, is_complete,
    keywords, split, tokens,
};
pub use linal_store::{ColumnType, NotTensor, Progress, TensorType, column_to_tensor, tensor_to_column};
pub use linal_tensor::{
    Cancellation, Complex32, Complex64, DType, MemoryPool, Reservation, Scalar, Shape, Tensor,
};
