//! Rules that give a query the semantics of the language before DataFusion optimizes it.
//!
//! They run in three groups: [`BOUND_RULES`] before DataFusion's analysis, the rest of [`analyzer_rules`]
//! after it, and [`FINAL_RULES`] after the optimizer. [`ExtractKeys`], [`PushDownFilters`] and
//! [`ForgetDependencies`] are optimizer rules, which the planner's state lists.

mod check_casts;
mod check_types;
pub(crate) mod common_table;
mod decorrelate;
mod fallible;
mod forget_dependencies;
mod guards;
mod key_sets;
mod normalize_floats;
mod null_safe_keys;
mod nullable;
pub(crate) mod outer_aggregate;
mod outer_aggregates;
mod push_down_filters;
pub(crate) mod recursion;
mod row_value_in;
mod set_op_all;
mod single_value;
mod subqueries;
mod tensor_types;
mod volatile;

use std::sync::Arc;

use datafusion::common::Result;
use datafusion::config::ConfigOptions;
use datafusion::logical_expr::LogicalPlan;
use datafusion::optimizer::{Analyzer, AnalyzerRule};
use linal_store::temporal::Zone;

use super::exec::window;
use super::udf;
use super::udf::temporal::{self, Temporal};

pub(super) use self::forget_dependencies::ForgetDependencies;
pub(super) use self::normalize_floats::{key, keys_of};
pub(super) use self::null_safe_keys::ExtractKeys;
pub(super) use self::push_down_filters::PushDownFilters;

/// Rules that run before DataFusion's analysis: each sees the bound plan, with the types that the query's
/// text has.
const BOUND_RULES: [PlanRule; 9] = [
    PlanRule { name: "check_types", apply: |plan| check_types::check(&plan).map(|()| plan) },
    PlanRule { name: "check_frame_offsets", apply: |plan| window::check_ranges(&plan).map(|()| plan) },
    PlanRule { name: "outer_aggregates", apply: outer_aggregates::bind_outer_aggregates },
    PlanRule { name: "row_value_in", apply: row_value_in::bind_rows_in },
    PlanRule { name: "cast_texts_to_intervals", apply: temporal::cast_texts },
    PlanRule { name: "set_op_all", apply: set_op_all::count_rows },
    PlanRule { name: "tensor_types", apply: tensor_types::keep },
    PlanRule { name: "check_casts", apply: check_casts::check_casts },
    PlanRule { name: "recursion", apply: recursion::replace },
];

/// The analyzer rules in order: ours for bound plans, DataFusion's, and ours for plans after type coercion.
pub(in crate::relational) fn analyzer_rules(timezone: &Zone) -> Vec<Arc<dyn AnalyzerRule + Send + Sync>> {
    let mut rules: Vec<Arc<dyn AnalyzerRule + Send + Sync>> = Vec::new();
    for rule in BOUND_RULES {
        rules.push(Arc::new(rule));
    }
    rules.extend(Analyzer::new().rules);
    rules.push(Arc::new(volatile::VolatileCalls));
    rules.push(Arc::new(subqueries::Subqueries));
    rules.push(Arc::new(Temporal { zone: timezone.clone() }));
    rules.push(Arc::new(normalize_floats::FloatKeys));
    rules.push(Arc::new(guards::Glue));
    rules
}

/// Rules that run once after the last pass of the optimizer. They are not in its list, which it runs several
/// times: DataFusion's rules would undo guards, and do not know the nodes and calls that the last two rules
/// make.
pub(in crate::relational) const FINAL_RULES: [PlanRule; 4] = [
    PlanRule { name: "null_safe_keys", apply: null_safe_keys::null_safe_keys },
    PlanRule { name: "guard_conditions", apply: guards::guard },
    PlanRule { name: "fuse_tensor_calls", apply: udf::fuse },
    PlanRule { name: "window_operators", apply: window::replace },
];

/// A rule for logical plans.
#[derive(Clone, Copy, Debug)]
pub(in crate::relational) struct PlanRule {
    /// Its name in EXPLAIN VERBOSE.
    pub name: &'static str,
    /// Transforms a plan.
    pub apply: fn(LogicalPlan) -> Result<LogicalPlan>,
}

impl AnalyzerRule for PlanRule {
    fn analyze(&self, plan: LogicalPlan, _: &ConfigOptions) -> Result<LogicalPlan> {
        (self.apply)(plan)
    }

    fn name(&self) -> &str {
        self.name
    }
}
