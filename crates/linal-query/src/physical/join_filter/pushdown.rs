//! Decides which keys are collected, and which scans they are pushed down to.

use std::any::Any;
use std::collections::HashSet;
use std::sync::Arc;

use datafusion::common::{JoinType, NullEquality, Result};
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::aggregates::AggregateExec;
use datafusion::physical_plan::coalesce_partitions::CoalescePartitionsExec;
use datafusion::physical_plan::execution_plan::replace_children_if_necessary;
use datafusion::physical_plan::expressions::Column;
use datafusion::physical_plan::filter::FilterExec;
use datafusion::physical_plan::joins::{HashJoinExec, NestedLoopJoinExec};
use datafusion::physical_plan::projection::ProjectionExec;
use datafusion::physical_plan::repartition::RepartitionExec;
use datafusion::physical_plan::sorts::sort::SortExec;
use datafusion::physical_plan::sorts::sort_preserving_merge::SortPreservingMergeExec;

use super::KeyColumn;
use super::key_bitmap;
use crate::exec::join_filter_build::JoinFilterBuildExec;
use crate::exec::materialize::MaterializeExec;
use crate::logical::recursion::RecursionExec;
use crate::physical::column_mapping::ColumnMapping;
use crate::scan;

/// Pushes the keys of a plan's joins down to its scans.
pub(crate) fn over(plan: Arc<dyn ExecutionPlan>) -> Result<Arc<dyn ExecutionPlan>> {
    Pass::default().operator(plan, &[])
}

/// One top-down traversal of a plan.
#[derive(Default)]
struct Pass {
    /// The number of filters so far.
    numbered: usize,
    /// Filters that a scan uses.
    taken: HashSet<usize>,
}

/// A pair of columns that a join compares.
struct Pair {
    keys: usize,
    left: usize,
    right: usize,
}

impl Pass {
    /// Rewrites an operator whose rows these filters apply to.
    fn operator(
        &mut self,
        plan: Arc<dyn ExecutionPlan>,
        filters: &[KeyColumn],
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let operator: &dyn Any = plan.as_ref();
        // The inputs of a recursion run repeatedly, with other keys in each run.
        if operator.is::<RecursionExec>() {
            return Ok(plan);
        }
        if let Some(join) = operator.downcast_ref::<HashJoinExec>() {
            return self.join(plan.clone(), join, filters);
        }
        if plan.children().is_empty() {
            let (with_filters, taken) = scan::with_filters(plan, filters);
            self.taken.extend(taken);
            return Ok(with_filters);
        }
        each_input(plan, filters, |input, filters| self.operator(input, filters))
    }

    /// Rewrites a join, whose left side is the build side.
    fn join(
        &mut self,
        plan: Arc<dyn ExecutionPlan>,
        join: &HashJoinExec,
        filters: &[KeyColumn],
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let pairs = self.pairs(join);
        let of_left = filters_of_left(join, filters);
        let mut of_right = filters_of_input(join, 1, filters);
        of_right.extend(pairs.iter().map(|pair| KeyColumn { keys: pair.keys, column: pair.right }));
        let right = self.operator(join.right().clone(), &of_right)?;
        let left = self.operator(join.left().clone(), &of_left)?;
        let taken = pairs.iter().filter(|pair| self.taken.contains(&pair.keys));
        let build_keys: Vec<KeyColumn> =
            taken.map(|pair| KeyColumn { keys: pair.keys, column: pair.left }).collect();
        let left = if build_keys.is_empty() { left } else { over_input(left, build_keys)? };
        replace_children_if_necessary(plan, vec![left, right])
    }

    /// The key pairs of a join, each with a number of its own.
    fn pairs(&mut self, join: &HashJoinExec) -> Vec<Pair> {
        let number = |(left, right)| {
            self.numbered += 1;
            Pair { keys: self.numbered - 1, left, right }
        };
        key_pairs(join).into_iter().map(number).collect()
    }
}

/// The columns of the left and the right side whose left keys filter the right side.
pub(crate) fn key_pairs(join: &HashJoinExec) -> Vec<(usize, usize)> {
    let drops_right = matches!(
        join.join_type(),
        JoinType::Inner | JoinType::Left | JoinType::LeftSemi | JoinType::LeftAnti | JoinType::RightSemi
    );
    if !drops_right || join.null_aware || join.null_equality() != NullEquality::NullEqualsNothing {
        return Vec::new();
    }
    let mut pairs = Vec::new();
    for (left, right) in join.on() {
        let (left, right): (&dyn Any, &dyn Any) = (left.as_ref(), right.as_ref());
        let columns = left.downcast_ref::<Column>().zip(right.downcast_ref::<Column>());
        let Some((left, right)) = columns.map(|(left, right)| (left.index(), right.index())) else {
            continue;
        };
        let (left_schema, right_schema) = (join.left().schema(), join.right().schema());
        let data_type = left_schema.field(left).data_type();
        if key_bitmap::is_supported(data_type) && data_type == right_schema.field(right).data_type() {
            pairs.push((left, right));
        }
    }
    pairs
}

