//! Sums of floats are the same bits whenever a query runs, and rows that are equal in the order of a window stand in the same order.
//!
//! A float sum depends on the order of what is added: `(1e16 + 1) - 1e16` is no `(1e16 - 1e16) + 1`. The rows of a partition come in
//! their order, but partial sums of several partitions, and rows that were dealt to partitions by the keys of a group or a join,
//! come as threads happen to run. `ROW_NUMBER() OVER (ORDER BY g)` numbers rows of one `g` as they come, too. Below an aggregate or a
//! window that tells orders apart, partitions are therefore put together [in turn](super::in_turn), or one behind the other where only
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

use super::in_order::InOrder;
use super::in_turn::{Exchange, Gather};
use super::window;

/// Puts partitions in an order wherever an aggregate or a window above could tell.
pub(super) fn over(plan: Arc<dyn ExecutionPlan>) -> Result<Arc<dyn ExecutionPlan>> {
    below(plan, false)
}

fn below(plan: Arc<dyn ExecutionPlan>, is_seen: bool) -> Result<Arc<dyn ExecutionPlan>> {
    let operator: &dyn Any = plan.as_ref();
    let is_told = operator
        .downcast_ref::<AggregateExec>()
        .is_some_and(|aggregate| aggregate.aggr_expr().iter().any(|call| tells_orders_apart(call)));
    let is_seen = is_seen || is_told || window::tells_ties_apart(plan.as_ref());
    let inputs =
        plan.children().into_iter().cloned().map(|input| below(input, is_seen)).collect::<Result<_>>()?;
    let plan = replace_children_if_necessary(plan, inputs)?;
    Ok(if is_seen { steady(&plan).unwrap_or(plan) } else { plan })
}

/// What stands for an operator that puts partitions together as they come.
fn steady(plan: &Arc<dyn ExecutionPlan>) -> Option<Arc<dyn ExecutionPlan>> {
    let operator: &dyn Any = plan.as_ref();
    if let Some(merge) = operator.downcast_ref::<CoalescePartitionsExec>() {
        return Some(match merge.fetch() {
            Some(_) => Arc::new(InOrder::new(merge.input().clone(), merge.fetch())),
            None => Arc::new(Gather::instead_of(merge)),
        });
    }
    let exchange = operator.downcast_ref::<RepartitionExec>().and_then(Exchange::instead_of)?;
    Some(Arc::new(exchange))
}

/// Aggregates that are the same of any order, whatever they are of.
const BLIND: [&str; 11] = [
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
pub(super) fn tells_orders_apart(call: &AggregateFunctionExpr) -> bool {
    let is_whole = |of: &DataType| of.is_integer() || of.is_decimal();
    let name = call.fun().name();
    let is_sum = name == "sum" && is_whole(call.field().data_type());
    !is_sum && !BLIND.contains(&name)
}
