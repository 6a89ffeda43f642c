//! Which columns an operator passes through unchanged.

use std::any::Any;
use std::collections::HashSet;
use std::sync::Arc;

use datafusion::common::{JoinSide, JoinType};
use datafusion::physical_expr::utils::collect_columns;
use datafusion::physical_expr::{LexOrdering, Partitioning, PhysicalExpr};
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::coalesce_partitions::CoalescePartitionsExec;
use datafusion::physical_plan::expressions::Column;
use datafusion::physical_plan::filter::FilterExec;
use datafusion::physical_plan::joins::utils::{JoinFilter, build_join_schema};
use datafusion::physical_plan::joins::{HashJoinExec, NestedLoopJoinExec};
use datafusion::physical_plan::limit::{GlobalLimitExec, LocalLimitExec};
use datafusion::physical_plan::projection::ProjectionExec;
use datafusion::physical_plan::repartition::RepartitionExec;
use datafusion::physical_plan::sorts::sort::SortExec;
use datafusion::physical_plan::sorts::sort_preserving_merge::SortPreservingMergeExec;

use crate::exec::asof_join::AsofJoinExec;
use crate::exec::sample::SampleExec;

/// How an operator treats columns that it does not read.
pub(crate) struct ColumnMapping {
    /// The columns of each input that the operator reads.
    pub required: Vec<HashSet<usize>>,
    /// The input and column that each output column passes through.
    pub output: Vec<Option<(usize, usize)>>,
    /// How often it copies a column.
    pub copies: usize,
}

impl ColumnMapping {
    /// `None` for an operator that is not known to pass columns through.
    pub fn of(plan: &dyn ExecutionPlan) -> Option<ColumnMapping> {
        let operator: &dyn Any = plan;
        if let Some(filter) = operator.downcast_ref::<FilterExec>() {
            let mapping = ColumnMapping::of_all(plan, columns_of([filter.predicate()]), 1);
            return Some(mapping.projected(filter.projection().as_deref()));
        }
        if let Some(projection) = operator.downcast_ref::<ProjectionExec>() {
            return Some(ColumnMapping::of_projection(projection));
        }
        if let Some(sort) = operator.downcast_ref::<SortExec>() {
            // A top-k sort copies only the rows that it keeps.
            let copies = if sort.fetch().is_some() { 1 } else { 2 };
            return Some(ColumnMapping::of_all(plan, columns_of_order(sort.expr()), copies));
        }
        if let Some(merge) = operator.downcast_ref::<SortPreservingMergeExec>() {
            return Some(ColumnMapping::of_all(plan, columns_of_order(merge.expr()), 1));
        }
        if let Some(exchange) = operator.downcast_ref::<RepartitionExec>() {
            return match exchange.partitioning() {
                Partitioning::Hash(by, _) => Some(ColumnMapping::of_all(plan, columns_of(by), 2)),
                _ => Some(ColumnMapping::of_all(plan, HashSet::new(), 0)),
            };
        }
        if let Some(join) = operator.downcast_ref::<HashJoinExec>() {
            let mut required = [
                columns_of(join.on().iter().map(|(left, _)| left)),
                columns_of(join.on().iter().map(|(_, right)| right)),
            ];
            add_required(join.filter(), &mut required);
            return Some(
                ColumnMapping::of_join(plan, *join.join_type(), required)
                    .projected(join.projection.as_deref()),
            );
        }
        if let Some(join) = operator.downcast_ref::<NestedLoopJoinExec>() {
            let mut required = [HashSet::new(), HashSet::new()];
            add_required(join.filter(), &mut required);
            return Some(
                ColumnMapping::of_join(plan, *join.join_type(), required)
                    .projected(join.projection().as_deref()),
            );
        }
        if let Some(join) = operator.downcast_ref::<AsofJoinExec>() {
            let required = join.keys().map(columns_of);
            return Some(ColumnMapping::of_join(plan, join.kind(), required));
        }
        if operator.is::<SampleExec>() {
            return Some(ColumnMapping::of_all(plan, HashSet::new(), 1));
        }
        let is_passing = operator.is::<CoalescePartitionsExec>()
            || operator.is::<GlobalLimitExec>()
            || operator.is::<LocalLimitExec>();
        is_passing.then(|| ColumnMapping::of_all(plan, HashSet::new(), 0))
    }

    /// An operator that passes through all columns of its one input.
    fn of_all(plan: &dyn ExecutionPlan, required: HashSet<usize>, copies: usize) -> ColumnMapping {
        let input = plan.children()[0].schema().fields().len();
        ColumnMapping {
            required: vec![required],
            output: (0..input).map(|at| Some((0, at))).collect(),
            copies,
        }
    }

    fn of_projection(projection: &ProjectionExec) -> ColumnMapping {
        let (mut required, mut output) = (HashSet::new(), Vec::new());
        for item in projection.expr() {
            let expr: &dyn Any = item.expr.as_ref();
            output.push(match expr.downcast_ref::<Column>() {
                Some(column) => Some((0, column.index())),
                None => {
                    required.extend(columns_of([&item.expr]));
                    None
                }
            });
        }
        ColumnMapping { required: vec![required], output, copies: 0 }
    }

    /// A join copies the columns of its build side when it collects them, and again for its output.
    fn of_join(plan: &dyn ExecutionPlan, kind: JoinType, required: [HashSet<usize>; 2]) -> ColumnMapping {
        let inputs = plan.children();
        let (_, columns) = build_join_schema(&inputs[0].schema(), &inputs[1].schema(), &kind);
        let output = columns
            .iter()
            .map(|column| match column.side {
                JoinSide::Left => Some((0, column.index)),
                JoinSide::Right => Some((1, column.index)),
                JoinSide::None => None,
            })
            .collect();
        ColumnMapping { required: required.into(), output, copies: 2 }
    }

    /// The mapping after a projection.
    fn projected(mut self, projection: Option<&[usize]>) -> ColumnMapping {
        if let Some(projection) = projection {
            self.output = projection.iter().map(|&at| self.output[at]).collect();
        }
        self
    }
}

/// The indices of the columns that expressions read.
fn columns_of<'e>(exprs: impl IntoIterator<Item = &'e Arc<dyn PhysicalExpr>>) -> HashSet<usize> {
    exprs.into_iter().flat_map(collect_columns).map(|column| column.index()).collect()
}

fn columns_of_order(order: &LexOrdering) -> HashSet<usize> {
    columns_of(order.iter().map(|key| &key.expr))
}

/// Adds the columns of both inputs that a join's filter reads.
fn add_required(filter: Option<&JoinFilter>, required: &mut [HashSet<usize>; 2]) {
    for column in filter.map_or(&[][..], JoinFilter::column_indices) {
        match column.side {
            JoinSide::Left => required[0].insert(column.index),
            JoinSide::Right => required[1].insert(column.index),
            JoinSide::None => false,
        };
    }
}
