//! Conversions between tensors and values of a query: literals, tensors of the session, and results as
//! tensors.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use arrow::buffer::Buffer;
use arrow::datatypes::{DataType, Decimal128Type, Field, Schema, SchemaRef};
use bytes::Bytes;
use datafusion::common::ScalarValue;
use datafusion::common::metadata::FieldMetadata;
use datafusion::logical_expr::Expr;
use linal_dataset::{Error, Result, count};
use linal_error::Code;
use linal_store::{ColumnType, NotTensor, TensorType, column_to_tensor, tensor_to_column};
use linal_tensor::{DType, MemoryPool, Reservation, Shape, Tensor};

use crate::udf;

/// A literal list of numbers, in f32 or f64. Integers that f32 would round may be sizes, and stay exact.
pub(crate) fn constant(dims: &[usize], values: Vec<f64>, dtype: DType) -> Option<Expr> {
    let is_exact = |x: &f64| x.fract() != 0.0 || f64::from(*x as f32) == *x;
    let tensor = if dtype == DType::F32 && values.iter().all(is_exact) {
        Tensor::from_vec(values.into_iter().map(|x| x as f32).collect(), Shape::new(dims))
    } else {
        Tensor::from_vec(values, Shape::new(dims))
    };
    let (value, metadata) = scalar_of(&tensor.ok()?)?;
    let Expr::Literal(value, Some(weak)) = udf::weak_literal(value) else { return None };
    let mut all = metadata.to_hashmap();
    all.extend(weak.to_hashmap());
    Some(Expr::Literal(value, Some(FieldMetadata::from(all))))
}

/// A tensor as the value of one cell, without a copy: a number for a scalar tensor, otherwise a list.
/// Elements that are not in row-major order are copied. `None` if the tensor cannot be a cell ([`is_cell`]).
pub(crate) fn scalar_of(tensor: &Tensor) -> Option<(ScalarValue, FieldMetadata)> {
    if !is_cell(tensor.shape()) {
        return None;
    }
    if let Some(list) = udf::Ragged::empty(tensor.shape(), tensor.dtype()) {
        let field = list.field("", false)?;
        let none = arrow::array::new_null_array(field.data_type(), 1).to_data().into_builder().nulls(None);
        let value = ScalarValue::try_from_array(&arrow::array::make_array(none.build().ok()?), 0).ok()?;
        return Some((value, FieldMetadata::from(field.metadata().clone())));
    }
    let mut dims = vec![1];
    dims.extend_from_slice(tensor.shape().dims());
    let row = match tensor.reshape(&Shape::new(&dims)).filter(|row| row.layout().is_contiguous()) {
        Some(row) => row,
        None => linal_tensor::dispatch!(tensor.dtype(), T => {
            Tensor::from_vec(tensor.to_vec::<T>(), Shape::new(&dims)).ok()?
        }),
    };
    let (column_type, array) = tensor_to_column(&row)?;
    let field = column_type.field("", false);
    let value = ScalarValue::try_from_array(&array, 0).ok()?;
    Some((value, FieldMetadata::from(field.metadata().clone())))
}

/// Whether a tensor of this shape can be a cell: it has elements or is an empty vector, and is within the
/// size of a list.
pub(crate) fn is_cell(shape: &Shape) -> bool {
    let fits = i32::try_from(shape.len()).is_ok_and(|len| len <= i32::MAX / 2);
    fits && (!shape.is_empty() || shape.dims().get(1..).is_some_and(|cell| !Shape::new(cell).is_empty()))
}

/// The error for a tensor that cannot be a cell.
pub(crate) fn no_cell(what: &str, shape: &Shape) -> Error {
    let message = format!("{what} of shape {shape} is no value of a query");
    let error = Error::new(Code::InvalidType, message);
    if shape.is_empty() {
        error.with_help("each axis of a cell behind the first has at least one element")
    } else {
        error.with_help("a cell has at most a billion elements")
    }
}

