//! The elements of a list, or the cells of a tensor along its first axis, and the values that a lambda has for them.

use std::ops::Range;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, FixedSizeListArray, Int64Array, UInt64Array, new_empty_array};
use arrow::buffer::{NullBuffer, OffsetBuffer};
use arrow::compute::{cast, concat, take_arrays};
use arrow::datatypes::{DataType, Field, FieldRef};
use datafusion::common::{Result as DfResult, internal_err};
use datafusion::logical_expr::{ColumnarValue, LambdaArgument, ValueOrLambda};
use linal_dataset::Error;
use linal_store::{ColumnType, TensorType};
use linal_tensor::{DType, Shape};

use crate::udf::aggregate::stack::{CELL_SHAPE, cell_of_stack};
use crate::udf::error::{external, wrong_arguments};

/// Elements of all rows, one row after the other.
pub(super) struct Elements {
    /// The elements of rows that are not NULL.
    pub values: ArrayRef,
    /// Where each row begins; NULL rows have no elements.
    pub offsets: Vec<usize>,
    pub nulls: Option<NullBuffer>,
}

/// The field of the elements of a list, or of the cells of a tensor; nullable, since a list may hold NULL.
pub(super) fn element_of(name: &str, field: &Field) -> DfResult<FieldRef> {
    if let Some(tensor) = TensorType::of(field) {
        let cell = match tensor.shape.dims() {
            [_] if tensor.dtype.is_complex() => return Err(external(complex(name))),
            [_] => Field::new_list_field(tensor.item_field().data_type().clone(), true),
            dims => {
                let cell = TensorType { shape: Shape::new(&dims[1..]), dtype: tensor.dtype };
                cell.field(Field::LIST_FIELD_DEFAULT_NAME, true)
            }
        };
        return Ok(Arc::new(cell));
    }
    match field.data_type() {
        DataType::List(item) | DataType::LargeList(item) => {
            let cell =
                if item.metadata().is_empty() { cell_of_stack(field, item) } else { item.as_ref().clone() };
            Ok(Arc::new(cell.with_name(Field::LIST_FIELD_DEFAULT_NAME).with_nullable(true)))
        }
        DataType::FixedSizeList(item, _) => Ok(item.clone()),
        DataType::Null => Ok(Arc::new(Field::new_list_field(DataType::Null, true))),
        _ => {
            let message = format!("{name} takes a list, and not {}", ColumnType::of(field));
            Err(external(wrong_arguments(message)))
        }
    }
}

fn complex(name: &str) -> Error {
    let message = format!("{name} does not take vectors of complex numbers: no list holds such elements");
    Error::new(linal_error::Code::DTypeMismatch, message).with_help("REAL and IMAG give their parts")
}

/// The list with elements of a field, as the result of a function.
pub(super) fn list_of(element: &Field) -> DfResult<FieldRef> {
    let tensor = TensorType::of(element);
    if tensor.as_ref().is_some_and(|tensor| matches!(tensor.dtype, DType::C64 | DType::C128)) {
        return Err(external(complex("a list")));
    }
    let item = match &tensor {
        Some(tensor) => Field::new_list_field(tensor.data_type(), true),
        None => Field::new_list_field(element.data_type().clone(), true),
    };
    let field = Field::new("", DataType::List(Arc::new(item)), true);
    Ok(Arc::new(match tensor.filter(|tensor| tensor.shape.rank() > 1) {
        Some(tensor) => {
            let dims: Vec<String> = tensor.shape.dims().iter().map(usize::to_string).collect();
            field.with_metadata([(CELL_SHAPE.to_string(), dims.join(","))].into())
        }
        None => field,
    }))
}

