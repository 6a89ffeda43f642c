//! Tensors are read when they are needed: a scan gives the row numbers of a wide column in its place, and the tensors are
//! fetched where an expression asks for them, or at the end.
//!
//! Filters, joins and sorts copy the columns that they only pass on. A row number is eight bytes of such a copy, a vector
//! some thousands. One copy is what fetching costs, too, so a column is deferred when it would be copied twice at least.

use std::any::Any;
use std::collections::HashSet;
use std::sync::Arc;

use datafusion::common::Result;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::coalesce_partitions::CoalescePartitionsExec;
use datafusion::physical_plan::execution_plan::replace_children_if_necessary;
use datafusion::physical_plan::projection::ProjectionExec;

use super::column_mapping::ColumnMapping;
use crate::relational::exec::materialize::{DeferredColumn, MaterializeExec};
use crate::relational::scan;

/// Copies of a column from which on it is fetched at the end instead.
const WORTHWHILE_COPIES: usize = 2;

/// Defers the wide columns of a plan's scans for which that pays.
pub(in crate::relational) fn over(plan: Arc<dyn ExecutionPlan>) -> Result<Arc<dyn ExecutionPlan>> {
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
    column: DeferredColumn,
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
        let mapping = ColumnMapping::of(plan.as_ref());
        let mut inputs = Vec::new();
        let mut columns = Vec::new();
        for (at, input) in plan.children().into_iter().enumerate() {
            let (input, input_columns) = self.operator(input.clone())?;
            let required: HashSet<usize> = match &mapping {
                Some(mapping) => mapping.required[at].clone(),
                None => (0..input_columns.len()).collect(),
            };
            let (input, input_columns) = self.fetch(input, input_columns, &required)?;
            inputs.push(input);
            columns.push(input_columns);
        }
        let columns = match mapping {
            Some(mapping) => through(&mapping, &columns),
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
        Ok((scan::row_ids(plan, places), columns))
    }

    /// Fetches those of the columns that are asked for.
    fn fetch(
        &mut self,
        plan: Arc<dyn ExecutionPlan>,
        mut columns: Columns,
        required: &HashSet<usize>,
    ) -> Result<(Arc<dyn ExecutionPlan>, Columns)> {
        let mut fetched = Vec::new();
        for (at, column) in columns.iter_mut().enumerate().filter(|(at, _)| required.contains(at)) {
            let Some(Deferred { origin, column, copies }) = column.take() else { continue };
            if copies < WORTHWHILE_COPIES {
                self.refused.insert(origin);
            }
            fetched.push(DeferredColumn { at, ..column });
        }
        let plan = if fetched.is_empty() { plan } else { Arc::new(MaterializeExec::new(plan, fetched)) };
        Ok((plan, columns))
    }
}

/// What an operator's columns are when its inputs' are these.
fn through(mapping: &ColumnMapping, inputs: &[Columns]) -> Columns {
    let deferred = |place: &Option<(usize, usize)>| {
        let (input, at) = (*place)?;
        let column = inputs[input][at].as_ref()?;
        Some(Deferred { copies: column.copies + mapping.copies, ..column.clone() })
    };
    mapping.output.iter().map(deferred).collect()
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
