//! Tensors are read where they are needed: a scan returns row numbers in place of a wide column, and the
//! tensors are materialized where an expression reads them, or at the end.
//!
//! Filters, joins and sorts copy the columns that they pass through. A row number is eight bytes of such a
//! copy, a vector some thousands. Materializing costs one copy, so a column is deferred if it would be copied
//! at least twice.

use std::any::Any;
use std::collections::HashSet;
use std::sync::Arc;

use datafusion::common::Result;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::coalesce_partitions::CoalescePartitionsExec;
use datafusion::physical_plan::execution_plan::replace_children_if_necessary;
use datafusion::physical_plan::projection::ProjectionExec;

use super::column_mapping::ColumnMapping;
use crate::exec::materialize::{DeferredColumn, MaterializeExec};
use crate::scan;

/// Copies of a column from which on it is materialized later.
const WORTHWHILE_COPIES: usize = 2;

/// Defers the wide columns of a plan's scans where that saves copies.
pub(crate) fn over(plan: Arc<dyn ExecutionPlan>) -> Result<Arc<dyn ExecutionPlan>> {
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
    /// The scan of the plan, and the column of that scan.
    origin: (usize, usize),
    column: DeferredColumn,
    /// How often its tensors would have been copied so far.
    copies: usize,
}

/// The deferred columns of an operator: `None` for a column that is not deferred.
type Columns = Vec<Option<Deferred>>;

/// One bottom-up traversal of a plan.
#[derive(Default)]
struct Pass {
    scans: usize,
    /// Columns of scans that are not deferred.
    skipped: HashSet<(usize, usize)>,
    /// Columns that were materialized without saving copies.
    refused: HashSet<(usize, usize)>,
}

impl Pass {
    fn whole(&mut self, plan: Arc<dyn ExecutionPlan>) -> Result<Arc<dyn ExecutionPlan>> {
        let (plan, columns) = self.operator(plan)?;
        let all: HashSet<usize> = (0..columns.len()).collect();
        let merge = (plan.as_ref() as &dyn Any).downcast_ref::<CoalescePartitionsExec>();
        match merge.filter(|merge| merge.fetch().is_none()).map(|merge| merge.input().clone()) {
            // Tensors are materialized on all threads, before their partitions are merged.
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

    /// Materializes the required columns.
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

/// The deferred columns of an operator, given those of its inputs.
fn through(mapping: &ColumnMapping, inputs: &[Columns]) -> Columns {
    let deferred = |place: &Option<(usize, usize)>| {
        let (input, at) = (*place)?;
        let column = inputs[input][at].as_ref()?;
        Some(Deferred { copies: column.copies + mapping.copies, ..column.clone() })
    };
    mapping.output.iter().map(deferred).collect()
}

/// The operator over inputs whose column types may have changed.
fn over_inputs(
    plan: Arc<dyn ExecutionPlan>,
    mut inputs: Vec<Arc<dyn ExecutionPlan>>,
) -> Result<Arc<dyn ExecutionPlan>> {
    let operator: &dyn Any = plan.as_ref();
    match operator.downcast_ref::<ProjectionExec>() {
        // With new inputs, a projection keeps the types of the old ones.
        Some(projection) if inputs.len() == 1 && !Arc::ptr_eq(&inputs[0], projection.input()) => {
            let input = inputs.remove(0);
            Ok(Arc::new(ProjectionExec::try_new(projection.expr().iter().cloned(), input)?))
        }
        _ => replace_children_if_necessary(plan, inputs),
    }
}