/// The elements of an argument.
pub(super) fn elements(array: &ArrayRef, field: &Field, element: &Field) -> DfResult<Elements> {
    let nulls = array.logical_nulls().filter(|nulls| nulls.null_count() > 0);
    let is_valid = |row: usize| nulls.as_ref().is_none_or(|nulls| nulls.is_valid(row));
    let (all, ranges): (ArrayRef, Vec<Range<usize>>) = match array.data_type() {
        DataType::FixedSizeList(..) => {
            let list = array.as_fixed_size_list();
            let first = TensorType::of(field).and_then(|tensor| tensor.shape.dims().first().copied());
            let length = first.unwrap_or_else(|| usize::try_from(list.value_length()).unwrap_or(0));
            let cells = cells(list, element)?;
            (cells, (0..list.len()).map(|row| row * length..(row + 1) * length).collect())
        }
        DataType::Null => (new_empty_array(element.data_type()), vec![0..0; array.len()]),
        _ => {
            let (DataType::List(item) | DataType::LargeList(item)) = array.data_type() else {
                return internal_err!("a lambda over no list");
            };
            let list = cast(array, &DataType::List(item.clone()))?;
            let list = list.as_list::<i32>();
            let offsets = list.value_offsets();
            let place = |at: usize| usize::try_from(offsets[at]).unwrap_or(0);
            (list.values().clone(), (0..list.len()).map(|row| place(row)..place(row + 1)).collect())
        }
    };
    let mut offsets = Vec::with_capacity(ranges.len() + 1);
    offsets.push(0);
    let mut kept: Vec<Range<usize>> = Vec::new();
    let mut count = 0;
    for (row, range) in ranges.into_iter().enumerate() {
        if is_valid(row) && !range.is_empty() {
            count += range.len();
            match kept.last_mut() {
                Some(last) if last.end == range.start => last.end = range.end,
                _ => kept.push(range),
            }
        }
        offsets.push(count);
    }
    let parts: Vec<ArrayRef> = kept.into_iter().map(|range| all.slice(range.start, range.len())).collect();
    let values = match parts.as_slice() {
        [] => all.slice(0, 0),
        [only] => only.clone(),
        parts => concat(&parts.iter().map(AsRef::as_ref).collect::<Vec<&dyn Array>>())?,
    };
    Ok(Elements { values, offsets, nulls })
}

/// The elements of fixed-size lists, or their cells if they are tensors of several axes.
fn cells(list: &FixedSizeListArray, element: &Field) -> DfResult<ArrayRef> {
    let DataType::FixedSizeList(item, width) = element.data_type() else { return Ok(list.values().clone()) };
    if list.values().data_type() != item.data_type() {
        return Ok(list.values().clone());
    }
    Ok(Arc::new(FixedSizeListArray::try_new(item.clone(), *width, list.values().clone(), None)?))
}

impl Elements {
    pub fn rows(&self) -> usize {
        self.offsets.len() - 1
    }

    pub fn range(&self, row: usize) -> Range<usize> {
        self.offsets[row]..self.offsets[row + 1]
    }

    pub fn is_valid(&self, row: usize) -> bool {
        self.nulls.as_ref().is_none_or(|nulls| nulls.is_valid(row))
    }

    /// The offsets of an array of lists.
    pub fn list_offsets(&self) -> OffsetBuffer<i32> {
        OffsetBuffer::from_lengths((0..self.rows()).map(|row| self.range(row).len()))
    }

    /// The row of each element.
    fn row_of_each(&self) -> UInt64Array {
        (0..self.rows()).flat_map(|row| std::iter::repeat_n(row as u64, self.range(row).len())).collect()
    }

    /// The place of each element in its list, from 1.
    fn positions(&self) -> ArrayRef {
        let positions: Int64Array =
            (0..self.rows()).flat_map(|row| 1..=self.range(row).len() as i64).collect();
        Arc::new(positions)
    }

    /// The values of a lambda `(x, i) -> e`, one for each element.
    pub fn evaluate(&self, lambda: &LambdaArgument) -> DfResult<ArrayRef> {
        let values = || Ok(self.values.clone());
        let positions = || Ok(self.positions());
        let spread = |columns: &[ArrayRef]| Ok(take_arrays(columns, &self.row_of_each(), None)?);
        lambda.evaluate(&[&values, &positions], spread)?.into_array(self.values.len())
    }
}

/// The parameters of `(x, i) -> e`.
pub(super) fn parameters(element: FieldRef) -> Vec<FieldRef> {
    vec![element, Arc::new(Field::new("i", DataType::Int64, true))]
}

/// A list and a lambda, the arguments of most functions.
pub(super) fn pair<'a, V, L>(name: &str, args: &'a [ValueOrLambda<V, L>]) -> DfResult<(&'a V, &'a L)> {
    match args {
        [ValueOrLambda::Value(list), ValueOrLambda::Lambda(lambda)] => Ok((list, lambda)),
        _ => Err(external(
            wrong_arguments(format!("{name} takes a list and a lambda"))
                .with_help(format!("it is written {name}(l, x -> x + 1)")),
        )),
    }
}

/// The elements of the list of a call.
pub(super) fn elements_of(
    name: &str,
    list: &ColumnarValue,
    field: &Field,
    rows: usize,
) -> DfResult<Elements> {
    elements(&list.to_array(rows)?, field, element_of(name, field)?.as_ref())
}
