//! What holds for the input of GROUPING SETS does not hold for its output.
//!
//! A key that is not in a set is NULL in its rows. DataFusion 55 carries over what it knows of the keys all the same: behind a join
//! with `t.a = u.a`, `GROUP BY CUBE (t.a, u.a) ORDER BY 1, 2` is sorted by the first key alone, and behind `WHERE a = 1`,
//! `GROUP BY ROLLUP (a) ORDER BY a` is not sorted at all. An operator above such an aggregate knows nothing of its rows.

use std::any::Any;
use std::fmt;
use std::sync::Arc;

use datafusion::common::Result;
use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::{Transformed, TransformedResult, TreeNode, TreeNodeRecursion};
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_expr::{EquivalenceProperties, Partitioning, PhysicalExpr};
use datafusion::physical_optimizer::PhysicalOptimizerRule;
use datafusion::physical_plan::aggregates::AggregateExec;
use datafusion::physical_plan::{
    DisplayAs, DisplayFormatType, ExecutionPlan, ExecutionPlanProperties, PlanProperties,
};

use super::watch::one_input;

/// Puts a [`GroupingBarrierExec`] above each aggregate over several sets of keys.
#[derive(Debug)]
pub(super) struct GroupingBarriers;

impl PhysicalOptimizerRule for GroupingBarriers {
    fn name(&self) -> &str {
        "grouping_barriers"
    }

    fn schema_check(&self) -> bool {
        true
    }

    fn optimize(&self, plan: Arc<dyn ExecutionPlan>, _: &ConfigOptions) -> Result<Arc<dyn ExecutionPlan>> {
        plan.transform_up(|node| {
            let operator: &dyn Any = node.as_ref();
            let has_sets = operator.downcast_ref::<AggregateExec>().is_some_and(|aggregate| {
                aggregate.group_expr().groups().len() > 1 || !aggregate.group_expr().null_expr().is_empty()
            });
            Ok(if has_sets {
                Transformed::yes(Arc::new(GroupingBarrierExec::new(node)) as Arc<dyn ExecutionPlan>)
            } else {
                Transformed::no(node)
            })
        })
        .data()
    }
}

/// Gives the batches of its input, of which nothing is known: no order, no equal or constant columns.
#[derive(Debug)]
struct GroupingBarrierExec {
    input: Arc<dyn ExecutionPlan>,
    properties: Arc<PlanProperties>,
}

impl GroupingBarrierExec {
    fn new(input: Arc<dyn ExecutionPlan>) -> GroupingBarrierExec {
        let properties = PlanProperties::new(
            EquivalenceProperties::new(input.schema()),
            Partitioning::UnknownPartitioning(input.output_partitioning().partition_count()),
            input.pipeline_behavior(),
            input.boundedness(),
        );
        GroupingBarrierExec { input, properties: Arc::new(properties) }
    }

    fn with_input(&self, input: Arc<dyn ExecutionPlan>) -> GroupingBarrierExec {
        GroupingBarrierExec::new(input)
    }
}

impl DisplayAs for GroupingBarrierExec {
    fn fmt_as(&self, _: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("GroupingBarrierExec")
    }
}

impl ExecutionPlan for GroupingBarrierExec {
    fn name(&self) -> &'static str {
        "GroupingBarrierExec"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        &self.properties
    }

    one_input!();

    fn execute(&self, partition: usize, task: Arc<TaskContext>) -> Result<SendableRecordBatchStream> {
        self.input.execute(partition, task)
    }
}
