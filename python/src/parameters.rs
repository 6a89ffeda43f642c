//! Values of Python as parameters of statements: by position (`$1`) or by name (`$name`).

use linal::{Code, Parameter, Parameters, Scalar};
use pyo3::prelude::*;
use pyo3::types::{PyDate, PyDateTime, PyDict, PyDictMethods, PyString};

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
    let class = value.get_type().name()?;
    match &*class.to_cow()? {
        "Decimal" => Ok(Parameter::Decimal(text()?)),
        "UUID" => Ok(Parameter::Text(text()?)),
        "dict" | "set" => Err(mistake(value.py(), Code::TypeMismatch, format!("a {class} is no parameter"))),
        _ => tensor_of(value, false).map(Parameter::Tensor),
    }
}
