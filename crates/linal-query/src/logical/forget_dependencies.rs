//! Removes functional dependencies from plans before DataFusion uses them.
//!
//! DataFusion takes a key of one joined relation for a key of all groups, and drops the other keys of a GROUP
//! BY:
//! `SELECT k, SUM(s) FROM (SELECT d.k, SUM(t.x) AS s FROM t, (SELECT DISTINCT k FROM u) d WHERE t.y > d.k GROUP BY d.k, t.v) z GROUP BY k, s`
//! returns one row for each k.

use std::sync::Arc;

use crate::tree::PlanTree;
use datafusion::common::tree_node::Transformed;
use datafusion::common::{DFSchemaRef, FunctionalDependencies, Result};
use datafusion::logical_expr::LogicalPlan;
use datafusion::optimizer::{OptimizerConfig, OptimizerRule};

/// Removes the functional dependencies of a plan.
#[derive(Debug, Default)]
pub(crate) struct ForgetDependencies;

impl OptimizerRule for ForgetDependencies {
    fn name(&self) -> &str {
        "forget_dependencies"
    }

    fn supports_rewrite(&self) -> bool {
        true
    }

    fn rewrite(&self, plan: LogicalPlan, _: &dyn OptimizerConfig) -> Result<Transformed<LogicalPlan>> {
        plan.change_plans_up(forget)
    }
}

fn forget(mut plan: LogicalPlan) -> Result<Transformed<LogicalPlan>> {
    let schema = match &mut plan {
        LogicalPlan::Projection(node) => &mut node.schema,
        LogicalPlan::Window(node) => &mut node.schema,
        LogicalPlan::Aggregate(node) => &mut node.schema,
        LogicalPlan::Join(node) => &mut node.schema,
        LogicalPlan::SubqueryAlias(node) => &mut node.schema,
        LogicalPlan::Union(node) => &mut node.schema,
        LogicalPlan::Unnest(node) => &mut node.schema,
        _ => return Ok(Transformed::no(plan)),
    };
    if schema.functional_dependencies().is_empty() {
        return Ok(Transformed::no(plan));
    }
    *schema = without(schema)?;
    Ok(Transformed::yes(plan))
}

fn without(schema: &DFSchemaRef) -> Result<DFSchemaRef> {
    let schema = schema.as_ref().clone();
    Ok(Arc::new(schema.with_functional_dependencies(FunctionalDependencies::empty())?))
}