/// Converts a query's rows to a tensor: one numeric column is a vector, several are a matrix with a row per
/// row, and a column of tensors is stacked along axis 0. `scalar` gives the single value of an aggregate over
/// all rows.
///
/// Its memory is charged to `pool` for the lifetime of the tensor, unless it is already charged as that of a
/// dataset or another tensor. Copies are charged before they are made: batches may share memory, so that rows
/// that are small together take much more apart.
pub(crate) fn rows_to_tensor(
    schema: &SchemaRef,
    batches: &[RecordBatch],
    scalar: bool,
    pool: &Arc<MemoryPool>,
    is_charged: impl Fn(&Buffer) -> bool,
) -> Result<Tensor> {
    if batches.len() <= 1 && schema.fields().len() == 1 {
        let tensor = tensor_of_rows(schema, batches, scalar)?;
        return if is_charged(tensor.arrow_buffer()) {
            Ok(tensor)
        } else {
            held(tensor.clone(), pool.reserve("result", tensor.bytes())?)
        };
    }
    let rows: usize = batches.iter().map(RecordBatch::num_rows).sum();
    let cell =
        |field: &Arc<Field>| TensorType::of(field).map_or(8, |tensor| tensor.len() * tensor.dtype.size());
    let bytes = rows.saturating_mul(schema.fields().iter().map(cell).sum());
    let reservation = pool.reserve("result", bytes)?;
    held(tensor_of_rows(schema, batches, scalar)?, reservation)
}

/// A tensor whose memory stays charged as long as any tensor refers to it.
fn held(tensor: Tensor, reservation: Reservation) -> Result<Tensor> {
    struct Held {
        buffer: Buffer,
        _reservation: Reservation,
    }
    impl AsRef<[u8]> for Held {
        fn as_ref(&self) -> &[u8] {
            self.buffer.as_slice()
        }
    }
    let start = tensor.layout().offset() * tensor.dtype().size();
    let buffer = tensor.arrow_buffer().slice_with_length(start, tensor.bytes());
    let held = Held { buffer, _reservation: reservation };
    let buffer = Buffer::from(Bytes::from_owner(held));
    Ok(Tensor::from_arrow_buffer(tensor.dtype(), tensor.shape().clone(), buffer)?)
}

fn tensor_of_rows(schema: &SchemaRef, batches: &[RecordBatch], scalar: bool) -> Result<Tensor> {
    let rows = arrow::compute::concat_batches(schema, batches)
        .map_err(|error| Error::new(Code::QueryFailed, error.to_string()))?;
    let columns: Vec<Tensor> = schema
        .fields()
        .iter()
        .zip(rows.columns())
        .map(|(field, array)| tensor_of_column(field, array))
        .collect::<Result<_>>()?;
    match columns.as_slice() {
        [only] if scalar && only.shape().dims().first() == Some(&1) => {
            let rest = Shape::new(&only.shape().dims()[1..]);
            Ok(only.reshape(&rest).unwrap_or_else(|| only.clone()))
        }
        [only] => Ok(only.clone()),
        several => side_by_side(several, rows.num_rows()),
    }
}

fn side_by_side(columns: &[Tensor], rows: usize) -> Result<Tensor> {
    if let Some(odd) = columns.iter().find(|column| column.shape().rank() != 1) {
        return Err(Error::new(
            Code::NotATensor,
            format!(
                "a query of {} gives a matrix of numbers, and one of them has cells of shape {}",
                count(columns.len(), "column"),
                Shape::new(&odd.shape().dims()[1..])
            ),
        )
        .with_help("select the tensor column alone"));
    }
    let mut values = vec![0.0; rows * columns.len()];
    for (at, column) in columns.iter().enumerate() {
        for (row, value) in column_values(column)?.into_iter().enumerate() {
            values[row * columns.len() + at] = value;
        }
    }
    Ok(Tensor::from_vec(values, [rows, columns.len()])?)
}

fn column_values(column: &Tensor) -> Result<Vec<f64>> {
    use linal_tensor::graph::{Node, cast, evaluate};
    let leaf = Node::leaf(column.clone(), 0);
    let cast = cast(&leaf, linal_tensor::DType::F64)?;
    Ok(evaluate(&cast, &linal_tensor::ExecutionContext::unlimited())?.to_vec::<f64>())
}

/// The column type that numbers of another width are converted to.
fn widened(data_type: &DataType) -> Option<ColumnType> {
    match data_type {
        DataType::Int8
        | DataType::Int16
        | DataType::Int32
        | DataType::UInt8
        | DataType::UInt16
        | DataType::UInt32
        | DataType::UInt64 => Some(ColumnType::Int),
        DataType::Float16 => Some(ColumnType::Real),
        DataType::Decimal32(..)
        | DataType::Decimal64(..)
        | DataType::Decimal128(..)
        | DataType::Decimal256(..) => Some(ColumnType::Float),
        _ => None,
    }
}

