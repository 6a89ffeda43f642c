//! What holds for the input of GROUPING SETS, UNION and an outer join does not hold for the output.
//!
//! A key that is not in a set is NULL in its rows. DataFusion 55 carries over what it knows of the keys all the same: behind a join
//! with `t.a = u.a`, `GROUP BY CUBE (t.a, u.a) ORDER BY 2, 1` is sorted by one key alone, and behind `WHERE a = 1`,
//! `GROUP BY CUBE (a, b) ORDER BY a, b` is sorted by `b` alone. Of a union, all but one order of equal columns is forgotten:
//! `SELECT k AS a, k AS b FROM t UNION ALL SELECT k AS a, k AS b FROM u ORDER BY b` is sorted by `a` in each input, and then
//! rejected since it is not sorted by `b`. A column that is constant on one side of an outer join is NULL in the rows without a
//! partner, but `SELECT .. FROM (SELECT k, 'A' AS c FROM t) z RIGHT JOIN u ON z.k = u.k ORDER BY z.c` is not sorted. An operator above
//! such an aggregate, union or join knows nothing of its rows.

use std::any::Any;
use std::fmt;
use std::sync::Arc;

use crate::tree::Tree;
use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::{Transformed, TransformedResult, TreeNodeRecursion};
use datafusion::common::{JoinType, Result};
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_expr::{EquivalenceProperties, Partitioning, PhysicalExpr};
use datafusion::physical_optimizer::PhysicalOptimizerRule;
use datafusion::physical_plan::aggregates::AggregateExec;
use datafusion::physical_plan::joins::{HashJoinExec, NestedLoopJoinExec};
use datafusion::physical_plan::union::UnionExec;
use datafusion::physical_plan::{
    DisplayAs, DisplayFormatType, ExecutionPlan, ExecutionPlanProperties, PlanProperties,
};

use super::cancellation::one_input;

/// Puts a [`BarrierExec`] above each aggregate over several sets of keys, each union of rows with equal columns, and each outer join
/// that has a constant column on a side whose rows may be missing.
///
/// [`Barriers::Everywhere`] puts one above each operator with inputs, so that every order is made where it is needed. A plan by which
/// DataFusion contradicts itself is made anew with it.
#[derive(Debug)]
pub(crate) enum Barriers {
    WhereNeeded,
    Everywhere,
}

impl PhysicalOptimizerRule for Barriers {
    fn name(&self) -> &str {
        "barriers"
    }

    fn schema_check(&self) -> bool {
        true
    }

    fn optimize(&self, plan: Arc<dyn ExecutionPlan>, _: &ConfigOptions) -> Result<Arc<dyn ExecutionPlan>> {
        plan.transform_up(|node| {
            let needs_barrier = match self {
                Barriers::WhereNeeded => is_needed(node.as_ref()),
                Barriers::Everywhere => !node.children().is_empty(),
            };
            Ok(if needs_barrier {
                Transformed::yes(Arc::new(BarrierExec::new(node)) as Arc<dyn ExecutionPlan>)
            } else {
                Transformed::no(node)
            })
        })
        .data()
    }
}

/// Whether DataFusion would take something of an operator's input for true of its output that is not.
fn is_needed(operator: &dyn ExecutionPlan) -> bool {
    has_sets(operator) || has_equal_columns(operator) || extends_constants(operator)
}

/// Whether an operator is an aggregate over several sets of keys.
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

/// Whether an operator is an outer join that gives rows with NULL in the place of a column that is constant in its input.
fn extends_constants(operator: &dyn ExecutionPlan) -> bool {
    let join: &dyn Any = operator;
    let kind = if let Some(join) = join.downcast_ref::<HashJoinExec>() {
        *join.join_type()
    } else if let Some(join) = join.downcast_ref::<NestedLoopJoinExec>() {
        *join.join_type()
    } else {
        return false;
    };
    let extended: &[usize] = match kind {
        JoinType::Left => &[1],
        JoinType::Right => &[0],
        JoinType::Full => &[0, 1],
        _ => &[],
    };
    let inputs = operator.children();
    extended.iter().any(|&side| !inputs[side].equivalence_properties().constants().is_empty())
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