/// Inserts a [`JoinFilterBuildExec`] below repartitionings, which would split the batches: the keys are then
/// complete as soon as the last row is read.
fn over_input(plan: Arc<dyn ExecutionPlan>, build_keys: Vec<KeyColumn>) -> Result<Arc<dyn ExecutionPlan>> {
    let operator: &dyn Any = plan.as_ref();
    let is_exchange = operator.is::<RepartitionExec>() || operator.is::<CoalescePartitionsExec>();
    if !is_exchange || plan.fetch().is_some() {
        return Ok(Arc::new(JoinFilterBuildExec::new(plan, build_keys)));
    }
    let input = over_input(plan.children()[0].clone(), build_keys)?;
    replace_children_if_necessary(plan, vec![input])
}

/// Rewrites the inputs of an operator, each with those of the filters that apply to it.
pub(crate) fn each_input(
    plan: Arc<dyn ExecutionPlan>,
    filters: &[KeyColumn],
    mut rewrite: impl FnMut(Arc<dyn ExecutionPlan>, &[KeyColumn]) -> Result<Arc<dyn ExecutionPlan>>,
) -> Result<Arc<dyn ExecutionPlan>> {
    let mut inputs = Vec::new();
    for (at, input) in plan.children().into_iter().enumerate() {
        inputs.push(rewrite(input.clone(), &filters_of_input(plan.as_ref(), at, filters))?);
    }
    replace_children_if_necessary(plan, inputs)
}

/// The filters that apply to a join's left side, given those of its output.
pub(crate) fn filters_of_left(join: &HashJoinExec, filters: &[KeyColumn]) -> Vec<KeyColumn> {
    let mut of_left = filters_of_input(join, 0, filters);
    // Rows without a match are dropped, so filters on a right key apply to the left key, too.
    if matches!(join.join_type(), JoinType::Inner | JoinType::RightSemi) {
        let of_right = filters_of_input(join, 1, filters);
        for (left, right) in key_pairs(join) {
            let same = of_right.iter().filter(|filters| filters.column == right);
            of_left.extend(same.map(|filters| KeyColumn { column: left, ..*filters }));
        }
    }
    of_left
}

/// The filters that apply to an operator's input, given those of its output.
pub(crate) fn filters_of_input(
    plan: &dyn ExecutionPlan,
    input: usize,
    filters: &[KeyColumn],
) -> Vec<KeyColumn> {
    if filters.is_empty() || !can_be_earlier(plan, input) {
        return Vec::new();
    }
    let mapping = ColumnMapping::of(plan);
    let at = |column| origin(plan, mapping.as_ref(), column).filter(|(side, _)| *side == input);
    filters
        .iter()
        .filter_map(|filters| Some(KeyColumn { column: at(filters.column)?.1, ..*filters }))
        .collect()
}

/// The input and column that an operator's column comes from.
fn origin(
    plan: &dyn ExecutionPlan,
    mapping: Option<&ColumnMapping>,
    column: usize,
) -> Option<(usize, usize)> {
    let operator: &dyn Any = plan;
    if let Some(aggregate) = operator.downcast_ref::<AggregateExec>() {
        return group_column(aggregate, column).map(|at| (0, at));
    }
    // The columns that it materializes are tensors, which are never keys.
    if operator.is::<MaterializeExec>() {
        return Some((0, column));
    }
    mapping?.output[column]
}

/// Whether filtering an input by a column is equivalent to filtering the operator's output by the column that
/// passes it through.
fn can_be_earlier(plan: &dyn ExecutionPlan, input: usize) -> bool {
    let operator: &dyn Any = plan;
    // A limit of filtered rows is not a filter of limited rows.
    if plan.fetch().is_some() {
        return false;
    }
    if let Some(join) = operator.downcast_ref::<HashJoinExec>() {
        return !join.null_aware && keeps_side(*join.join_type(), input);
    }
    if let Some(join) = operator.downcast_ref::<NestedLoopJoinExec>() {
        return keeps_side(*join.join_type(), input);
    }
    if let Some(aggregate) = operator.downcast_ref::<AggregateExec>() {
        return aggregate.limit_options().is_none() && !aggregate.group_expr().has_grouping_set();
    }
    operator.is::<FilterExec>()
        || operator.is::<ProjectionExec>()
        || operator.is::<SortExec>()
        || operator.is::<SortPreservingMergeExec>()
        || operator.is::<RepartitionExec>()
        || operator.is::<CoalescePartitionsExec>()
        || operator.is::<MaterializeExec>()
}

/// Whether dropping input rows of a side only drops the output rows that come from them.
fn keeps_side(kind: JoinType, input: usize) -> bool {
    match input {
        0 => matches!(kind, JoinType::Inner | JoinType::Left | JoinType::LeftSemi | JoinType::LeftAnti),
        _ => matches!(kind, JoinType::Inner | JoinType::Right | JoinType::RightSemi | JoinType::RightAnti),
    }
}

/// The input column of a group key that an aggregation returns as this column.
fn group_column(aggregate: &AggregateExec, column: usize) -> Option<usize> {
    let (expr, _) = aggregate.group_expr().expr().get(column)?;
    let expr: &dyn Any = expr.as_ref();
    expr.downcast_ref::<Column>().map(Column::index)
}