/// Shape and dtype of the tensor for a one-row query, as far as its columns determine them.
pub(crate) fn shape_of_row(schema: &Schema) -> Option<(Shape, DType)> {
    let [field] = schema.fields().as_ref() else { return None };
    match widened(field.data_type()).unwrap_or_else(|| ColumnType::of(field)) {
        ColumnType::Bool => Some((Shape::scalar(), DType::Bool)),
        ColumnType::Int => Some((Shape::scalar(), DType::I64)),
        ColumnType::Float => Some((Shape::scalar(), DType::F64)),
        ColumnType::Real => Some((Shape::scalar(), DType::F32)),
        ColumnType::Tensor(cell) => Some((cell.shape, cell.dtype)),
        ColumnType::String | ColumnType::Date | ColumnType::Timestamp | ColumnType::Other(_) => None,
    }
}

/// Converts a result column to a tensor. Numbers of other widths are converted to the nearest dtype.
pub(crate) fn tensor_of_column(field: &Field, array: &ArrayRef) -> Result<Tensor> {
    if let Some(tensor) = stacks(field, array)? {
        return Ok(tensor);
    }
    let converted = match widened(field.data_type()) {
        Some(target) => {
            check_digits(field.name(), array)?;
            let array = arrow::compute::cast(array, &target.data_type())
                .map_err(|error| Error::new(Code::BadCast, error.to_string()))?;
            column_to_tensor(&target.field(field.name().as_str(), true), &array)
        }
        None => column_to_tensor(field, array),
    };
    converted.map_err(|reason| not_a_tensor(field.name(), reason))
}

/// Checks that f64 holds the integer digits of all decimals.
fn check_digits(name: &str, array: &ArrayRef) -> Result<()> {
    let Some(decimals) = array.as_primitive_opt::<Decimal128Type>() else { return Ok(()) };
    let one = 10i128.pow(u32::from(decimals.scale().unsigned_abs()).min(38));
    let is_rounded = |value: i128| {
        let integer = if decimals.scale() < 0 { value.saturating_mul(one) } else { value / one };
        integer as f64 as i128 != integer
    };
    match (0..decimals.len()).find(|&at| decimals.is_valid(at) && is_rounded(decimals.value(at))) {
        Some(at) => {
            let value = decimals.value_as_string(at);
            let message = format!("column `{name}`: {value} has more digits before the point than f64 holds");
            Err(Error::new(Code::BadCast, message).with_help("CAST it to Float to round it"))
        }
        None => Ok(()),
    }
}

/// A column of stacks with equally many elements, `[rows, cells, ...]`, without a copy; `None` for anything
/// else.
fn stacks(field: &Field, array: &ArrayRef) -> Result<Option<Tensor>> {
    let DataType::List(item) = field.data_type() else { return Ok(None) };
    let cell = udf::cell_of_stack(field, item);
    let (Some(cell), Some(lists)) = (TensorType::of(&cell).map(|_| cell), array.as_list_opt::<i32>()) else {
        return Ok(None);
    };
    let offsets = lists.value_offsets();
    let (Some(&start), Some(&stop)) = (offsets.first(), offsets.last()) else { return Ok(None) };
    let mut heights = offsets.windows(2).map(|pair| pair[1] - pair[0]);
    let Some(height) = heights.next().filter(|_| lists.null_count() == 0) else { return Ok(None) };
    if let Some(other) = heights.find(|other| *other != height) {
        let name = field.name();
        let message = format!(
            "the stacks of `{name}` have {height} and {other} rows, and those of a tensor equally many"
        );
        return Err(Error::new(Code::NotATensor, message));
    }
    let cells = lists.values().slice(start as usize, (stop - start) as usize);
    let cells = tensor_of_column(&cell, &cells)?;
    let mut dims = vec![lists.len(), height as usize];
    dims.extend_from_slice(&cells.shape().dims()[1..]);
    Ok(cells.reshape(&Shape::new(&dims)))
}

/// The error for a column that cannot be a tensor.
pub(crate) fn not_a_tensor(name: &str, reason: NotTensor) -> Error {
    let message = match reason {
        NotTensor::Nulls(nulls) => {
            let verb = if nulls == 1 { "is" } else { "are" };
            return Error::new(
                Code::NotATensor,
                format!(
                    "{} of the column `{name}` {verb} NULL, which is no element of a tensor",
                    count(nulls, "cell")
                ),
            )
            .with_help("leave them out with WHERE ... IS NOT NULL, or put a number in with COALESCE");
        }
        NotTensor::Type(column_type) => {
            format!("the column `{name}` is {}, which has no numbers", linal_dataset::spoken(&column_type))
        }
        NotTensor::Layout(message) => format!("the column `{name}` cannot be read as a tensor: {message}"),
    };
    Error::new(Code::NotATensor, message)
}
