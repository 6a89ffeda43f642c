//! Tensors whose first axis differs from row to row, which columns store as lists: the elements selected by a
//! mask, the distinct elements of a vector, the stacks of groups.
//!
//! A graph has fixed shapes, so here each row has its own graph, with the row's cells as constants. That is
//! far slower than a graph for a batch, and only used for such calls.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, ListArray, new_empty_array};
use arrow::buffer::{NullBuffer, OffsetBuffer};
use arrow::datatypes::{DataType, Field, FieldRef};
use datafusion::common::{Result as DfResult, ScalarValue};
use datafusion::logical_expr::{ColumnarValue, ScalarFunctionArgs};
use linal_bind::binder::CONSTANT;
use linal_dataset::{Error, Result};
use linal_error::Code;
use linal_store::{ColumnType, TensorType, tensor_to_column};
use linal_tensor::graph::{self, Node, NodeRef};
use linal_tensor::{DType, Error as TensorError, ExecutionContext, Scalar, Shape, Take, Tensor, dispatch};

use super::aggregate::stack::{CELL_SHAPE, cell_of_stack};
use super::error::{external, wrong_arguments};
use super::formula::Formula;
use super::operand::{Kind, Operand, cells, result_field};
use super::rows;

/// The elements of a list along its first axis.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Ragged {
    /// The shape of an element.
    pub cell: Shape,
    pub dtype: DType,
}

impl Ragged {
    /// `None` for a field other than lists of numbers or of tensors of one shape.
    pub fn of(field: &Field) -> Option<Ragged> {
        match ColumnType::of(&item_of(field)?) {
            ColumnType::Tensor(tensor) => Some(Ragged { cell: tensor.shape, dtype: tensor.dtype }),
            ColumnType::Bool => Some(Ragged { cell: Shape::scalar(), dtype: DType::Bool }),
            ColumnType::Int => Some(Ragged { cell: Shape::scalar(), dtype: DType::I64 }),
            ColumnType::Float => Some(Ragged { cell: Shape::scalar(), dtype: DType::F64 }),
            ColumnType::Real => Some(Ragged { cell: Shape::scalar(), dtype: DType::F32 }),
            _ => None,
        }
    }

    /// The list type of an empty tensor.
    pub fn empty(shape: &Shape, dtype: DType) -> Option<Ragged> {
        let cell = shape.dims().get(1..).map(Shape::new)?;
        (shape.is_empty() && !cell.is_empty()).then_some(Ragged { cell, dtype })
    }

    /// The shape of a list of this length.
    fn shape(&self, length: usize) -> Shape {
        self.cell.with_axis(0, length)
    }

    fn tensor_type(&self, length: usize) -> TensorType {
        TensorType { shape: self.shape(length), dtype: self.dtype }
    }

    /// The empty list as a tensor.
    pub fn none(&self) -> (TensorType, NodeRef) {
        let kind = self.tensor_type(0);
        let none = Scalar::Bool(false).convert(self.dtype).unwrap_or(Scalar::F64(0.0));
        let none = Tensor::scalar(none);
        let none = none.broadcast_to(&kind.shape).unwrap_or(none);
        (kind, Node::leaf(none, CONSTANT))
    }

    /// The field of lists; `None` for complex numbers, whose pairs lists cannot distinguish from other pairs.
    pub fn field(&self, name: &str, nullable: bool) -> Option<Field> {
        if self.dtype.is_complex() {
            return None;
        }
        let empty =
            Tensor::from_arrow_buffer(self.dtype, self.shape(0), arrow::buffer::Buffer::from(&[])).ok()?;
        let (column, _) = tensor_to_column(&empty)?;
        let item = column.field(Field::LIST_FIELD_DEFAULT_NAME, true);
        let field = Field::new(name, DataType::List(Arc::new(item)), nullable);
        if self.cell.rank() < 2 {
            return Some(field);
        }
        let dims: Vec<String> = self.cell.dims().iter().map(usize::to_string).collect();
        Some(field.with_metadata([(CELL_SHAPE.to_string(), dims.join(","))].into()))
    }
}

/// The field of a list's elements.
fn item_of(field: &Field) -> Option<Field> {
    match field.data_type() {
        DataType::List(item) => Some(cell_of_stack(field, item)),
        _ => None,
    }
}

/// Whether the shape of a call's result or of an operand may differ from row to row.
pub(super) fn is_ragged(formula: &dyn Formula, operands: &[Operand]) -> bool {
    formula.depends_on_values(operands)
        || operands.iter().any(|operand| matches!(operand.kind, Kind::Ragged(_)))
}

