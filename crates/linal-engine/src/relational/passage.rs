//! Which columns an operator passes on as they are.

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

/// What an operator does with columns that it does not look at.
pub(super) struct Passage {
    /// The columns of each input that it looks at.
    pub asked: Vec<HashSet<usize>>,
    /// Which column of which input each of its columns is.
    pub output: Vec<Option<(usize, usize)>>,
    /// How often it copies a column.
    pub copies: usize,
}

impl Passage {
    /// `None` for an operator that is not known to pass anything on.
    pub fn of(plan: &dyn ExecutionPlan) -> Option<Passage> {
        let operator: &dyn Any = plan;
        if let Some(filter) = operator.downcast_ref::<FilterExec>() {
            let passage = Passage::of_all(plan, columns_of([filter.predicate()]), 1);
            return Some(passage.projected(filter.projection().as_deref()));
        }
        if let Some(projection) = operator.downcast_ref::<ProjectionExec>() {
            return Some(Passage::of_projection(projection));
        }
        if let Some(sort) = operator.downcast_ref::<SortExec>() {
            // The first rows are chosen among batches that stay as they are.
            let copies = if sort.fetch().is_some() { 1 } else { 2 };
            return Some(Passage::of_all(plan, columns_of_order(sort.expr()), copies));
        }
        if let Some(merge) = operator.downcast_ref::<SortPreservingMergeExec>() {
            return Some(Passage::of_all(plan, columns_of_order(merge.expr()), 1));
        }
        if let Some(exchange) = operator.downcast_ref::<RepartitionExec>() {
            return match exchange.partitioning() {
                Partitioning::Hash(by, _) => Some(Passage::of_all(plan, columns_of(by), 2)),
                _ => Some(Passage::of_all(plan, HashSet::new(), 0)),
            };
        }
        if let Some(join) = operator.downcast_ref::<HashJoinExec>() {
            let mut asked = [
                columns_of(join.on().iter().map(|(left, _)| left)),
                columns_of(join.on().iter().map(|(_, right)| right)),
            ];
            ask_of(join.filter(), &mut asked);
            return Some(
                Passage::of_join(plan, *join.join_type(), asked).projected(join.projection.as_deref()),
            );
        }
        if let Some(join) = operator.downcast_ref::<NestedLoopJoinExec>() {
            let mut asked = [HashSet::new(), HashSet::new()];
            ask_of(join.filter(), &mut asked);
            return Some(
                Passage::of_join(plan, *join.join_type(), asked).projected(join.projection().as_deref()),
            );
        }
        let is_passing = operator.is::<CoalescePartitionsExec>()
            || operator.is::<GlobalLimitExec>()
            || operator.is::<LocalLimitExec>();
        is_passing.then(|| Passage::of_all(plan, HashSet::new(), 0))
    }

    /// An operator with the columns of its one input.
    fn of_all(plan: &dyn ExecutionPlan, asked: HashSet<usize>, copies: usize) -> Passage {
        let input = plan.children()[0].schema().fields().len();
        Passage { asked: vec![asked], output: (0..input).map(|at| Some((0, at))).collect(), copies }
    }

    fn of_projection(projection: &ProjectionExec) -> Passage {
        let (mut asked, mut output) = (HashSet::new(), Vec::new());
        for item in projection.expr() {
            let expr: &dyn Any = item.expr.as_ref();
            output.push(match expr.downcast_ref::<Column>() {
                Some(column) => Some((0, column.index())),
                None => {
                    asked.extend(columns_of([&item.expr]));
                    None
                }
            });
        }
        Passage { asked: vec![asked], output, copies: 0 }
    }

    /// A join copies the columns of the side that it keeps when it gathers them, and again for its result.
    fn of_join(plan: &dyn ExecutionPlan, kind: JoinType, asked: [HashSet<usize>; 2]) -> Passage {
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
        Passage { asked: asked.into(), output, copies: 2 }
    }

    /// The same with some of the columns.
    fn projected(mut self, projection: Option<&[usize]>) -> Passage {
        if let Some(projection) = projection {
            self.output = projection.iter().map(|&at| self.output[at]).collect();
        }
        self
    }
}

/// The places of the columns that expressions read.
fn columns_of<'e>(exprs: impl IntoIterator<Item = &'e Arc<dyn PhysicalExpr>>) -> HashSet<usize> {
    exprs.into_iter().flat_map(collect_columns).map(|column| column.index()).collect()
}

fn columns_of_order(order: &LexOrdering) -> HashSet<usize> {
    columns_of(order.iter().map(|key| &key.expr))
}

/// The columns of both inputs that a join's condition reads.
fn ask_of(filter: Option<&JoinFilter>, asked: &mut [HashSet<usize>; 2]) {
    for column in filter.map_or(&[][..], JoinFilter::column_indices) {
        match column.side {
            JoinSide::Left => asked[0].insert(column.index),
            JoinSide::Right => asked[1].insert(column.index),
            JoinSide::None => false,
        };
    }
}
