//! A fold as a DataFusion accumulator: over all groups of a batch, or over one.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, BooleanArray, Float32Array, Float64Array, Int64Array};
use arrow::buffer::NullBuffer;
use datafusion::common::{Result as DfResult, ScalarValue, internal_err};
use datafusion::logical_expr::{Accumulator, EmitTo, GroupsAccumulator};
use linal_tensor::DType;
use linal_tensor::kernel::segment_reduce::{SegmentOp, SegmentReducer};

use super::cells::{CellType, groups_of, list, state_columns};
use super::definition::Finish;
use crate::udf::error::external;

/// How a fold starts and ends.
#[derive(Clone, Debug)]
pub(super) struct Fold {
    pub cell: CellType,
    pub op: SegmentOp,
    pub finish: Finish,
}

impl Fold {
    /// A fold without groups.
    pub fn start(&self) -> SegmentReducer {
        SegmentReducer::new(self.op, self.cell.tensor.dtype, self.cell.tensor.len())
    }

    /// The dtype of the result.
    pub fn result(&self) -> DType {
        let dtype = self.cell.tensor.dtype;
        match (self.op, dtype) {
            (SegmentOp::Sum, dtype) if dtype.is_exact() => DType::I64,
            (SegmentOp::Min | SegmentOp::Max, dtype) => dtype,
            (SegmentOp::Mean, DType::F32) => DType::F32,
            _ => DType::F64,
        }
    }

    /// Folds the rows of a column, except those that are NULL or filtered out.
    pub fn add(
        &self,
        groups: &mut SegmentReducer,
        array: &ArrayRef,
        filter: Option<&BooleanArray>,
        group_of: impl Fn(usize) -> usize,
    ) -> DfResult<()> {
        let nulls = array.logical_nulls();
        let rows = 0..array.len();
        let done = self.cell.with_elements(array, |values| match (&nulls, filter) {
            (None, None) => groups.add(&values, rows.map(|row| (row, group_of(row)))),
            _ => {
                let taken = |row: &usize| {
                    nulls.as_ref().is_none_or(|nulls| nulls.is_valid(*row))
                        && filter.is_none_or(|filter| filter.is_valid(*row) && filter.value(*row))
                };
                groups.add(&values, rows.filter(taken).map(|row| (row, group_of(row))))
            }
        })?;
        done.map_err(external)
    }

    /// Merges partial states.
    pub fn merge(
        &self,
        groups: &mut SegmentReducer,
        states: &[ArrayRef],
        group_of: impl Fn(usize) -> usize,
    ) -> DfResult<()> {
        let other = groups_of(groups, states, self.cell.tensor.dtype)?;
        let places = (0..other.counts.len()).map(group_of);
        groups.merge(&other, places).map_err(external)
    }

    /// The result of each group; NULL without rows, and for a sample statistic of a single row.
    pub fn column(&self, mut groups: SegmentReducer) -> DfResult<ArrayRef> {
        let least = match self.finish {
            Finish::Spread { population: false, .. } => 2,
            _ => 1,
        };
        let (rows, width) = (groups.counts.len(), groups.width());
        let valid: NullBuffer = groups.counts.iter().map(|&count| count >= least).collect();
        let nulls = (valid.null_count() > 0).then_some(valid);
        if self.cell.number {
            return Ok(Arc::new(Int64Array::new(groups.integers.into(), nulls)));
        }
        match self.finish {
            Finish::Plain => {}
            Finish::Mean => each(&mut groups.floats, width, &groups.counts, |sum, n| sum / n),
            Finish::Spread { population, root } => {
                groups.floats = std::mem::take(&mut groups.squares);
                let less = if population { 0.0 } else { 1.0 };
                each(&mut groups.floats, width, &groups.counts, |squares, n| {
                    let variance = squares / (n - less);
                    if root { variance.sqrt() } else { variance }
                });
            }
        }
        let dtype = self.result();
        let elements: ArrayRef = match dtype {
            DType::I64 => Arc::new(Int64Array::from(groups.integers)),
            DType::Bool => Arc::new(BooleanArray::from_iter(groups.integers.iter().map(|&x| Some(x != 0)))),
            DType::F32 => Arc::new(Float32Array::from_iter_values(groups.floats.iter().map(|&x| x as f32))),
            _ => Arc::new(Float64Array::from(groups.floats)),
        };
        list(dtype, width, elements, nulls, rows)
    }
}

