//! Float sums have the same bits in every run, and rows that are equal in a window's order come in the same
//! order.
//!
//! A float sum depends on the order of its terms: `(1e16 + 1) - 1e16` is not `(1e16 - 1e16) + 1`. The rows of
//! a partition come in order, but partial sums of several partitions, and rows that were repartitioned by the
//! keys of a group or a join, arrive as threads are scheduled. `ROW_NUMBER() OVER (ORDER BY g)`, too, numbers
//! rows with equal `g` as they arrive. Below an aggregate or a window that is sensitive to the order,
//! partitions are therefore merged [round-robin](crate::exec::round_robin_merge), or concatenated
//! where only the first rows are needed.
//!
//! This holds for one setting of `threads` and `batch_size`. It does not hold where a partial aggregation
//! near the memory limit emits its groups early, nor for the unmatched rows of a join's build side, which the
//! last partition emits.

use std::any::Any;
use std::sync::Arc;

use arrow::datatypes::DataType;
use datafusion::common::Result;
use datafusion::physical_expr::aggregate::AggregateFunctionExpr;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::aggregates::AggregateExec;
use datafusion::physical_plan::coalesce_partitions::CoalescePartitionsExec;
use datafusion::physical_plan::execution_plan::replace_children_if_necessary;
use datafusion::physical_plan::repartition::RepartitionExec;

use super::ordered_coalesce;
use super::ordered_coalesce::OrderedCoalesceExec;
use crate::exec::round_robin_merge::{DeterministicRepartitionExec, RoundRobinMergeExec};
use crate::exec::window;

/// Fixes the order of partitions wherever an aggregate or a window above depends on it.
pub(crate) fn over(plan: Arc<dyn ExecutionPlan>) -> Result<Arc<dyn ExecutionPlan>> {
    below(plan, false, false)
}

/// `is_seen` says whether an operator above depends on the order, `in_order` whether one counts the rows by their position.
fn below(plan: Arc<dyn ExecutionPlan>, is_seen: bool, in_order: bool) -> Result<Arc<dyn ExecutionPlan>> {
    let operator: &dyn Any = plan.as_ref();
    let is_sensitive = operator
        .downcast_ref::<AggregateExec>()
        .is_some_and(|aggregate| aggregate.aggr_expr().iter().any(|call| is_order_sensitive(call)));
    let is_seen = is_seen || is_sensitive || window::tells_ties_apart(plan.as_ref());
    let keeps_order = in_order && ordered_coalesce::keeps_rows(operator);
    let below_in_order = keeps_order || ordered_coalesce::reads_in_order(plan.as_ref());
    let children = plan.children().into_iter().cloned();
    let inputs = children.map(|input| below(input, is_seen, below_in_order)).collect::<Result<_>>()?;
    let plan = replace_children_if_necessary(plan, inputs)?;
    // The partitions are concatenated there by a later rule.
    let is_concatenated = in_order && (plan.as_ref() as &dyn Any).is::<CoalescePartitionsExec>();
    Ok(if is_seen && !is_concatenated { deterministic(&plan).unwrap_or(plan) } else { plan })
}

/// The deterministic replacement of an operator that merges partitions as they arrive.
fn deterministic(plan: &Arc<dyn ExecutionPlan>) -> Option<Arc<dyn ExecutionPlan>> {
    let operator: &dyn Any = plan.as_ref();
    if let Some(merge) = operator.downcast_ref::<CoalescePartitionsExec>() {
        return Some(match merge.fetch() {
            Some(_) => Arc::new(OrderedCoalesceExec::new(merge.input().clone(), merge.fetch())),
            None => Arc::new(RoundRobinMergeExec::instead_of(merge)),
        });
    }
    let exchange =
        operator.downcast_ref::<RepartitionExec>().and_then(DeterministicRepartitionExec::instead_of)?;
    Some(Arc::new(exchange))
}

/// Aggregates whose result does not depend on the order of rows, for any argument type.
const ORDER_INSENSITIVE: [&str; 11] = [
    "count",
    "min",
    "max",
    "bool_and",
    "bool_or",
    "bit_and",
    "bit_or",
    "bit_xor",
    "median",
    "approx_distinct",
    "grouping",
];

/// Whether the order of rows may change the bits of a result; it does not for sums of integers.
pub(crate) fn is_order_sensitive(call: &AggregateFunctionExpr) -> bool {
    let is_whole = |of: &DataType| of.is_integer() || of.is_decimal();
    let name = call.fun().name();
    let is_sum = name == "sum" && is_whole(call.field().data_type());
    !is_sum && !ORDER_INSENSITIVE.contains(&name)
}
