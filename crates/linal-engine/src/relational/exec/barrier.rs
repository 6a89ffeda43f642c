//! What holds for the input of GROUPING SETS and UNION does not hold for the output.
//!
//! A key that is not in a set is NULL in its rows. DataFusion 55 carries over what it knows of the keys all the same: behind a join
//! with `t.a = u.a`, `GROUP BY CUBE (t.a, u.a) ORDER BY 2, 1` is sorted by one key alone, and behind `WHERE a = 1`,
//! `GROUP BY CUBE (a, b) ORDER BY a, b` is sorted by `b` alone. Of a union, all but one order of equal columns is forgotten:
//! `SELECT k AS a, k AS b FROM t UNION ALL SELECT k AS a, k AS b FROM u ORDER BY b` is sorted by `a` in each input, and then refused as
//! it is not sorted by `b`. An operator above such an aggregate or union knows nothing of its rows.

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

/// Puts a [`BarrierExec`] above each aggregate over several sets of keys, and above each union of rows with equal columns.
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

/// Whether an operator is an aggregate over several sets of keys.
fn has_sets(operator: &dyn Any) -> bool {
    operator.downcast_ref::<AggregateExec>().is_some_and(|aggregate| {
        aggregate.group_expr().groups().len() > 1 || !aggregate.group_expr().null_expr().is_empty()
    })
}

/// Whether an operator is a union of rows with columns of which it is known that they are equal.
fn has_equal_columns(operator: &dyn Any) -> bool {
    let Some(union) = operator.downcast_ref::<UnionExec>() else { return false };
    let is_equal = |input: &&Arc<dyn ExecutionPlan>| {
        input.equivalence_properties().eq_group().iter().any(|class| class.len() > 1)
    };
    union.children().iter().any(is_equal)
}

/// Gives the batches of its input, of which nothing is known: no order, no equal or constant columns.
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
