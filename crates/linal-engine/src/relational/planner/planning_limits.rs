//! Planning ends when its statement is cancelled or out of time.

use std::sync::Arc;

use datafusion::common::Result;
use datafusion::common::tree_node::Transformed;
use datafusion::logical_expr::LogicalPlan;
use datafusion::optimizer::{OptimizerConfig, OptimizerRule};

use crate::relational::udf::ExecutionHandle;

/// A rule that changes nothing, and looks whether to go on.
#[derive(Debug)]
struct CheckLimits;

impl OptimizerRule for CheckLimits {
    fn name(&self) -> &str {
        "check_limits"
    }

    fn rewrite(&self, plan: LogicalPlan, config: &dyn OptimizerConfig) -> Result<Transformed<LogicalPlan>> {
        if let Some(handle) = config.options().extensions.get::<ExecutionHandle>() {
            handle.poll()?;
        }
        Ok(Transformed::no(plan))
    }
}

/// Rules that run between two looks.
const RULES: usize = 4;

/// Rules with looks at the limits among them.
pub(in crate::relational) fn among(
    rules: Vec<Arc<dyn OptimizerRule + Send + Sync>>,
) -> Vec<Arc<dyn OptimizerRule + Send + Sync>> {
    let mut with_checks: Vec<Arc<dyn OptimizerRule + Send + Sync>> = Vec::new();
    for (at, rule) in rules.into_iter().enumerate() {
        if at % RULES == 0 {
            with_checks.push(Arc::new(CheckLimits));
        }
        with_checks.push(rule);
    }
    with_checks
}
