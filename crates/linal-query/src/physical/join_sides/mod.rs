//! Chooses the build sides of hash joins by what the keys of the joins above leave of each side.
//!
//! DataFusion gathers the side of a join that it takes for the smaller one, and looks at that join alone. But scans
//! return only rows whose keys the joins above have met (`join_filter`), so that a side can be far smaller than its
//! own predicates say: of all lines of orders, those of the suppliers of one country. This rule goes from the top
//! down, takes into account what is dropped, and gathers the other side where it has less than half of the rows.

mod estimate;
mod selectivity;

use std::any::Any;
use std::sync::Arc;

use datafusion::common::{JoinType, Result};
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::execution_plan::replace_children_if_necessary;
use datafusion::physical_plan::joins::{HashJoinExec, PartitionMode};

use self::estimate::Estimates;
use super::join_filter::{KeyColumn, each_input, filters_of_input, filters_of_left, key_pairs};
use crate::logical::recursion::RecursionExec;

/// Rows of a build side up to which another choice gains nothing that can be measured.
const FEW_ROWS: f64 = 10_000.0;

/// Rows up to which a build side is gathered once for all threads; larger ones are split by their keys.
const COLLECTED_ROWS: f64 = 300_000.0;

/// Gathers the side of each join that has fewer rows.
pub(crate) fn over(plan: Arc<dyn ExecutionPlan>) -> Result<Arc<dyn ExecutionPlan>> {
    if joins(&plan) < 2 {
        return Ok(plan);
    }
    Pass::default().operator(plan, &[])
}

fn joins(plan: &Arc<dyn ExecutionPlan>) -> usize {
    let operator: &dyn Any = plan.as_ref();
    let below: usize = plan.children().into_iter().map(joins).sum();
    below + usize::from(operator.is::<HashJoinExec>())
}

/// One top-down traversal of a plan.
#[derive(Default)]
struct Pass {
    estimates: Estimates,
    /// The part of the rows that each filter by keys leaves, by its number.
    parts: Vec<f64>,
}

impl Pass {
    /// Rewrites an operator whose rows these filters apply to.
    fn operator(
        &mut self,
        plan: Arc<dyn ExecutionPlan>,
        filters: &[KeyColumn],
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let operator: &dyn Any = plan.as_ref();
        if operator.is::<RecursionExec>() {
            return Ok(plan);
        }
        if let Some(join) = operator.downcast_ref::<HashJoinExec>() {
            return self.join(plan.clone(), join, filters);
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
        let of_left = filters_of_left(join, filters);
        let mut of_right = filters_of_input(join, 1, filters);
        let left_rows = self.rows(join.left(), &of_left);
        let right_rows = self.rows(join.right(), &of_right);
        if let (Some(left), Some(right)) = (left_rows, right_rows)
            && *join.join_type() == JoinType::Inner
            && left > FEW_ROWS.max(2.0 * right)
        {
            let mode =
                if right <= COLLECTED_ROWS { PartitionMode::CollectLeft } else { PartitionMode::Partitioned };
            // The other side is the smaller one then, so that this happens once.
            return self.operator(join.swap_inputs(mode)?, filters);
        }
        if let Some(rows) = left_rows {
            for (left, right) in key_pairs(join) {
                let part = self.estimates.part_of_keys(join, rows, left, right);
                of_right.push(KeyColumn { keys: self.parts.len(), column: right });
                self.parts.push(part);
            }
        }
        let right = self.operator(join.right().clone(), &of_right)?;
        let left = self.operator(join.left().clone(), &of_left)?;
        replace_children_if_necessary(plan, vec![left, right])
    }

    /// The estimated rows of an operator that these filters leave.
    fn rows(&mut self, plan: &Arc<dyn ExecutionPlan>, filters: &[KeyColumn]) -> Option<f64> {
        let rows = self.estimates.rows(plan)?;
        let mut applied: Vec<usize> = filters.iter().map(|filter| filter.keys).collect();
        applied.sort_unstable();
        applied.dedup();
        Some(applied.into_iter().map(|keys| self.parts[keys]).fold(rows, |rows, part| rows * part))
    }
}