/// Two sample lengths that show whether the result's shape depends on those of the operands.
const PROBES: [usize; 2] = [2, 3];

/// The field of a call's result: a list if its first axis depends on the lengths or values of the operands.
pub(super) fn return_field(
    formula: &dyn Formula,
    operands: &[Operand],
    nullable: bool,
    context: &ExecutionContext,
) -> Result<FieldRef> {
    let by_value = formula.depends_on_values(operands);
    let [one, other] = PROBES.map(|length| {
        let probes: Vec<Operand> = operands.iter().map(|operand| probe(operand, length, by_value)).collect();
        formula.graph(&probes, context)
    });
    let ragged = |error: Error| {
        if error.is(Code::ShapeMismatch) {
            error.with_help("a list has another length in each row; CAST(x AS Vector(n)) gives it one")
        } else {
            error
        }
    };
    let (one, other) = (one.map_err(ragged)?, other.map_err(ragged)?);
    let nullable = nullable || rows::may_be_undefined(&one);
    if one.shape() == other.shape() && !by_value {
        return Ok(result_field(formula.name(), &one, nullable));
    }
    if one.dtype().is_complex() {
        let message = format!(
            "{} would give lists of complex numbers, which no column holds",
            formula.name().to_uppercase()
        );
        return Err(Error::new(Code::DTypeMismatch, message).with_help("REAL and IMAG give their parts"));
    }
    let rest = |node: &NodeRef| node.shape().dims().get(1..).map(Shape::new);
    let cell = rest(&one).filter(|cell| rest(&other).as_ref() == Some(cell));
    let list = cell.and_then(|cell| Ragged { cell, dtype: one.dtype() }.field(formula.name(), nullable));
    list.map(Arc::new).ok_or_else(|| {
        let message = format!(
            "the result of {} would have another shape in each row along an axis that is not the first, which no column holds",
            formula.name().to_uppercase()
        );
        Error::new(Code::ShapeMismatch, message)
    })
}

/// A sample operand: zeros if the shape depends on values.
fn probe(operand: &Operand, length: usize, by_value: bool) -> Operand {
    let kind = match &operand.kind {
        Kind::Ragged(ragged) => Kind::Tensor(ragged.tensor_type(length)),
        other => other.clone(),
    };
    let (shape, dtype) = match &kind {
        Kind::Tensor(tensor) => (tensor.shape.clone(), tensor.dtype),
        Kind::Number(dtype) => (Shape::scalar(), *dtype),
        _ => return operand.clone(),
    };
    let zeros = Scalar::Bool(false).convert(dtype).map(Tensor::scalar);
    let node = zeros.and_then(|zero| zero.broadcast_to(&shape).ok()).map(|zeros| Node::leaf(zeros, CONSTANT));
    match node.filter(|_| by_value) {
        Some(node) => operand.clone().of_kind(kind).given(node),
        // A list has no constant value here; other constants may determine the shape.
        None if matches!(operand.kind, Kind::Ragged(_)) => operand.clone().of_kind(kind).of_value(None),
        None => operand.clone(),
    }
}

/// Evaluates a call row by row.
pub(super) fn invoke(
    formula: &dyn Formula,
    args: &ScalarFunctionArgs,
    operands: &[Operand],
    context: &ExecutionContext,
) -> DfResult<ColumnarValue> {
    let is_scalar = |value: &ColumnarValue| matches!(value, ColumnarValue::Scalar(_));
    let rows = if args.args.iter().all(is_scalar) { 1 } else { args.number_rows };
    let arrays = args.args.iter().map(|value| value.to_array(rows)).collect::<DfResult<Vec<_>>>()?;
    let call = Call { formula, operands, arrays: &arrays, field: &args.return_field, context };
    let column = call.column(rows).map_err(external)?;
    if args.args.iter().all(is_scalar) {
        return Ok(ColumnarValue::Scalar(ScalarValue::try_from_array(&column, 0)?));
    }
    Ok(ColumnarValue::Array(column))
}

struct Call<'a> {
    formula: &'a dyn Formula,
    operands: &'a [Operand],
    /// One array per operand, with the rows of the batch.
    arrays: &'a [ArrayRef],
    field: &'a FieldRef,
    context: &'a ExecutionContext,
}

