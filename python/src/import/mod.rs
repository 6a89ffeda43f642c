//! Values of Python as tensors and columns.
//!
//! Memory is shared when its owner promises not to write to it: buffers that are read-only, and Arrow data, which is
//! immutable. Other memory is copied once.

mod buffer;
mod column;
mod exact;
mod frame;
mod lists;
mod moments;

use arrow::array::ArrayRef;
use arrow::compute::{CastOptions, cast_with_options, concat};
use arrow::datatypes::{DataType, Field, FieldRef};
use linal::{Code, DType, NotTensor, Scalar, Tensor, column_to_tensor};
use num_complex::Complex64;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyBytes, PyComplex, PyComplexMethods, PyFloat, PyInt, PyList, PyTuple};
use pyo3_arrow::{PyArray, PyChunkedArray};

pub use self::buffer::{Element, Memory, copied, shared, supports_buffer};
pub use self::column::{columns, row_major};
pub use self::frame::Frame;
use crate::error::mistake;
use crate::tensor::Array;

/// A tensor of a value of Python. `share` says that memory which may be written is shared, too, on the promise of the
/// caller that it is not.
///
/// # Errors
/// A value that is no tensor; an integer beyond 64 bits; a column with NULL.
pub fn tensor_of(value: &Bound<'_, PyAny>, share: bool) -> PyResult<Tensor> {
    let py = value.py();
    if let Ok(array) = value.cast::<Array>() {
        return array.get().value(py);
    }
    if let Some(scalar) = scalar_of(value)? {
        return Ok(Tensor::scalar(scalar));
    }
    if value.is_instance_of::<PyList>() || value.is_instance_of::<PyTuple>() {
        return lists::tensor(value);
    }
    // Text, as NumPy sees it, although it has memory.
    if supports_buffer(value) && !value.is_instance_of::<PyBytes>() {
        return buffer::tensor(value, share);
    }
    let has = |name: &Bound<'_, pyo3::types::PyString>| value.hasattr(name);
    if has(intern!(py, "__arrow_c_array__"))? {
        let (array, field) = value.extract::<PyArray>()?.into_inner();
        return arrow_tensor(py, &array, &field);
    }
    if has(intern!(py, "__dlpack__"))? {
        return crate::dlpack::import(value, share);
    }
    let array = intern!(py, "__array__");
    let is_pandas = value.get_type().module()?.to_cow()?.starts_with("pandas");
    if has(intern!(py, "__arrow_c_stream__"))? && !(is_pandas && has(array)?) {
        let (array, field) = chunked(value)?;
        return arrow_tensor(py, &array, &field);
    }
    if has(array)? {
        let array = value.call_method0(array)?;
        if supports_buffer(&array) {
            return buffer::tensor(&array, share);
        }
    }
    let message = format!("a {} is no tensor", value.get_type().name()?);
    Err(mistake(py, Code::TypeMismatch, message))
}

/// A number of Python; `None` for anything else.
///
/// # Errors
/// An integer beyond 64 bits.
pub fn scalar_of(value: &Bound<'_, PyAny>) -> PyResult<Option<Scalar>> {
    if let Ok(value) = value.cast::<PyBool>() {
        return Ok(Some(Scalar::Bool(value.is_true())));
    }
    if let Ok(value) = value.cast::<PyFloat>() {
        return Ok(Some(Scalar::F64(value.value())));
    }
    if value.is_instance_of::<PyInt>() {
        let number = value.extract::<i64>();
        let beyond = |_| mistake(value.py(), Code::IntegerOverflow, format!("{value} does not fit 64 bits"));
        return number.map(|number| Some(Scalar::I64(number))).map_err(beyond);
    }
    if let Ok(value) = value.cast::<PyComplex>() {
        return Ok(Some(Scalar::C128(Complex64::new(value.real(), value.imag()))));
    }
    Ok(None)
}

/// The chunks of a column as one array. A single chunk is shared.
fn chunked(value: &Bound<'_, PyAny>) -> PyResult<(ArrayRef, FieldRef)> {
    let (chunks, field) = value.extract::<PyChunkedArray>()?.into_inner();
    let parts: Vec<&dyn arrow::array::Array> = chunks.iter().map(|chunk| chunk.as_ref()).collect();
    let array = match chunks.as_slice() {
        [] => arrow::array::new_empty_array(field.data_type()),
        [only] => only.clone(),
        _ => concat(&parts).map_err(|error| arrow_error(value.py(), &error))?,
    };
    Ok((array, field))
}

/// A tensor over an Arrow array. Integers and floats of other widths are widened.
fn arrow_tensor(py: Python<'_>, array: &ArrayRef, field: &Field) -> PyResult<Tensor> {
    let wide = widened(field.data_type());
    let (array, field) = if wide == *field.data_type() {
        (array.clone(), field.clone())
    } else {
        let options = CastOptions { safe: false, ..CastOptions::default() };
        let array = cast_with_options(array, &wide, &options).map_err(|error| arrow_error(py, &error))?;
        (array, Field::new(field.name(), wide, true).with_metadata(field.metadata().clone()))
    };
    column_to_tensor(&field, &array).map_err(|reason| match reason {
        NotTensor::Nulls(count) => {
            mistake(py, Code::NoTensor, format!("NULL is no element of a tensor, and {count} are"))
        }
        NotTensor::Type(kind) => mistake(py, Code::NoTensor, format!("{kind} values are no tensor")),
        NotTensor::Layout(reason) => mistake(py, Code::NoTensor, reason),
    })
}

fn widened(data_type: &DataType) -> DataType {
    use DataType::*;
    match data_type {
        Int8 | Int16 | Int32 | UInt8 | UInt16 | UInt32 | UInt64 => Int64,
        Float16 => Float32,
        Dictionary(_, values) => widened(values),
        FixedSizeList(item, width) => {
            let item = Field::new_list_field(widened(item.data_type()), true);
            FixedSizeList(item.into(), *width)
        }
        other => other.clone(),
    }
}

/// The exception of a conversion that Arrow refuses.
pub fn arrow_error(py: Python<'_>, error: &arrow::error::ArrowError) -> PyErr {
    mistake(py, Code::ValueOutOfRange, error.to_string())
}

/// The dtype of NumPy's name.
pub fn numpy_name(dtype: DType) -> &'static str {
    match dtype {
        DType::Bool => "bool",
        DType::I64 => "int64",
        DType::F32 => "float32",
        DType::F64 => "float64",
        DType::C64 => "complex64",
        DType::C128 => "complex128",
    }
}
