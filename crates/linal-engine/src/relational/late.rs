//! Tensors are read when they are needed: a scan gives the row numbers of a wide column in its place, and the tensors are
//! fetched where an expression asks for them, or at the end.
//!
//! Filters, joins and sorts copy the columns that they only pass on. A row number is eight bytes of such a copy, a vector
//! some thousands. One copy is what fetching costs, too, so a column is deferred when it would be copied twice at least.

use std::any::Any;
use std::collections::HashSet;
use std::sync::Arc;

use datafusion::common::{JoinSide, JoinType, Result};
use datafusion::physical_expr::utils::collect_columns;
use datafusion::physical_expr::{LexOrdering, Partitioning, PhysicalExpr};
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::coalesce_partitions::CoalescePartitionsExec;
use datafusion::physical_plan::execution_plan::replace_children_if_necessary;
use datafusion::physical_plan::expressions::Column;
use datafusion::physical_plan::filter::FilterExec;
use datafusion::physical_plan::joins::utils::{JoinFilter, build_join_schema};
use datafusion::physical_plan::joins::{HashJoinExec, NestedLoopJoinExec};
use datafusion::physical_plan::limit::{GlobalLimitExec, LocalLimitExec};
use datafusion::physical_plan::projection::ProjectionExec;
use datafusion::physical_plan::repartition::RepartitionExec;
use datafusion::physical_plan::sorts::sort::SortExec;
use datafusion::physical_plan::sorts::sort_preserving_merge::SortPreservingMergeExec;

use super::fetch::{Fetch, Fetched};
use super::scan;

/// Copies of a column from which on it is fetched at the end instead.
const WORTHWHILE_COPIES: usize = 2;

/// Defers the wide columns of a plan's scans for which that pays.
pub(super) fn over(plan: Arc<dyn ExecutionPlan>) -> Result<Arc<dyn ExecutionPlan>> {
    let mut trial = Pass::default();
    let deferred = trial.whole(plan.clone())?;
    if trial.refused.is_empty() {
        return Ok(deferred);
    }
    Pass { skipped: trial.refused, ..Pass::default() }.whole(plan)
}

/// A column of an operator that holds row numbers.
#[derive(Clone)]
struct Deferred {
    /// Which of the plan's scans gave it, and which of the scan's columns it is.
    origin: (usize, usize),
    column: Fetched,
    /// How often its tensors would have been copied until here.
    copies: usize,
}

/// An operator with what each of its columns is: `None` for one that is as it was.
type Columns = Vec<Option<Deferred>>;

/// One way through a plan, from its scans up.
#[derive(Default)]
struct Pass {
    scans: usize,
    /// Columns of scans that are left as they are.
    skipped: HashSet<(usize, usize)>,
    /// Columns that were fetched where it did not pay.
    refused: HashSet<(usize, usize)>,
}

impl Pass {
    fn whole(&mut self, plan: Arc<dyn ExecutionPlan>) -> Result<Arc<dyn ExecutionPlan>> {
        let (plan, columns) = self.operator(plan)?;
        let all: HashSet<usize> = (0..columns.len()).collect();
        let merge = (plan.as_ref() as &dyn Any).downcast_ref::<CoalescePartitionsExec>();
        match merge.filter(|merge| merge.fetch().is_none()).map(|merge| merge.input().clone()) {
            // Tensors are fetched on all threads before their partitions are put together.
            Some(input) => {
                let fetched = self.fetch(input, columns, &all)?.0;
                replace_children_if_necessary(plan, vec![fetched])
            }
            None => Ok(self.fetch(plan, columns, &all)?.0),
        }
    }

