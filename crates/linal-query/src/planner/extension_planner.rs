//! Physical plans of our logical extension nodes.

use std::sync::Arc;

use async_trait::async_trait;
use datafusion::catalog::Session;
use datafusion::common::Result;
use datafusion::execution::context::QueryPlanner;
use datafusion::logical_expr::physical_planning_context::PhysicalPlanningContext;
use datafusion::logical_expr::{LogicalPlan, UserDefinedLogicalNode};
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_planner::{DefaultPhysicalPlanner, ExtensionPlanner, PhysicalPlanner};

use crate::exec::asof_join::AsofPlanner;
use crate::exec::positional_join::PositionalJoinExec;
use crate::exec::sample::SampleExec;
use crate::exec::window::WindowPlanner;
use crate::logical::common_table::{CommonTable, CommonTableExec};
use crate::logical::ordered_join::PositionalJoin;
use crate::logical::recursion::{Recursion, RecursionExec};
use crate::logical::sample::Sample;

/// DataFusion's physical planner with our extension planners.
#[derive(Debug)]
pub(crate) struct OperatorPlanner;

#[async_trait]
impl QueryPlanner for OperatorPlanner {
    async fn create_physical_plan(
        &self,
        plan: &LogicalPlan,
        session: &dyn Session,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let planner = DefaultPhysicalPlanner::with_extension_planners(vec![
            Arc::new(Nodes),
            Arc::new(WindowPlanner),
            Arc::new(AsofPlanner),
        ]);
        planner.create_physical_plan(plan, session).await
    }
}

struct Nodes;

#[async_trait]
impl ExtensionPlanner for Nodes {
    async fn plan_extension(
        &self,
        _: &dyn PhysicalPlanner,
        node: &dyn UserDefinedLogicalNode,
        _: &[&LogicalPlan],
        inputs: &[Arc<dyn ExecutionPlan>],
        _: &dyn Session,
        _: &PhysicalPlanningContext,
    ) -> Result<Option<Arc<dyn ExecutionPlan>>> {
        let node_type = node.as_any();
        if let (Some(table), [input]) = (node_type.downcast_ref::<CommonTable>(), inputs) {
            return Ok(Some(Arc::new(CommonTableExec::new(table.number, input.clone()))));
        }
        if let (Some(recursion), [first, recursive]) = (node_type.downcast_ref::<Recursion>(), inputs) {
            let exec = RecursionExec::new(
                recursion.name.clone(),
                node.schema().inner().clone(),
                first.clone(),
                recursive.clone(),
                recursion.is_distinct,
            )?;
            return Ok(Some(Arc::new(exec)));
        }
        if let (Some(_), [left, right]) = (node_type.downcast_ref::<PositionalJoin>(), inputs) {
            return Ok(Some(Arc::new(PositionalJoinExec::new(left.clone(), right.clone()))));
        }
        if let (Some(sample), [input]) = (node_type.downcast_ref::<Sample>(), inputs) {
            return Ok(Some(Arc::new(SampleExec::new(input.clone(), sample.spec.clone()))));
        }
        Ok(None)
    }
}
