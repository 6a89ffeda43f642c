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
//! ([`planner::plan_cache`]). [`error`] translates DataFusion's errors to [`crate::Error`] with a position in
//! the text.
//!
//! No other module uses DataFusion.

mod error;
mod exec;
pub(crate) mod frontend;
mod logical;
mod physical;
pub(crate) mod planner;
pub(crate) mod run;
mod scan;
pub(crate) mod udf;

use self::error::type_name;
pub(crate) use self::frontend::search::{Metric, ResultNames};
pub(crate) use self::planner::plan::{Options, PhysicalQuery};
pub(crate) use self::planner::plan_cache::PlanCache;
pub(crate) use self::planner::planner_state::{PlannerState, SMALL_ELEMENTS};
pub(crate) use self::scan::index::SortedRows;
pub(crate) use self::scan::{NORMS, ROW_NUMBER};