    fn operator(&mut self, plan: Arc<dyn ExecutionPlan>) -> Result<(Arc<dyn ExecutionPlan>, Columns)> {
        if plan.children().is_empty() {
            return self.scan(plan);
        }
        let passage = Passage::of(plan.as_ref());
        let mut inputs = Vec::new();
        let mut columns = Vec::new();
        for (at, input) in plan.children().into_iter().enumerate() {
            let (input, input_columns) = self.operator(input.clone())?;
            let asked: HashSet<usize> = match &passage {
                Some(passage) => passage.asked[at].clone(),
                None => (0..input_columns.len()).collect(),
            };
            let (input, input_columns) = self.fetch(input, input_columns, &asked)?;
            inputs.push(input);
            columns.push(input_columns);
        }
        let columns = match passage {
            Some(passage) => passage.through(&columns),
            None => vec![None; plan.schema().fields().len()],
        };
        Ok((over_inputs(plan, inputs)?, columns))
    }

    fn scan(&mut self, plan: Arc<dyn ExecutionPlan>) -> Result<(Arc<dyn ExecutionPlan>, Columns)> {
        let number = self.scans;
        self.scans += 1;
        let mut columns: Columns = vec![None; plan.schema().fields().len()];
        let Some(wide) = scan::wide_columns(&plan) else { return Ok((plan, columns)) };
        for wide in wide {
            let origin = (number, wide.at);
            if !self.skipped.contains(&origin) {
                let at = wide.at;
                columns[at] = Some(Deferred { origin, column: wide, copies: 0 });
            }
        }
        let places = (0..columns.len()).filter(|&at| columns[at].is_some()).collect();
        Ok((scan::by_number(plan, places), columns))
    }

    /// Fetches those of the columns that are asked for.
    fn fetch(
        &mut self,
        plan: Arc<dyn ExecutionPlan>,
        mut columns: Columns,
        asked: &HashSet<usize>,
    ) -> Result<(Arc<dyn ExecutionPlan>, Columns)> {
        let mut fetched = Vec::new();
        for (at, column) in columns.iter_mut().enumerate().filter(|(at, _)| asked.contains(at)) {
            let Some(Deferred { origin, column, copies }) = column.take() else { continue };
            if copies < WORTHWHILE_COPIES {
                self.refused.insert(origin);
            }
            fetched.push(Fetched { at, ..column });
        }
        let plan = match fetched.is_empty() {
            true => plan,
            false => Arc::new(Fetch::new(plan, fetched)),
        };
        Ok((plan, columns))
    }
}

/// What an operator does with columns that it does not look at.
struct Passage {
    /// The columns of each input that it looks at.
    asked: Vec<HashSet<usize>>,
    /// Which column of which input each of its columns is.
    output: Vec<Option<(usize, usize)>>,
    /// How often it copies a column.
    copies: usize,
}

impl Passage {
    /// `None` for an operator that is not known to pass anything on.
    fn of(plan: &dyn ExecutionPlan) -> Option<Passage> {
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

    /// What the operator's columns are when its inputs' are these.
    fn through(&self, inputs: &[Columns]) -> Columns {
        let deferred = |place: &Option<(usize, usize)>| {
            let (input, at) = (*place)?;
            let column = inputs[input][at].as_ref()?;
            Some(Deferred { copies: column.copies + self.copies, ..column.clone() })
        };
        self.output.iter().map(deferred).collect()
    }
}

/// The operator over inputs whose columns may have other types than before.
fn over_inputs(
    plan: Arc<dyn ExecutionPlan>,
    mut inputs: Vec<Arc<dyn ExecutionPlan>>,
) -> Result<Arc<dyn ExecutionPlan>> {
    let operator: &dyn Any = plan.as_ref();
    match operator.downcast_ref::<ProjectionExec>() {
        // Given another input, a projection keeps the types that it had.
        Some(projection) if inputs.len() == 1 && !Arc::ptr_eq(&inputs[0], projection.input()) => {
            let input = inputs.remove(0);
            Ok(Arc::new(ProjectionExec::try_new(projection.expr().iter().cloned(), input)?))
        }
        _ => replace_children_if_necessary(plan, inputs),
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
