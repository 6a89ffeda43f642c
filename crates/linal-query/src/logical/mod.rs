//! Rules that give a query the semantics of the language before DataFusion optimizes it.
//!
//! They run in four groups, each a list in its order: [`BOUND_RULES`] before DataFusion's analysis, the rest of [`analyzer_rules`] behind
//! it, [`optimizer_rules`], and [`FINAL_RULES`] behind the optimizer's last pass.

mod check_casts;
mod check_types;
pub(crate) mod common_table;
mod date_bounds;
mod decorrelate;
mod enum_order;
mod exact_decimals;
mod fallible;
mod flat_case;
mod forget_dependencies;
mod guards;
mod key_sets;
mod normalize_floats;
mod null_safe_keys;
mod nullable;
pub(crate) mod ordered_join;
pub(crate) mod outer_aggregate;
mod outer_aggregates;
mod push_down_filters;
pub(crate) mod recursion;
mod redundant_keys;
mod row_value_in;
pub(crate) mod sample;
mod set_op_all;
mod single_value;
mod subqueries;
mod tensor_types;
mod volatile;

use std::sync::Arc;

use datafusion::common::Result;
use datafusion::config::ConfigOptions;
use datafusion::logical_expr::LogicalPlan;
use datafusion::optimizer::{Analyzer, AnalyzerRule, Optimizer, OptimizerRule};
use linal_store::temporal::Zone;

use super::exec::window;
use super::udf;
use super::udf::temporal::{self, Temporal};

pub(super) use self::normalize_floats::{key, keys_of, without_needless_key};

/// Rules that run before DataFusion's analysis: each sees the bound plan, with the types that the query's
/// text has.
const BOUND_RULES: [PlanRule; 10] = [
    PlanRule { name: "check_types", apply: |plan| check_types::check(&plan).map(|()| plan) },
    PlanRule { name: "check_frame_offsets", apply: |plan| window::check_ranges(&plan).map(|()| plan) },
    PlanRule { name: "outer_aggregates", apply: outer_aggregates::bind_outer_aggregates },
    PlanRule { name: "row_value_in", apply: row_value_in::bind_rows_in },
    PlanRule { name: "cast_texts_to_intervals", apply: temporal::cast_texts },
    PlanRule { name: "set_op_all", apply: set_op_all::count_rows },
    PlanRule { name: "tensor_types", apply: tensor_types::keep },
    PlanRule { name: "check_casts", apply: check_casts::check_casts },
    PlanRule { name: "enum_order", apply: enum_order::by_place },
    PlanRule { name: "recursion", apply: recursion::replace },
];

/// The analyzer rules in order: ours for bound plans, DataFusion's, and ours for plans after type coercion.
pub(crate) fn analyzer_rules(timezone: &Zone) -> Vec<Arc<dyn AnalyzerRule + Send + Sync>> {
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

/// DataFusion's rules that use functional dependencies of columns.
const USE_DEPENDENCIES: [&str; 4] =
    ["eliminate_join", "replace_distinct_aggregate", "eliminate_duplicated_expr", "optimize_projections"];

/// The optimizer rules, in their order: DataFusion's, of which three are replaced by ours, [`date_bounds`] before filters are pushed
/// down, and [`forget_dependencies`] before rules that use dependencies.
pub(crate) fn optimizer_rules() -> Vec<Arc<dyn OptimizerRule + Send + Sync>> {
    let ours: [Arc<dyn OptimizerRule + Send + Sync>; 3] = [
        Arc::new(null_safe_keys::ExtractKeys::default()),
        Arc::new(push_down_filters::PushDownFilters::default()),
        Arc::new(redundant_keys::EliminateRedundantKeys::default()),
    ];
    let mut rules: Vec<Arc<dyn OptimizerRule + Send + Sync>> = Vec::new();
    for rule in Optimizer::new().rules {
        if USE_DEPENDENCIES.contains(&rule.name()) {
            rules.push(Arc::new(forget_dependencies::ForgetDependencies));
        }
        if rule.name() == "push_down_filter" {
            rules.push(Arc::new(date_bounds::DateBounds));
        }
        let replacement = ours.iter().find(|ours| ours.name() == rule.name());
        rules.push(replacement.cloned().unwrap_or(rule));
    }
    rules
}

/// Rules that run once behind the last pass of the optimizer. They are not in its list, since it runs the list several times, and
/// DataFusion's rules would undo guards and do not know the nodes and calls that the last two make.
pub(crate) const FINAL_RULES: [PlanRule; 6] = [
    PlanRule { name: "null_safe_keys", apply: null_safe_keys::null_safe_keys },
    PlanRule { name: "guard_conditions", apply: guards::guard },
    PlanRule { name: "flatten_case", apply: flat_case::flatten },
    PlanRule { name: "exact_decimals", apply: exact_decimals::without_casts },
    PlanRule { name: "fuse_tensor_calls", apply: udf::fuse },
    PlanRule { name: "window_operators", apply: window::replace },
];

/// A rule for logical plans.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PlanRule {
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
