//! Columns of lists and arrays.

use std::sync::Arc;

use arrow::array::{
    ArrayRef, BooleanArray, Date32Array, Float64Array, Int64Array, NullArray, RecordBatch,
    RecordBatchOptions, StringViewArray, TimestampMicrosecondArray,
};
use arrow::datatypes::{DataType, Field, FieldRef, Schema};
use chrono::{NaiveDate, NaiveDateTime};
use linal::{Code, ColumnType, Scalar, Tensor, tensor_to_column};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDate, PyDateTime, PyList, PyString, PyTuple, PyTzInfoAccess};
use pyo3_arrow::PyArray;

use super::{arrow_error, chunked, exact, lists, moments, scalar_of, tensor_of};
use crate::error::{bug, mistake};
use crate::rows::Rows;

/// A table of named columns: lists, arrays or Arrow arrays of one length. A 2-d array is a column of vectors.
#[pyfunction]
pub fn columns(py: Python<'_>, named: Vec<(String, Bound<'_, PyAny>)>) -> PyResult<Rows> {
    let mut fields: Vec<FieldRef> = Vec::new();
    let mut arrays: Vec<ArrayRef> = Vec::new();
    for (name, values) in &named {
        let (field, array) = column(name, values)?;
        if let Some(first) = arrays.first()
            && first.len() != array.len()
        {
            let (first, rows) = (first.len(), array.len());
            let message = format!("the column `{name}` has {rows} rows, and the first one {first}");
            return Err(mistake(py, Code::RowCount, message));
        }
        fields.push(field);
        arrays.push(array);
    }
    let schema = Arc::new(Schema::new(fields));
    let options =
        RecordBatchOptions::new().with_row_count(Some(arrays.first().map_or(0, |array| array.len())));
    let batch = RecordBatch::try_new_with_options(schema.clone(), arrays, &options);
    let batch = batch.map_err(|error| arrow_error(py, &error))?;
    Ok(Rows::detached(schema, vec![batch]))
}

fn column(name: &str, values: &Bound<'_, PyAny>) -> PyResult<(FieldRef, ArrayRef)> {
    let py = values.py();
    if values.is_instance_of::<PyList>() || values.is_instance_of::<PyTuple>() {
        return of_list(name, values);
    }
    if values.is_instance_of::<PyString>() {
        return Err(mistake(py, Code::TypeMismatch, format!("the column `{name}` is a text, not a list")));
    }
    let renamed = |field: FieldRef| Arc::new(Field::clone(&field).with_name(name).with_nullable(true));
    if values.hasattr(intern!(py, "__arrow_c_array__"))? {
        let (array, field) = values.extract::<PyArray>()?.into_inner();
        return Ok((renamed(field), array));
    }
    if values.hasattr(intern!(py, "__arrow_c_stream__"))? {
        let (array, field) = chunked(values)?;
        return Ok((renamed(field), array));
    }
    if let Some(moments) = moments::column(name, values)? {
        return Ok(moments);
    }
    of_tensor(py, name, &tensor_of(values, false)?)
}

fn of_tensor(py: Python<'_>, name: &str, tensor: &Tensor) -> PyResult<(FieldRef, ArrayRef)> {
    if tensor.shape().rank() == 0 {
        return Err(mistake(py, Code::RowCount, format!("the column `{name}` is a number, not a list")));
    }
    let (kind, array) = match tensor_to_column(tensor) {
        Some(column) => column,
        None => tensor_to_column(&row_major(py, tensor)?).ok_or_else(|| bug("a column of a tensor"))?,
    };
    Ok((Arc::new(kind.field(name, true)), array))
}

/// A copy in row-major order.
pub fn row_major(py: Python<'_>, tensor: &Tensor) -> PyResult<Tensor> {
    let shape = tensor.shape().clone();
    let made = linal_tensor::dispatch!(tensor.dtype(), T => Tensor::from_vec(tensor.to_vec::<T>(), shape));
    made.map_err(|error| mistake(py, Code::BadShape, error.to_string()))
}

/// What the values of a list have in common.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Null,
    Bool,
    Int,
    Float,
    Date,
    Timestamp,
    Text,
    Vector,
    Other,
}

fn kind_of(value: &Bound<'_, PyAny>) -> PyResult<Kind> {
    if value.is_none() {
        return Ok(Kind::Null);
    }
    if let Some(number) = scalar_of(value)? {
        return Ok(match number {
            Scalar::Bool(_) => Kind::Bool,
            Scalar::I64(_) => Kind::Int,
            Scalar::F32(_) | Scalar::F64(_) => Kind::Float,
            Scalar::C64(_) | Scalar::C128(_) => Kind::Other,
        });
    }
    if value.is_instance_of::<PyString>() {
        return Ok(Kind::Text);
    }
    if let Ok(time) = value.cast::<PyDateTime>() {
        return Ok(if time.get_tzinfo().is_some() { Kind::Other } else { Kind::Timestamp });
    }
    if value.is_instance_of::<PyDate>() {
        return Ok(Kind::Date);
    }
    let is_vector = value.is_instance_of::<PyList>()
        || value.is_instance_of::<PyTuple>()
        || (super::supports_buffer(value)
            && value.hasattr("shape")?
            && !value.getattr("shape")?.is_empty()?);
    Ok(if is_vector { Kind::Vector } else { Kind::Other })
}

/// The common kind of two values of a column.
fn common(one: Kind, other: Kind) -> Kind {
    match (one.min(other), one.max(other)) {
        (Kind::Null, kind) => kind,
        (low, high) if low == high => low,
        (Kind::Int, Kind::Float) => Kind::Float,
        (Kind::Date, Kind::Timestamp) => Kind::Timestamp,
        _ => Kind::Other,
    }
}