/// Maps the numbers of each group, given its count.
fn each(numbers: &mut [f64], width: usize, counts: &[i64], change: impl Fn(f64, f64) -> f64) {
    if width == 0 {
        return;
    }
    for (numbers, &count) in numbers.chunks_mut(width).zip(counts) {
        let n = count as f64;
        numbers.iter_mut().for_each(|x| *x = change(*x, n));
    }
}

/// The argument of an aggregate.
pub(super) fn argument(values: &[ArrayRef]) -> DfResult<&ArrayRef> {
    match values {
        [only] => Ok(only),
        _ => internal_err!("an aggregate of {} arguments", values.len()),
    }
}

/// The accumulator of all groups.
#[derive(Debug)]
pub(super) struct GroupFold {
    pub fold: Fold,
    pub groups: SegmentReducer,
}

impl GroupFold {
    pub fn new(fold: Fold) -> GroupFold {
        GroupFold { groups: fold.start(), fold }
    }

    fn emit(&mut self, emit_to: EmitTo) -> SegmentReducer {
        match emit_to {
            EmitTo::All => std::mem::replace(&mut self.groups, self.fold.start()),
            EmitTo::First(count) => self.groups.split_first(count),
        }
    }
}

impl GroupsAccumulator for GroupFold {
    fn update_batch(
        &mut self,
        values: &[ArrayRef],
        group_indices: &[usize],
        filter: Option<&BooleanArray>,
        total: usize,
    ) -> DfResult<()> {
        self.groups.grow(total);
        self.fold.add(&mut self.groups, argument(values)?, filter, |row| group_indices[row])
    }

    fn evaluate(&mut self, emit_to: EmitTo) -> DfResult<ArrayRef> {
        let groups = self.emit(emit_to);
        self.fold.column(groups)
    }

    fn state(&mut self, emit_to: EmitTo) -> DfResult<Vec<ArrayRef>> {
        state_columns(self.emit(emit_to))
    }

    fn merge_batch(&mut self, values: &[ArrayRef], group_indices: &[usize], total: usize) -> DfResult<()> {
        self.groups.grow(total);
        self.fold.merge(&mut self.groups, values, |row| group_indices[row])
    }

    fn convert_to_state(
        &self,
        values: &[ArrayRef],
        filter: Option<&BooleanArray>,
    ) -> DfResult<Vec<ArrayRef>> {
        let array = argument(values)?;
        let mut groups = self.fold.start();
        groups.grow(array.len());
        self.fold.add(&mut groups, array, filter, |row| row)?;
        state_columns(groups)
    }

    fn size(&self) -> usize {
        size_of::<Self>() + self.groups.bytes()
    }
}

/// The accumulator of one group: without GROUP BY, and in growing windows.
#[derive(Debug)]
pub(super) struct SingleFold(GroupFold);

impl SingleFold {
    pub fn new(fold: Fold) -> SingleFold {
        let mut all = GroupFold::new(fold);
        all.groups.grow(1);
        SingleFold(all)
    }
}

impl Accumulator for SingleFold {
    fn update_batch(&mut self, values: &[ArrayRef]) -> DfResult<()> {
        let GroupFold { fold, groups } = &mut self.0;
        fold.add(groups, argument(values)?, None, |_| 0)
    }

    /// A growing window is evaluated after every row, so the state is kept.
    fn evaluate(&mut self) -> DfResult<ScalarValue> {
        let column = self.0.fold.column(self.0.groups.clone())?;
        ScalarValue::try_from_array(&column, 0)
    }

    fn size(&self) -> usize {
        self.0.size()
    }

    fn state(&mut self) -> DfResult<Vec<ScalarValue>> {
        let columns = state_columns(self.0.groups.clone())?;
        columns.iter().map(|column| ScalarValue::try_from_array(column, 0)).collect()
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> DfResult<()> {
        let GroupFold { fold, groups } = &mut self.0;
        fold.merge(groups, states, |_| 0)
    }
}
