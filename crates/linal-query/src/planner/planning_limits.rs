//! Planning stops when its statement is cancelled or past its deadline.

use std::sync::Arc;

use datafusion::common::Result;
use datafusion::common::tree_node::Transformed;
use datafusion::logical_expr::LogicalPlan;
use datafusion::optimizer::{OptimizerConfig, OptimizerRule};

use crate::udf::ExecutionHandle;

/// A rule that changes nothing and checks whether planning may go on.
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

/// Inserts a check of the limits before each rule: one may take long for a deep expression.
pub(crate) fn among(
    rules: Vec<Arc<dyn OptimizerRule + Send + Sync>>,
) -> Vec<Arc<dyn OptimizerRule + Send + Sync>> {
    let mut with_checks: Vec<Arc<dyn OptimizerRule + Send + Sync>> = Vec::new();
    for rule in rules {
        with_checks.push(Arc::new(CheckLimits));
        with_checks.push(rule);
    }
    with_checks
}
