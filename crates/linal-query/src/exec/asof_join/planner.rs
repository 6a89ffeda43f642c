//! Plans the operator of a logical ASOF JOIN.

use std::sync::Arc;

use async_trait::async_trait;
use datafusion::catalog::Session;
use datafusion::common::{Result, internal_err};
use datafusion::logical_expr::physical_planning_context::PhysicalPlanningContext;
use datafusion::logical_expr::{LogicalPlan, UserDefinedLogicalNode};
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_planner::{ExtensionPlanner, PhysicalPlanner};

use super::exec::{AsofJoinExec, Condition, Equality};
use crate::logical::ordered_join::{AsofJoin, Comparison, Sides};

/// Plans an [`AsofJoin`].
pub(crate) struct AsofPlanner;

#[async_trait]
impl ExtensionPlanner for AsofPlanner {
    async fn plan_extension(
        &self,
        planner: &dyn PhysicalPlanner,
        node: &dyn UserDefinedLogicalNode,
        logical_inputs: &[&LogicalPlan],
        physical_inputs: &[Arc<dyn ExecutionPlan>],
        session: &dyn Session,
        context: &PhysicalPlanningContext,
    ) -> Result<Option<Arc<dyn ExecutionPlan>>> {
        let Some(join) = node.as_any().downcast_ref::<AsofJoin>() else { return Ok(None) };
        let ([left, right], [left_input, right_input]) = (logical_inputs, physical_inputs) else {
            return internal_err!("an ASOF JOIN has two inputs");
        };
        let sides = Sides { left: left.schema(), right: right.schema() };
        let mut equalities = Vec::new();
        let mut order = None;
        for term in join.terms() {
            let pair = sides.pair(term.clone())?;
            let one = planner.create_physical_expr(&pair.left, sides.left, session, context)?;
            let other = planner.create_physical_expr(&pair.right, sides.right, session, context)?;
            if pair.comparison.is_equality() {
                let matches_nulls = pair.comparison == Comparison::NotDistinct;
                equalities.push(Equality { left: one, right: other, matches_nulls });
            } else {
                order = Some((one, other, pair.comparison));
            }
        }
        let Some((left, right, comparison)) = order else {
            return internal_err!("an ASOF JOIN without an inequality");
        };
        let condition = Condition { equalities, left, right, comparison };
        let inputs = [left_input.clone(), right_input.clone()];
        Ok(Some(Arc::new(AsofJoinExec::new(inputs, condition, join.kind))))
    }
}
