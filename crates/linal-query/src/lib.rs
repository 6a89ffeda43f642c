//! Queries over datasets, planned by Apache DataFusion with our rules, and run over Arrow batches.
//!
//! # The life of a query
//!
//! Each folder is a stage, and a query passes through them in this order:
//!
//! 1. [`frontend`] takes the syntax tree that `linal-lang` parsed. It resolves names ([`frontend::resolve`])
//!    and rewrites constructs that DataFusion lacks ([`frontend::desugar`]).
//! 2. [`planner`] lets DataFusion bind the tree ([`planner::plan`]): its context provides tables, functions
//!    and tensors, its expression and type planners give operators, literals and types the same meaning as in
//!    a `LET`.
//! 3. [`logical`] has the rules for logical plans, [`physical`] those for physical plans, each as one ordered
//!    list.
//! 4. [`exec`] has the operators that DataFusion lacks, [`scan`] reads snapshots of datasets, [`udf`] has the
//!    functions.
//! 5. [`run`] collects the batches of the plan, charges them to the session's memory, and stops when the
//!    statement must end.
//!
//! The plan is cached with its dependencies, so that the same text runs again without planning
//! ([`planner::plan_cache`]). [`error`] translates DataFusion's errors to [`linal_dataset::Error`] with a position in
//! the text.
//!
//! A [`QueryContext`] is what a statement lends to its queries. [`tensor_subquery`] makes the rows of a query
//! a tensor within an expression.
//!
//! This is the only crate that names DataFusion.

#![allow(rustdoc::private_intra_doc_links)] // The map above links the stages, which are private.

mod context;
mod error;
mod exec;
pub mod frontend;
mod logical;
mod physical;
mod planner;
mod run;
mod scan;
pub mod tensor_subquery;
mod tree;
mod udf;

pub use self::context::{History, QueryContext, SEARCH_RESULTS, VersionOf};
pub use self::planner::files;
pub use self::planner::open_query::{OpenParameters, OpenQuery};
pub use self::planner::plan::{Given, Options, PhysicalQuery, TableDependency};
pub use self::planner::plan_cache::{PlanCache, PlanCounts};
pub use self::planner::planner_state::{Planner, SMALL_ELEMENTS};
pub use self::planner::rule_trace::RuleTrace;
pub use self::run::explain;
pub use self::run::spill::Spill;
pub use self::scan::{NORMS, ROW_NUMBER};

use self::error::type_name;
