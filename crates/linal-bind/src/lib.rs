//! Names and functions: binds expressions of LINAL to graphs of tensors.
//!
//! [`functions`] defines each function once. [`Variables`] are the names of a session, and a [`CatalogView`] the
//! datasets that it sees; [`settings`] are what a session chose. A [`binder::Binder`] resolves the names of an expression in them, broadcasts shapes
//! and promotes dtypes, and returns the graph.
//!
//! This crate runs no queries and does not name DataFusion: the result of a query within an expression comes
//! in as a [`QueryValue`].

pub mod binder;
mod catalog_view;
pub mod functions;
pub mod macros;
mod parameters;
mod query_value;
pub mod settings;
mod variables;

pub use self::catalog_view::{CatalogView, DatasetRef, Target};
pub use self::parameters::{Parameter, Parameters};
pub use self::query_value::{QueryValue, ValueOrigin};
pub use self::variables::{Lazy, SlotId, Value, Variable, Variables, is_dataset};
