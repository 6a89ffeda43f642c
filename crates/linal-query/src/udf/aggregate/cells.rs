//! Columns as slices of cells, and states as columns.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, FixedSizeListArray, Float64Array, Int64Array, PrimitiveArray};
use arrow::buffer::{NullBuffer, ScalarBuffer};
use arrow::datatypes::{ArrowPrimitiveType, DataType, Field, FieldRef, Float64Type, Int64Type};
use datafusion::common::{Result as DfResult, exec_err, internal_err};
use linal_dataset::Error;
use linal_error::Code;
use linal_store::TensorType;
use linal_tensor::kernel::segment_reduce::SegmentReducer;
use linal_tensor::{DType, Data, Shape};

use crate::udf::error::external;

/// The value of an aggregate's argument in one row.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct CellType {
    pub tensor: TensorType,
    /// Whether it is a number, which is folded as a tensor of one element.
    pub number: bool,
}

impl CellType {
    pub fn of(field: &Field) -> Option<CellType> {
        if let Some(tensor) = TensorType::of(field) {
            return Some(CellType { tensor, number: false });
        }
        let tensor = TensorType { shape: Shape::new(&[1]), dtype: DType::I64 };
        (field.data_type() == &DataType::Int64).then_some(CellType { tensor, number: true })
    }

    /// The field of a result of this shape in another dtype.
    pub fn field(&self, name: &str, dtype: DType) -> Field {
        if self.number {
            Field::new(name, DataType::Int64, true)
        } else {
            TensorType { shape: self.tensor.shape.clone(), dtype }.field(name, true)
        }
    }

    /// Calls `f` with the elements of a column, row by row.
    pub fn with_elements<R>(&self, array: &ArrayRef, f: impl FnOnce(Data<'_>) -> R) -> DfResult<R> {
        let elements = match array.as_fixed_size_list_opt() {
            Some(list) => {
                check_elements(list)?;
                list.values()
            }
            None => array,
        };
        fn numbers<T: ArrowPrimitiveType>(elements: &ArrayRef) -> DfResult<&[T::Native]> {
            match elements.as_primitive_opt::<T>() {
                Some(numbers) => Ok(numbers.values()),
                None => internal_err!("an aggregate over another column than planned"),
            }
        }
        Ok(match self.tensor.dtype {
            DType::F32 => f(Data::F32(numbers::<arrow::datatypes::Float32Type>(elements)?)),
            DType::F64 => f(Data::F64(numbers::<Float64Type>(elements)?)),
            DType::I64 => f(Data::I64(numbers::<Int64Type>(elements)?)),
            DType::Bool => {
                let bits: Vec<bool> = elements.as_boolean().values().iter().collect();
                f(Data::Bool(&bits))
            }
            DType::C64 | DType::C128 => return exec_err!("an aggregate of complex numbers"),
        })
    }
}

/// A tensor element must not be NULL; below a NULL cell, values are arbitrary.
pub(super) fn check_elements(list: &FixedSizeListArray) -> DfResult<()> {
    let Some(nulls) = list.values().nulls().filter(|nulls| nulls.null_count() > 0) else { return Ok(()) };
    let width = list.value_length() as usize;
    let odd =
        (0..list.len()).find(|&row| list.is_valid(row) && nulls.slice(row * width, width).null_count() > 0);
    match odd {
        None => Ok(()),
        Some(_) => Err(external(
            Error::new(
                Code::NotATensor,
                "a cell has NULL among its elements, and NULL is no element of a tensor",
            )
            .with_help("NaN is one"),
        )),
    }
}

/// The fields of a partial state: the row count of each group, and its numbers.
pub(super) fn state_fields(name: &str, groups: &SegmentReducer) -> Vec<FieldRef> {
    let list = |part: &str, dtype| {
        let cell = TensorType::vector(groups.width(), dtype);
        Arc::new(cell.field(format!("{name}[{part}]"), true))
    };
    let mut fields = vec![Arc::new(Field::new(format!("{name}[rows]"), DataType::Int64, true))];
    fields.push(list("numbers", if groups.is_integer() { DType::I64 } else { DType::F64 }));
    if groups.op() == linal_tensor::kernel::segment_reduce::SegmentOp::Moments {
        fields.push(list("squares", DType::F64));
    }
    fields
}

/// The state of each group as columns.
pub(super) fn state_columns(groups: SegmentReducer) -> DfResult<Vec<ArrayRef>> {
    let (rows, width) = (groups.counts.len(), groups.width());
    let moments = groups.op() == linal_tensor::kernel::segment_reduce::SegmentOp::Moments;
    let numbers: ArrayRef = if groups.is_integer() {
        list(DType::I64, width, Arc::new(Int64Array::from(groups.integers)), None, rows)?
    } else {
        list(DType::F64, width, Arc::new(Float64Array::from(groups.floats)), None, rows)?
    };
    let mut columns: Vec<ArrayRef> = vec![Arc::new(Int64Array::from(groups.counts)), numbers];
    if moments {
        columns.push(list(DType::F64, width, Arc::new(Float64Array::from(groups.squares)), None, rows)?);
    }
    Ok(columns)
}

/// Reads partial states back.
pub(super) fn groups_of(
    like: &SegmentReducer,
    columns: &[ArrayRef],
    dtype: DType,
) -> DfResult<SegmentReducer> {
    let mut groups = SegmentReducer::new(like.op(), dtype, like.width());
    let [counts, numbers, rest @ ..] = columns else { return internal_err!("a state of other columns") };
    groups.counts = values::<Int64Type>(counts)?.to_vec();
    let inner = |array: &ArrayRef| match array.as_fixed_size_list_opt() {
        Some(list) => Ok(list.values().clone()),
        None => internal_err!("a state of another type"),
    };
    if groups.is_integer() {
        groups.integers = values::<Int64Type>(&inner(numbers)?)?.to_vec()
    } else {
        groups.floats = values::<Float64Type>(&inner(numbers)?)?.to_vec()
    }
    if let [squares, ..] = rest {
        groups.squares = values::<Float64Type>(&inner(squares)?)?.to_vec();
    }
    Ok(groups)
}

fn values<T: ArrowPrimitiveType>(array: &ArrayRef) -> DfResult<ScalarBuffer<T::Native>> {
    match array.as_primitive_opt::<T>() {
        Some(numbers) => Ok(PrimitiveArray::values(numbers).clone()),
        None => internal_err!("a state of another type"),
    }
}

/// Elements as cells of a fixed length.
pub(super) fn list(
    dtype: DType,
    width: usize,
    elements: ArrayRef,
    nulls: Option<NullBuffer>,
    rows: usize,
) -> DfResult<ArrayRef> {
    let cell = TensorType::vector(width, dtype);
    let list =
        FixedSizeListArray::try_new_with_length(cell.item_field(), width as i32, elements, nulls, rows)?;
    Ok(Arc::new(list))
}
