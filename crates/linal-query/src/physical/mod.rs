//! Rules for physical plans, one per file.

pub(crate) mod column_mapping;
pub(crate) mod conjunction;
pub(crate) mod deterministic_aggregates;
pub(crate) mod join_filter;
pub(crate) mod join_sides;
pub(crate) mod late_materialization;
pub(crate) mod ordered_coalesce;
pub(crate) mod top_rows;

use std::sync::Arc;

use datafusion::common::Result;
use datafusion::config::ConfigOptions;
use datafusion::error::DataFusionError;
use datafusion::execution::{SessionState, SessionStateBuilder};
use datafusion::physical_optimizer::PhysicalOptimizerRule;
use datafusion::physical_optimizer::optimizer::PhysicalOptimizer;
use datafusion::physical_plan::ExecutionPlan;

use super::exec::barrier::Barriers;
use super::exec::{cancellation, window};

/// Rules that are worthwhile for queries that run on all threads.
const PARALLEL_RULES: [PlanRule; 4] = [
    PlanRule { name: "late_materialization", apply: late_materialization::over },
    PlanRule { name: "join_filters", apply: join_filter::over },
    PlanRule { name: "top_rows", apply: top_rows::below_sorts },
    PlanRule { name: "deterministic_aggregates", apply: deterministic_aggregates::over },
];

/// The rules for physical plans in order: DataFusion's, then ours.
///
/// DataFusion's FilterPushdown is left out: above a projection, it takes the last of two columns of a join
/// with one name. The logical rules have already pushed filters down, by qualified names.
pub(crate) fn rules(is_parallel: bool) -> Vec<Arc<dyn PhysicalOptimizerRule + Send + Sync>> {
    let mut rules: Vec<Arc<dyn PhysicalOptimizerRule + Send + Sync>> = vec![Arc::new(Barriers::WhereNeeded)];
    let kept =
        |rule: &Arc<dyn PhysicalOptimizerRule + Send + Sync>| !rule.name().starts_with("FilterPushdown");
    for rule in PhysicalOptimizer::new().rules.into_iter().filter(kept) {
        let chooses_sides = rule.name() == "join_selection";
        rules.push(rule);
        // Before the inputs are split by their keys.
        if is_parallel && chooses_sides {
            rules.push(Arc::new(PlanRule { name: "join_sides", apply: join_sides::over }));
        }
    }
    rules.push(Arc::new(PlanRule { name: "window_limits", apply: window::push_down }));
    if is_parallel {
        for rule in PARALLEL_RULES {
            rules.push(Arc::new(rule));
        }
    }
    rules.push(Arc::new(PlanRule { name: "conjunctions", apply: conjunction::over }));
    rules.push(Arc::new(PlanRule { name: "ordered_coalesce", apply: ordered_coalesce::above }));
    rules.push(Arc::new(PlanRule { name: "cancellation", apply: cancellation::over }));
    rules
}

/// DataFusion's rules that check whether inputs have the orders and partitions that operators need.
const CHECKS: [&str; 2] = ["EnsureRequirements", "SanityCheckPlan"];

/// Whether DataFusion has found that its rules made a plan that cannot run: they push a sort below a join by
/// what they know of constant columns, and the join then knows less of them. The last query of
/// `slt/right/outer_join_constants.slt` that joins `no_ids` is one.
pub(crate) fn is_inconsistent(failure: &DataFusionError) -> bool {
    matches!(failure, DataFusionError::Context(rule, _) if CHECKS.contains(&rule.as_str()))
}

/// The same state with rules that know nothing of the rows of any operator.
pub(crate) fn cautious(state: &SessionState) -> SessionState {
    let barriers: Arc<dyn PhysicalOptimizerRule + Send + Sync> = Arc::new(Barriers::Everywhere);
    let cautious = |rule: &Arc<dyn PhysicalOptimizerRule + Send + Sync>| {
        if rule.name() == barriers.name() { barriers.clone() } else { rule.clone() }
    };
    let rules = state.physical_optimizers().iter().map(cautious).collect();
    SessionStateBuilder::new_from_existing(state.clone()).with_physical_optimizer_rules(rules).build()
}

/// What a rule makes of a plan.
type Apply = fn(Arc<dyn ExecutionPlan>) -> Result<Arc<dyn ExecutionPlan>>;

/// A rule for physical plans.
#[derive(Clone, Copy, Debug)]
struct PlanRule {
    /// Its name in EXPLAIN VERBOSE.
    name: &'static str,
    /// Transforms a plan.
    apply: Apply,
}

impl PhysicalOptimizerRule for PlanRule {
    fn optimize(&self, plan: Arc<dyn ExecutionPlan>, _: &ConfigOptions) -> Result<Arc<dyn ExecutionPlan>> {
        (self.apply)(plan)
    }

    fn name(&self) -> &str {
        self.name
    }

    fn schema_check(&self) -> bool {
        true
    }
}