impl Call<'_> {
    fn column(&self, rows: usize) -> Result<ArrayRef> {
        let list = Ragged::of(self.field);
        let fixed = match Kind::of(self.field) {
            Kind::Tensor(tensor) => Some((tensor.shape, tensor.dtype)),
            Kind::Number(dtype) => Some((Shape::scalar(), dtype)),
            _ => None,
        };
        match (list, fixed) {
            (Some(list), _) => self.lists(&list, rows),
            (None, Some((shape, dtype))) => self.tensors(&shape, dtype, rows),
            (None, None) => Err(wrong_arguments("a result that is no column")),
        }
    }

    fn lists(&self, list: &Ragged, rows: usize) -> Result<ArrayRef> {
        let mut lengths = Vec::with_capacity(rows);
        let mut valid = Vec::with_capacity(rows);
        let DataType::List(item) = self.field.data_type() else {
            return Err(wrong_arguments("a list of nothing"));
        };
        let item = item.clone();
        let values = dispatch!(list.dtype, T => {
            let mut values: Vec<T> = Vec::new();
            for row in 0..rows {
                let tensor = self.row(row, list.dtype)?;
                lengths.push(tensor.as_ref().map_or(0, |tensor| tensor.shape().dims().first().copied().unwrap_or(0)));
                valid.push(tensor.is_some());
                values.extend(tensor.iter().flat_map(Tensor::to_vec::<T>));
            }
            let shape = list.shape(lengths.iter().sum());
            Tensor::from_vec_in(values, shape, self.context.pool(), "lists")?
        });
        let values =
            tensor_to_column(&values).map_or_else(|| new_empty_array(item.data_type()), |(_, array)| array);
        let offsets = OffsetBuffer::from_lengths(lengths);
        let lists = ListArray::try_new(item, offsets, values, Some(NullBuffer::from(valid)));
        Ok(Arc::new(lists.map_err(linal_dataset::arrow_error)?))
    }

    fn tensors(&self, shape: &Shape, dtype: DType, rows: usize) -> Result<ArrayRef> {
        let mut valid = Vec::with_capacity(rows);
        let all = dispatch!(dtype, T => {
            let mut values: Vec<T> = Vec::with_capacity(rows * shape.len());
            for row in 0..rows {
                let tensor = self.row(row, dtype)?;
                valid.push(tensor.is_some());
                match tensor {
                    Some(tensor) => values.extend(tensor.to_vec::<T>()),
                    None => values.extend(std::iter::repeat_n(T::default(), shape.len())),
                }
            }
            Tensor::from_vec_in(values, shape.with_axis(0, rows), self.context.pool(), "rows")?
        });
        let (_, array) =
            tensor_to_column(&all).ok_or_else(|| wrong_arguments("a result that is no column"))?;
        let data = array.to_data().into_builder().nulls(Some(NullBuffer::from(valid))).build();
        Ok(arrow::array::make_array(data.map_err(linal_dataset::arrow_error)?))
    }

    /// The result of one row; `None` if an operand is NULL, or the result is undefined.
    fn row(&self, row: usize, dtype: DType) -> Result<Option<Tensor>> {
        self.context.poll()?;
        if self.arrays.iter().any(|array| array.is_null(row)) {
            return Ok(None);
        }
        let operands: Vec<Operand> = self
            .operands
            .iter()
            .zip(self.arrays)
            .map(|(operand, array)| in_row(operand, array, row))
            .collect::<Result<_>>()?;
        let node = self.formula.graph(&operands, self.context).map_err(|error| error.without_span())?;
        let node = graph::cast(&node, dtype)?;
        match graph::evaluate(&node, self.context) {
            Ok(tensor) => Ok(Some(tensor)),
            Err(TensorError::Domain { .. }) if rows::may_be_undefined(&node) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }
}

/// An operand with its value in a row.
fn in_row(operand: &Operand, array: &ArrayRef, row: usize) -> Result<Operand> {
    let constant =
        |tensor: Tensor, kind: Kind| operand.clone().of_kind(kind).given(Node::leaf(tensor, CONSTANT));
    match &operand.kind {
        _ if operand.is_given() => Ok(operand.clone()),
        Kind::Ragged(ragged) => {
            let list = array.as_list::<i32>().value(row);
            let item = item_of(&operand.field).ok_or_else(|| wrong_arguments("a list of nothing"))?;
            let tensor = cells(&item, list.as_ref())?;
            Ok(constant(tensor, Kind::Tensor(ragged.tensor_type(list.len()))))
        }
        Kind::Tensor(_) | Kind::Number(_) => {
            let tensor = cells(&operand.field, array.slice(row, 1).as_ref())?.index(&[Take::At(0)])?;
            Ok(constant(tensor, operand.kind.clone()).of_value(ScalarValue::try_from_array(array, row).ok()))
        }
        _ => Ok(operand.clone().of_value(ScalarValue::try_from_array(array, row).ok())),
    }
}
