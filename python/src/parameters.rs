//! Values of Python as parameters of statements: by position (`$1`) or by name (`$name`).

use linal::{Code, Parameter, Parameters, Scalar};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{
    PyByteArray, PyByteArrayMethods, PyBytes, PyBytesMethods, PyDate, PyDateTime, PyDelta, PyDict,
    PyDictMethods, PyString, PyTime,
};

use crate::error::mistake;
use crate::import::{scalar_of, tensor_of};

/// The parameters of a list or of a dict.
///
/// # Errors
/// A value that no statement takes.
pub fn parameters(given: &Bound<'_, PyAny>) -> PyResult<Parameters> {
    if let Ok(named) = given.cast::<PyDict>() {
        let named = named.iter().map(|(name, value)| Ok((name.extract::<String>()?, parameter(&value)?)));
        return named.collect::<PyResult<_>>().map(Parameters::Named);
    }
    let values = given.try_iter()?.map(|value| parameter(&value?));
    values.collect::<PyResult<_>>().map(Parameters::Positional)
}

fn parameter(value: &Bound<'_, PyAny>) -> PyResult<Parameter> {
    if value.is_none() {
        return Ok(Parameter::Null);
    }
    if let Some(number) = scalar_of(value)? {
        return Ok(match number {
            Scalar::Bool(value) => Parameter::Bool(value),
            Scalar::I64(value) => Parameter::Int(value),
            Scalar::F64(value) => Parameter::Float(value),
            other => Parameter::Tensor(linal::Tensor::scalar(other)),
        });
    }
    if let Ok(text) = value.cast::<PyString>() {
        return Ok(Parameter::Text(text.to_cow()?.into()));
    }
    if let Ok(time) = value.cast::<PyDateTime>() {
        return Ok(Parameter::Timestamp(time.call_method0("isoformat")?.extract::<String>()?.into()));
    }
    let text = || PyResult::Ok(value.str()?.to_cow()?.into());
    if value.is_instance_of::<PyDate>() {
        return Ok(Parameter::Date(text()?));
    }
    if let Ok(bytes) = value.cast::<PyBytes>() {
        return Ok(Parameter::Blob(bytes.as_bytes().into()));
    }
    if let Ok(bytes) = value.cast::<PyByteArray>() {
        return Ok(Parameter::Blob(bytes.to_vec().into()));
    }
    if value.is_instance_of::<PyTime>() {
        return Ok(Parameter::Time(value.call_method0("isoformat")?.extract::<String>()?.into()));
    }
    if value.is_instance_of::<PyDelta>() {
        let part = |name: &str| value.getattr(name)?.extract::<i64>();
        let (days, seconds, micros) = (part("days")?, part("seconds")?, part("microseconds")?);
        let length = format!("{days} days {seconds} seconds {micros} microseconds");
        return Ok(Parameter::Interval(length.into()));
    }
    let class = value.get_type().name()?;
    match &*class.to_cow()? {
        "Decimal" => Ok(Parameter::Decimal(text()?)),
        "UUID" => Ok(Parameter::Text(text()?)),
        "dict" | "set" => Err(mistake(value.py(), Code::TypeMismatch, format!("a {class} is no parameter"))),
        _ => match value.getattr_opt(intern!(value.py(), "_array"))? {
            // A tensor of the package.
            Some(array) => tensor_of(&array, false).map(of_tensor),
            None => tensor_of(value, false).map(of_tensor),
        },
    }
}

/// A tensor as a parameter. Integers and Booleans of NumPy are those of Python, whose plan does not depend on the value.
fn of_tensor(tensor: linal::Tensor) -> Parameter {
    match tensor.item().filter(|_| tensor.shape().rank() == 0) {
        Some(Scalar::I64(value)) => Parameter::Int(value),
        Some(Scalar::Bool(value)) => Parameter::Bool(value),
        _ => Parameter::Tensor(tensor),
    }
}
