//! Tensors as values of a query: literals, tensors of the session, results that become tensors.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use arrow::buffer::Buffer;
use arrow::datatypes::{DataType, Decimal128Type, Field, Schema, SchemaRef};
use bytes::Bytes;
use datafusion::common::ScalarValue;
use datafusion::common::metadata::FieldMetadata;
use datafusion::logical_expr::Expr;
use linal_error::Code;
use linal_store::{ColumnType, NotTensor, TensorType, column_to_tensor, tensor_to_column};
use linal_tensor::{DType, MemoryPool, Reservation, Shape, Tensor};

use crate::error::{Error, Result, count};
use crate::relational::udf;

/// A constant list of numbers, in f32 or f64. Whole numbers that f32 would round may be sizes, and stay exact.
pub(in crate::relational) fn constant(dims: &[usize], values: Vec<f64>, dtype: DType) -> Option<Expr> {
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

/// A tensor as the value of one cell, sharing its memory: a scalar tensor is a number, any other a list.
/// Elements that do not lie in row-major order are copied. `None` for one that is no cell ([`is_cell`]).
pub(in crate::relational) fn scalar_of(tensor: &Tensor) -> Option<(ScalarValue, FieldMetadata)> {
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

/// Whether a tensor of a shape may be a cell: it has elements, or is a list of none, and no more than a list may have.
pub(in crate::relational) fn is_cell(shape: &Shape) -> bool {
    let fits = i32::try_from(shape.len()).is_ok_and(|len| len <= i32::MAX / 2);
    fits && (!shape.is_empty() || shape.dims().get(1..).is_some_and(|cell| !Shape::new(cell).is_empty()))
}

/// A tensor that is no cell.
pub(in crate::relational) fn no_cell(what: &str, shape: &Shape) -> Error {
    let message = format!("{what} of shape {shape} is no value of a query");
    let error = Error::new(Code::InvalidType, message);
    if shape.is_empty() {
        error.with_help("each axis of a cell behind the first has at least one element")
    } else {
        error.with_help("a cell has at most a billion elements")
    }
}

/// The tensor that a query's rows are: one numeric column is a vector, several a matrix with a row for each row,
/// one column of tensors has them along axis 0. `scalar` gives the one value of an aggregate over all rows.
///
/// Its memory is charged to `pool` as long as the tensor lives, unless it is charged already as a dataset's or another tensor's. Copies
/// are charged before they are made: batches may share their memory, and rows that are little together be much apart.
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

/// A tensor of a query's rows whose memory stays charged as long as a tensor looks at it.
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

/// The column type that a column of numbers of another width becomes a tensor as.
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

/// Shape and dtype of the tensor that the one row of a query will be, as far as its columns tell.
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

/// A column of a result as a tensor. Numbers of other widths come as the nearest of the tensor's dtypes.
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

/// Checks that f64 holds the digits before the point of all decimals.
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

/// A column of stacks of equally many cells, `[rows, cells, ...]`, without a copy; `None` for anything else.
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

/// The error of a column that is no tensor.
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
            format!("the column `{name}` is {}, which has no numbers", crate::dataset::spoken(&column_type))
        }
        NotTensor::Layout(message) => format!("the column `{name}` cannot be read as a tensor: {message}"),
    };
    Error::new(Code::NotATensor, message)
}
