//! The relational half: queries over datasets, planned and run by Apache DataFusion.
//!
//! # The life of a query
//!
//! 1. [`rewrite`] walks the tree that `linal-lang` read: names match without their case, a name that no dataset
//!    of the query has is a tensor of the session, results are named by their text.
//! 2. [`provider`] answers DataFusion's questions while it plans: datasets, files, functions, tensors.
//!    [`operators`] and [`types`] give operators, literals and types the meaning that they have in a `LET`,
//!    [`temporal`] dates, times and intervals that of PostgreSQL; [`analysis`] does so for keys, subqueries and set operations.
//! 3. DataFusion optimises; [`plan`] keeps the result with what it was planned for, so that the same text runs
//!    again without planning ([`cache`]).
//!    Windows run in an operator of our own ([`window`]).
//! 4. [`run`] pulls batches through it. [`scan`] reads the snapshot that the statement sees, [`pool`] charges
//!    operators to the session's memory, [`stop`] and [`watch`] end them when they are cancelled or out of time.
//! 5. [`error`] turns what went wrong into an [`crate::Error`] with a place in the text.
//!
//! No other module names DataFusion.

mod analysis;
mod any_value;
mod barrier;
mod cache;
pub(crate) mod change;
mod collected;
mod common_table;
pub(crate) mod computed;
mod constant;
mod environment;
mod error;
pub(crate) mod explain;
mod extension;
mod fetch;
pub(crate) mod files;
pub(crate) mod functions;
mod in_order;
mod in_turn;
mod index;
mod information;
mod keys;
mod late;
mod lazy;
mod list_literal;
mod measured;
mod number_list;
mod operators;
mod outer_aggregate;
mod passage;
mod picked;
pub(crate) mod pipeline;
mod plan;
mod planning_limits;
mod pool;
mod provider;
mod recursion;
mod refuse;
mod relation_planner;
mod rewrite;
mod run;
mod scan;
pub(crate) mod search;
mod session;
mod steady;
mod stop;
mod table_function;
mod temporal;
pub(crate) mod tree;
mod types;
pub(crate) mod values;
mod watch;
mod window;

pub(crate) use cache::PlanCache;
use error::type_name;

pub(crate) use environment::{Environment, SMALL_ELEMENTS};
pub(crate) use index::SortedRows;
pub(crate) use plan::{Options, Planned};
pub(crate) use scan::{NORMS, ROW_NUMBER};
pub(crate) use search::{Metric, ResultNames};
