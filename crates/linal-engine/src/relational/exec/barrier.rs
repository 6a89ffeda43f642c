//! Properties of the input of GROUPING SETS and UNION do not hold for their output.
//!
//! A key that is not in a grouping set is NULL in the rows of that set. DataFusion 55 still propagates the
//! properties of the keys: above a join with `t.a = u.a`, `GROUP BY CUBE (t.a, u.a) ORDER BY 1, 2` is sorted
//! by the first key alone, and above `WHERE a = 1`, `GROUP BY ROLLUP (a) ORDER BY a` is not sorted at all.
//! For a union, only one ordering of equal columns is kept:
//! `SELECT k AS a, k AS b FROM t UNION ALL SELECT k, k FROM u ORDER BY b` is sorted by `a` in each input, and
//! then rejected because it is not sorted by `b`. A barrier above such an aggregate or union declares no
//! properties.

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
use datafusion::physical_plan::union::UnionExec;
use datafusion::physical_plan::{
    DisplayAs, DisplayFormatType, ExecutionPlan, ExecutionPlanProperties, PlanProperties,
};

use super::cancellation::one_input;

/// Inserts a [`BarrierExec`] above each aggregate over several grouping sets, and above each union of rows
/// with equal columns.
#[derive(Debug)]
pub(in crate::relational) struct Barriers;

impl PhysicalOptimizerRule for Barriers {
    fn name(&self) -> &str {
        "barriers"
    }

    fn schema_check(&self) -> bool {
        true
    }

    fn optimize(&self, plan: Arc<dyn ExecutionPlan>, _: &ConfigOptions) -> Result<Arc<dyn ExecutionPlan>> {
        plan.transform_up(|node| {
            Ok(if has_sets(node.as_ref()) || has_equal_columns(node.as_ref()) {
                Transformed::yes(Arc::new(BarrierExec::new(node)) as Arc<dyn ExecutionPlan>)
            } else {
                Transformed::no(node)
            })
        })
        .data()
    }
}

/// Whether an operator is an aggregate over several grouping sets.
fn has_sets(operator: &dyn Any) -> bool {
    operator.downcast_ref::<AggregateExec>().is_some_and(|aggregate| {
        aggregate.group_expr().groups().len() > 1 || !aggregate.group_expr().null_expr().is_empty()
    })
}

/// Whether an operator is a union whose rows have columns known to be equal.
fn has_equal_columns(operator: &dyn Any) -> bool {
    let Some(union) = operator.downcast_ref::<UnionExec>() else { return false };
    let is_equal = |input: &&Arc<dyn ExecutionPlan>| {
        input.equivalence_properties().eq_group().iter().any(|class| class.len() > 1)
    };
    union.children().iter().any(is_equal)
}

/// Passes on the batches of its input without any properties: no ordering, no equal or constant columns.
#[derive(Debug)]
struct BarrierExec {
    input: Arc<dyn ExecutionPlan>,
    properties: Arc<PlanProperties>,
}

impl BarrierExec {
    fn new(input: Arc<dyn ExecutionPlan>) -> BarrierExec {
        let properties = PlanProperties::new(
            EquivalenceProperties::new(input.schema()),
            Partitioning::UnknownPartitioning(input.output_partitioning().partition_count()),
            input.pipeline_behavior(),
            input.boundedness(),
        );
        BarrierExec { input, properties: Arc::new(properties) }
    }

    fn with_input(&self, input: Arc<dyn ExecutionPlan>) -> BarrierExec {
        BarrierExec::new(input)
    }
}

impl DisplayAs for BarrierExec {
    fn fmt_as(&self, _: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("BarrierExec")
    }
}

impl ExecutionPlan for BarrierExec {
    fn name(&self) -> &'static str {
        "BarrierExec"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        &self.properties
    }

    one_input!();

    fn execute(&self, partition: usize, task: Arc<TaskContext>) -> Result<SendableRecordBatchStream> {
        self.input.execute(partition, task)
    }
}
