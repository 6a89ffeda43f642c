//! Sums of floats are the same bits whenever a query runs, and rows that are equal in the order of a window stand in the same order.
//!
//! A float sum depends on the order of what is added: `(1e16 + 1) - 1e16` is no `(1e16 - 1e16) + 1`. The rows of a partition come in
//! their order, but partial sums of several partitions, and rows that were dealt to partitions by the keys of a group or a join,
//! come as threads happen to run. `ROW_NUMBER() OVER (ORDER BY g)` numbers rows of one `g` as they come, too. Below an aggregate or a
//! window that tells orders apart, partitions are therefore put together [in turn](crate::relational::exec::round_robin_merge), or one behind the other where only
//! the first rows are wanted.
//!
//! This holds for one setting of `threads` and `batch_size`. It does not hold where a first stage near the memory limit gives its
//! groups early, nor for what a join of one gathered side finds without a partner, which the partition gives that is last.

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

use super::ordered_coalesce::OrderedCoalesceExec;
use crate::relational::exec::round_robin_merge::{DeterministicRepartitionExec, RoundRobinMergeExec};
use crate::relational::exec::window;

/// Puts partitions in an order wherever an aggregate or a window above could tell.
pub(in crate::relational) fn over(plan: Arc<dyn ExecutionPlan>) -> Result<Arc<dyn ExecutionPlan>> {
    below(plan, false)
}

fn below(plan: Arc<dyn ExecutionPlan>, is_seen: bool) -> Result<Arc<dyn ExecutionPlan>> {
    let operator: &dyn Any = plan.as_ref();
    let is_sensitive = operator
        .downcast_ref::<AggregateExec>()
        .is_some_and(|aggregate| aggregate.aggr_expr().iter().any(|call| is_order_sensitive(call)));
    let is_seen = is_seen || is_sensitive || window::tells_ties_apart(plan.as_ref());
    let inputs =
        plan.children().into_iter().cloned().map(|input| below(input, is_seen)).collect::<Result<_>>()?;
    let plan = replace_children_if_necessary(plan, inputs)?;
    Ok(if is_seen { deterministic(&plan).unwrap_or(plan) } else { plan })
}

/// What stands for an operator that puts partitions together as they come.
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

/// Aggregates that are the same of any order, whatever they are of.
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

/// Whether a call may give other bits for rows in another order: sums of whole numbers do not.
pub(in crate::relational) fn is_order_sensitive(call: &AggregateFunctionExpr) -> bool {
    let is_whole = |of: &DataType| of.is_integer() || of.is_decimal();
    let name = call.fun().name();
    let is_sum = name == "sum" && is_whole(call.field().data_type());
    !is_sum && !ORDER_INSENSITIVE.contains(&name)
}
