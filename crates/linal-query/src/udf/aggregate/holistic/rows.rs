//! The rows of a group, kept until it is complete.

use std::collections::HashSet;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, BooleanArray, UInt64Array, new_empty_array};
use arrow::buffer::OffsetBuffer;
use arrow::compute::{SortColumn, SortOptions, concat, filter, lexsort_to_indices, take};
use arrow::datatypes::{DataType, Field, FieldRef, Float32Type, Float64Type};
use arrow::row::{RowConverter, SortField};
use datafusion::common::{Result as DfResult, ScalarValue, internal_err};
use datafusion::logical_expr::Accumulator;

use linal_dataset::Limit;

use super::coded;
use super::definition::{Group, Skips, Statistic};
use crate::udf::error::external;

/// Columns of arguments, and of the keys of an ORDER BY behind them.
#[derive(Debug)]
pub(super) struct Rows {
    statistic: &'static Statistic,
    types: Vec<DataType>,
    /// How many columns are arguments.
    arguments: usize,
    order: Vec<SortOptions>,
    is_distinct: bool,
    /// The enum type of the first argument.
    limit: Option<Limit>,
    result: FieldRef,
    /// The parts of each column.
    columns: Vec<Vec<ArrayRef>>,
}

impl std::fmt::Debug for Statistic {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name)
    }
}

/// Parts of a column before they are put together.
const PARTS: usize = 64;

impl Rows {
    pub fn new(
        statistic: &'static Statistic,
        types: Vec<DataType>,
        arguments: usize,
        order: Vec<SortOptions>,
        is_distinct: bool,
        limit: Option<Limit>,
        result: FieldRef,
    ) -> Rows {
        let columns = types.iter().map(|_| Vec::new()).collect();
        Rows { statistic, types, arguments, order, is_distinct, limit, result, columns }
    }

    fn push(&mut self, values: &[ArrayRef]) -> DfResult<()> {
        if values.len() < self.columns.len() {
            return internal_err!("an aggregate over fewer columns than planned");
        }
        for (column, part) in self.columns.iter_mut().zip(values) {
            column.push(part.clone());
            if column.len() >= PARTS {
                *column = vec![joined(column)?];
            }
        }
        Ok(())
    }

    fn column(&self, at: usize) -> DfResult<ArrayRef> {
        match self.columns[at].as_slice() {
            [] => Ok(new_empty_array(&self.types[at])),
            [one] => Ok(one.clone()),
            parts => joined(parts),
        }
    }

    /// The argument columns of the complete group.
    fn complete(&self) -> DfResult<Vec<ArrayRef>> {
        let mut columns = (0..self.columns.len()).map(|at| self.column(at)).collect::<DfResult<Vec<_>>>()?;
        if !self.order.is_empty() && columns.first().is_some_and(|column| column.len() > 1) {
            let keys = columns[self.arguments..].iter().zip(&self.order);
            let mut keys: Vec<SortColumn> = keys
                .map(|(values, options)| SortColumn { values: values.clone(), options: Some(*options) })
                .collect();
            // Rows that are equal in the order keep theirs.
            let places = UInt64Array::from_iter_values(0..columns[0].len() as u64);
            keys.push(SortColumn { values: Arc::new(places), options: None });
            let order = lexsort_to_indices(&keys, None)?;
            columns = columns.iter().map(|column| take(column, &order, None)).collect::<Result<_, _>>()?;
        }
        columns.truncate(self.arguments);
        if self.is_distinct {
            let first = first_of_each(&columns)?;
            columns = columns.iter().map(|column| filter(column, &first)).collect::<Result<_, _>>()?;
        }
        Ok(columns)
    }
}

fn joined(parts: &[ArrayRef]) -> DfResult<ArrayRef> {
    let parts: Vec<&dyn Array> = parts.iter().map(AsRef::as_ref).collect();
    Ok(concat(&parts)?)
}

