//! Estimates of the rows of operators.

use std::any::Any;
use std::collections::HashMap;
use std::sync::Arc;

use datafusion::common::{JoinType, Statistics};
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::coalesce_partitions::CoalescePartitionsExec;
use datafusion::physical_plan::filter::FilterExec;
use datafusion::physical_plan::joins::HashJoinExec;
use datafusion::physical_plan::projection::ProjectionExec;
use datafusion::physical_plan::repartition::RepartitionExec;
use datafusion::physical_plan::statistics::{StatisticsArgs, StatisticsContext};

use super::selectivity;
use crate::physical::column_mapping::ColumnMapping;
use crate::physical::join_filter::key_pairs;
use crate::scan;

/// The estimates of a plan's operators and of the columns of its tables, each made once.
#[derive(Default)]
pub(super) struct Estimates {
    /// By the address of the operator, which is held so that no other gets it.
    known: HashMap<usize, (Arc<dyn ExecutionPlan>, Option<f64>)>,
    /// By the address of a scan, which the plan holds, and its column.
    columns: HashMap<(usize, usize), Option<SourceColumn>>,
}

/// A column of a table.
#[derive(Clone, Copy)]
struct SourceColumn {
    /// The rows of the table.
    rows: f64,
    /// The number of different values, or more; at least 1.
    values: f64,
}

impl SourceColumn {
    /// Whether the values may all be different.
    fn may_be_unique(self) -> bool {
        self.values >= 0.9 * self.rows
    }
}

impl Estimates {
    /// The rows that an operator returns; `None` where an operator below is not known well enough.
    pub(super) fn rows(&mut self, plan: &Arc<dyn ExecutionPlan>) -> Option<f64> {
        let address = Arc::as_ptr(plan).cast::<()>() as usize;
        if let Some((_, rows)) = self.known.get(&address) {
            return *rows;
        }
        let rows = self.estimate(plan);
        self.known.insert(address, (plan.clone(), rows));
        rows
    }

    fn estimate(&mut self, plan: &Arc<dyn ExecutionPlan>) -> Option<f64> {
        let operator: &dyn Any = plan.as_ref();
        if plan.children().is_empty() {
            return statistics(plan.as_ref())?.num_rows.get_value().map(|&rows| rows as f64);
        }
        if let Some(filter) = operator.downcast_ref::<FilterExec>() {
            let part = selectivity::of(filter.predicate(), filter.input());
            return Some(self.rows(filter.input())? * part);
        }
        if let Some(join) = operator.downcast_ref::<HashJoinExec>() {
            return self.join(join);
        }
        let is_passing = operator.is::<ProjectionExec>()
            || operator.is::<RepartitionExec>()
            || operator.is::<CoalescePartitionsExec>();
        if is_passing && plan.fetch().is_none() { self.rows(plan.children()[0]) } else { None }
    }

    fn join(&mut self, join: &HashJoinExec) -> Option<f64> {
        let (left, right) = (self.rows(join.left())?, self.rows(join.right())?);
        let pairs = key_pairs(join);
        match join.join_type() {
            JoinType::Inner => {
                let keys: f64 = pairs.iter().map(|&(left, right)| self.keys(join, left, right)).product();
                // The keys of several columns are seldom more than the rows of the smaller table.
                let mut most = f64::INFINITY;
                for &(left, right) in &pairs {
                    let sources = [self.source(join.left(), left), self.source(join.right(), right)];
                    most = sources.into_iter().flatten().map(|source| source.rows).fold(most, f64::min);
                }
                (!pairs.is_empty()).then(|| left * right / keys.min(most).max(1.0))
            }
            JoinType::LeftSemi => {
                let &(left_key, right_key) = pairs.first()?;
                Some(left * (right / self.keys(join, left_key, right_key)).min(1.0))
            }
            JoinType::RightSemi => {
                let &(left_key, right_key) = pairs.first()?;
                Some(right * (left / self.keys(join, left_key, right_key)).min(1.0))
            }
            _ => None,
        }
    }

    /// The part of a join's right rows whose key is one of the left rows.
    pub(super) fn part_of_keys(&mut self, join: &HashJoinExec, rows: f64, left: usize, right: usize) -> f64 {
        (rows / self.keys(join, left, right)).min(1.0)
    }

    /// The number of different keys of a join, before predicates.
    fn keys(&mut self, join: &HashJoinExec, left: usize, right: usize) -> f64 {
        match (self.source(join.left(), left), self.source(join.right(), right)) {
            // One refers to the other, and some of the values that it may have are not there.
            (Some(left), Some(right)) if left.may_be_unique() && right.may_be_unique() => {
                left.values.min(right.values)
            }
            (Some(left), Some(right)) => left.values.max(right.values),
            (Some(one), None) | (None, Some(one)) => one.values,
            (None, None) => 1.0,
        }
    }

    /// The column of a table that a column of an operator comes from.
    fn source(&mut self, plan: &Arc<dyn ExecutionPlan>, column: usize) -> Option<SourceColumn> {
        let (scan, column) = source(plan, column)?;
        let address = Arc::as_ptr(&scan).cast::<()>() as usize;
        *self.columns.entry((address, column)).or_insert_with(|| source_column(&scan, column))
    }
}

fn source_column(scan: &Arc<dyn ExecutionPlan>, column: usize) -> Option<SourceColumn> {
    let statistics = statistics(scan.as_ref())?;
    let rows = *statistics.num_rows.get_value()? as f64;
    let of_column = &statistics.column_statistics[column];
    let range = of_column.min_value.get_value().zip(of_column.max_value.get_value());
    let width = range.and_then(|(least, greatest)| greatest.distance(least)).map(|width| width as f64 + 1.0);
    // Small tables have no ranges.
    let values = width.or_else(|| scan::distinct_values(scan, column)).unwrap_or(rows);
    Some(SourceColumn { rows, values: values.min(rows).max(1.0) })
}

/// What DataFusion knows of an operator.
pub(super) fn statistics(plan: &dyn ExecutionPlan) -> Option<Arc<Statistics>> {
    StatisticsContext::new().compute(plan, &StatisticsArgs::new()).ok()
}

/// The scan and its column that a column of an operator comes from.
pub(super) fn source(
    plan: &Arc<dyn ExecutionPlan>,
    column: usize,
) -> Option<(Arc<dyn ExecutionPlan>, usize)> {
    let inputs = plan.children();
    if inputs.is_empty() {
        return Some((plan.clone(), column));
    }
    let (input, column) = *ColumnMapping::of(plan.as_ref())?.output.get(column)?.as_ref()?;
    source(inputs[input], column)
}
