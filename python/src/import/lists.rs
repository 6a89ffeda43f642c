//! Tensors of nested lists of numbers.

use linal::{Code, Scalar, Shape, Tensor};
use num_complex::Complex64;
use pyo3::prelude::*;
use pyo3::types::{PyFloat, PyList, PyTuple};

use super::scalar_of;
use crate::error::mistake;

/// More axes than anybody has, fewer than would exhaust the stack.
const MAX_RANK: usize = 64;

/// The numbers of nested lists, and the shape as far as it is known.
#[derive(Default)]
struct Numbers {
    values: Vec<Scalar>,
    shape: Vec<usize>,
}

/// The tensor of a list of numbers or of lists: Booleans, else integers, else floats, else complex numbers. Arrays and scalars
/// of NumPy in it are put together by NumPy.
pub fn tensor(value: &Bound<'_, PyAny>) -> PyResult<Tensor> {
    let py = value.py();
    if let Some(floats) = floats(value) {
        let length = floats.len();
        return Tensor::from_vec(floats, [length])
            .map_err(|error| mistake(py, Code::BadShape, error.to_string()));
    }
    let mut numbers = Numbers::default();
    match numbers.add(value, 0)? {
        Added::Numbers => {
            numbers.into_tensor().map_err(|error| mistake(py, Code::BadShape, error.to_string()))
        }
        Added::Arrays => {
            let made = py.import("numpy")?.call_method1("array", (value,));
            // NumPy's message names its own functions.
            super::buffer::tensor(&made.map_err(|_| ragged(py))?, true)
        }
    }
}

/// The elements of a list of floats and nothing else.
fn floats(value: &Bound<'_, PyAny>) -> Option<Vec<f64>> {
    let list = value.cast::<PyList>().ok().filter(|list| !list.is_empty())?;
    let mut floats = Vec::with_capacity(list.len());
    for item in list.iter() {
        if !item.is_exact_instance_of::<PyFloat>() {
            return None;
        }
        floats.push(item.cast::<PyFloat>().ok()?.value());
    }
    Some(floats)
}

/// What a list has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Added {
    /// Numbers of Python, which were added.
    Numbers,
    /// Arrays, which NumPy knows how to put together.
    Arrays,
}

impl Numbers {
    fn add(&mut self, value: &Bound<'_, PyAny>, depth: usize) -> PyResult<Added> {
        let py = value.py();
        let is_list =
            |value: &Bound<'_, PyAny>| value.is_instance_of::<PyList>() || value.is_instance_of::<PyTuple>();
        if !is_list(value) {
            return self.add_number(value, depth);
        }
        if depth >= MAX_RANK {
            return Err(mistake(py, Code::BadShape, format!("lists are nested deeper than {MAX_RANK}")));
        }
        let length = value.len()?;
        if self.shape.len() == depth && self.values.is_empty() {
            self.shape.push(length);
        } else if self.shape.get(depth) != Some(&length) {
            return Err(ragged(py));
        }
        for item in value.try_iter()? {
            if self.add(&item?, depth + 1)? == Added::Arrays {
                return Ok(Added::Arrays);
            }
        }
        Ok(Added::Numbers)
    }

    fn add_number(&mut self, value: &Bound<'_, PyAny>, depth: usize) -> PyResult<Added> {
        let py = value.py();
        let Some(number) = scalar_of(value)? else {
            if value.hasattr("__array__")? {
                return Ok(Added::Arrays);
            }
            let message = format!("a {} is no element of a tensor", value.get_type().name()?);
            return Err(mistake(py, Code::TypeMismatch, message));
        };
        if self.shape.len() != depth {
            return Err(ragged(py));
        }
        self.values.push(number);
        Ok(Added::Numbers)
    }

    fn into_tensor(self) -> linal_tensor::Result<Tensor> {
        let shape = Shape::new(&self.shape);
        let rank = |value: &Scalar| match value {
            Scalar::Bool(_) => 0,
            Scalar::I64(_) => 1,
            Scalar::F32(_) | Scalar::F64(_) => 2,
            Scalar::C64(_) | Scalar::C128(_) => 3,
        };
        let values = self.values;
        match values.iter().map(rank).max().unwrap_or(2) {
            0 => Tensor::from_vec(values.iter().map(|&value| real(value) != 0.0).collect(), shape),
            1 => Tensor::from_vec(values.iter().map(|&value| integer(value)).collect(), shape),
            2 => Tensor::from_vec(values.iter().map(|&value| real(value)).collect(), shape),
            _ => Tensor::from_vec(values.iter().map(|&value| complex(value)).collect(), shape),
        }
    }
}

fn ragged(py: Python<'_>) -> PyErr {
    mistake(py, Code::RaggedLiteral, "the lists differ in length or depth")
}

fn integer(value: Scalar) -> i64 {
    match value {
        Scalar::Bool(value) => value.into(),
        Scalar::I64(value) => value,
        other => real(other) as i64,
    }
}

fn real(value: Scalar) -> f64 {
    match value {
        Scalar::Bool(value) => f64::from(u8::from(value)),
        Scalar::I64(value) => value as f64,
        Scalar::F32(value) => value.into(),
        Scalar::F64(value) => value,
        Scalar::C64(value) => value.re.into(),
        Scalar::C128(value) => value.re,
    }
}

fn complex(value: Scalar) -> Complex64 {
    match value {
        Scalar::C64(value) => Complex64::new(value.re.into(), value.im.into()),
        Scalar::C128(value) => value,
        other => Complex64::new(real(other), 0.0),
    }
}