/// A column in which NaN and zero have one form, so that equal values have equal bytes.
pub(super) fn normalized(array: &ArrayRef) -> ArrayRef {
    match array.data_type() {
        DataType::Float64 => {
            let normal = |x: f64| if x.is_nan() { f64::NAN } else { x + 0.0 };
            Arc::new(array.as_primitive::<Float64Type>().unary::<_, Float64Type>(normal))
        }
        DataType::Float32 => {
            let normal = |x: f32| if x.is_nan() { f32::NAN } else { x + 0.0 };
            Arc::new(array.as_primitive::<Float32Type>().unary::<_, Float32Type>(normal))
        }
        _ => array.clone(),
    }
}

/// The rows of columns as bytes that compare as the values do.
pub(in crate::udf) fn keys(columns: &[ArrayRef]) -> DfResult<arrow::row::Rows> {
    let columns: Vec<ArrayRef> = columns.iter().map(normalized).collect();
    let fields = columns.iter().map(|column| SortField::new(column.data_type().clone())).collect();
    Ok(RowConverter::new(fields)?.convert_columns(&columns)?)
}

/// Whether each row is the first of those that are equal to it.
fn first_of_each(columns: &[ArrayRef]) -> DfResult<BooleanArray> {
    let rows = keys(columns)?;
    let mut seen = HashSet::new();
    Ok((0..rows.num_rows()).map(|at| Some(seen.insert(rows.row(at).as_ref().to_vec()))).collect())
}

impl Accumulator for Rows {
    fn update_batch(&mut self, values: &[ArrayRef]) -> DfResult<()> {
        let checked = match self.statistic.skips {
            Skips::NullFirst => 1,
            Skips::AnyNull => 2,
            Skips::Nothing => 0,
        };
        let checked = &values[..checked.min(self.arguments).min(values.len())];
        if checked.iter().all(|column| column.logical_null_count() == 0) {
            return self.push(values);
        }
        let nulls: Vec<_> = checked.iter().map(|column| column.logical_nulls()).collect();
        let is_kept = |row: usize| nulls.iter().flatten().all(|nulls| nulls.is_valid(row));
        let kept: BooleanArray = (0..checked[0].len()).map(|row| Some(is_kept(row))).collect();
        let values = values.iter().map(|column| filter(column, &kept)).collect::<Result<Vec<_>, _>>()?;
        self.push(&values)
    }

    fn evaluate(&mut self) -> DfResult<ScalarValue> {
        let args = self.complete()?;
        if let Some(limit) = &self.limit {
            return coded::evaluate(self.statistic, limit, &args, &self.result).map_err(external);
        }
        let group = Group { args: &args, result: &self.result };
        (self.statistic.compute)(&group).map_err(external)
    }

    fn size(&self) -> usize {
        let part = |part: &ArrayRef| part.to_data().get_slice_memory_size().unwrap_or(0) + 128;
        size_of::<Self>() + self.columns.iter().flatten().map(part).sum::<usize>()
    }

    fn state(&mut self) -> DfResult<Vec<ScalarValue>> {
        (0..self.columns.len())
            .map(|at| {
                let values = self.column(at)?;
                let item = Arc::new(Field::new_list_field(values.data_type().clone(), true));
                let offsets = OffsetBuffer::from_lengths([values.len()]);
                let list = arrow::array::ListArray::try_new(item, offsets, values, None)?;
                Ok(ScalarValue::List(Arc::new(list)))
            })
            .collect()
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> DfResult<()> {
        let rows = states.first().map_or(0, |state| state.len());
        for row in 0..rows {
            let is_there = states.iter().all(|state| state.is_valid(row));
            let parts: Vec<ArrayRef> =
                states.iter().filter(|_| is_there).map(|state| state.as_list::<i32>().value(row)).collect();
            if !parts.is_empty() && !parts[0].is_empty() {
                self.push(&parts)?;
            }
        }
        Ok(())
    }
}