fn of_list(name: &str, values: &Bound<'_, PyAny>) -> PyResult<(FieldRef, ArrayRef)> {
    if let Ok(list) = values.cast::<PyList>()
        && let Some((kind, array)) = exact::column(list)?
    {
        return Ok((Arc::new(kind.field(name, true)), array));
    }
    let items: Vec<Bound<'_, PyAny>> =
        values.try_iter()?.map(|item| item.and_then(unwrapped)).collect::<PyResult<_>>()?;
    let mut kind = Kind::Null;
    for item in &items {
        kind = common(kind, kind_of(item)?);
    }
    let scalars = |kind: ColumnType, array: ArrayRef| Ok((Arc::new(kind.field(name, true)), array));
    match kind {
        Kind::Null => {
            Ok((Arc::new(Field::new(name, DataType::Null, true)), Arc::new(NullArray::new(items.len()))))
        }
        Kind::Bool => scalars(ColumnType::Bool, Arc::new(collected::<bool, BooleanArray>(&items)?)),
        Kind::Int => scalars(ColumnType::Int, Arc::new(collected::<i64, Int64Array>(&items)?)),
        Kind::Float => scalars(ColumnType::Float, Arc::new(collected::<f64, Float64Array>(&items)?)),
        Kind::Text => scalars(ColumnType::String, Arc::new(collected::<String, StringViewArray>(&items)?)),
        Kind::Date => {
            let epoch = NaiveDate::default();
            let days: Vec<Option<i32>> = items
                .iter()
                .map(|item| Ok(present::<NaiveDate>(item)?.map(|date| (date - epoch).num_days() as i32)))
                .collect::<PyResult<_>>()?;
            scalars(ColumnType::Date, Arc::new(Date32Array::from(days)))
        }
        Kind::Timestamp => {
            let times: Vec<Option<i64>> = items.iter().map(microseconds).collect::<PyResult<_>>()?;
            scalars(ColumnType::Timestamp, Arc::new(TimestampMicrosecondArray::from(times)))
        }
        Kind::Vector => of_vectors(name, values, &items),
        Kind::Other => by_pyarrow(name, values),
    }
}

/// A scalar of NumPy as a number of Python; any other value as it is.
fn unwrapped(value: Bound<'_, PyAny>) -> PyResult<Bound<'_, PyAny>> {
    let is_plain = value.is_none() || value.is_instance_of::<PyString>() || scalar_of(&value)?.is_some();
    if is_plain || !value.hasattr("item")? || !value.hasattr("dtype")? || value.hasattr("__len__")? {
        return Ok(value);
    }
    match value.getattr("shape").and_then(|shape| shape.len()) {
        Ok(0) => value.call_method0("item"),
        _ => Ok(value),
    }
}

fn present<'py, T: for<'a> FromPyObject<'a, 'py>>(item: &Bound<'py, PyAny>) -> PyResult<Option<T>> {
    if item.is_none() {
        return Ok(None);
    }
    item.extract::<T>().map(Some).map_err(Into::into)
}

fn collected<'py, T, A>(items: &[Bound<'py, PyAny>]) -> PyResult<A>
where
    T: for<'a> FromPyObject<'a, 'py>,
    A: FromIterator<Option<T>>,
{
    items.iter().map(present::<T>).collect()
}

fn microseconds(item: &Bound<'_, PyAny>) -> PyResult<Option<i64>> {
    if item.is_none() {
        return Ok(None);
    }
    let time = match item.extract::<NaiveDateTime>() {
        Ok(time) => time,
        Err(_) => item.extract::<NaiveDate>()?.and_time(chrono::NaiveTime::MIN),
    };
    Ok(Some(time.and_utc().timestamp_micros()))
}

/// A column of vectors of one length; others are lists, which pyarrow knows.
fn of_vectors(
    name: &str,
    values: &Bound<'_, PyAny>,
    items: &[Bound<'_, PyAny>],
) -> PyResult<(FieldRef, ArrayRef)> {
    let py = values.py();
    if items.iter().any(|item| item.is_none()) {
        return by_pyarrow(name, values);
    }
    if items.iter().all(|item| item.is_instance_of::<PyList>() || item.is_instance_of::<PyTuple>()) {
        return match lists::tensor(values) {
            Ok(tensor) => of_tensor(py, name, &tensor),
            Err(_) => by_pyarrow(name, values),
        };
    }
    let stacked = py.import("numpy")?.call_method1("stack", (values,))?;
    of_tensor(py, name, &tensor_of(&stacked, true)?)
}

/// A column of values that pyarrow has a type for, such as decimals and structs.
fn by_pyarrow(name: &str, values: &Bound<'_, PyAny>) -> PyResult<(FieldRef, ArrayRef)> {
    let py = values.py();
    let made = py.import("pyarrow").and_then(|pyarrow| pyarrow.call_method1("array", (values,)));
    let made = made.map_err(|error| {
        let message = format!("the column `{name}` is of no common type: {}", error.value(py));
        let install = "pip install pyarrow reads more types of values";
        let is_missing = error.is_instance_of::<pyo3::exceptions::PyImportError>(py);
        let message = if is_missing { format!("{message} ({install})") } else { message };
        mistake(py, Code::TypeMismatch, message)
    })?;
    let (array, field) = made.extract::<PyArray>()?.into_inner();
    Ok((Arc::new(Field::clone(&field).with_name(name).with_nullable(true)), array))
}
