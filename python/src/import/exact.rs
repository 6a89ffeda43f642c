//! Columns of lists whose elements are of one type of Python, or None: what most lists are.
//!
//! One loop over the list looks at the type of each element and takes its value, without a copy of the element. At the first one of
//! another type the caller takes the general way.

use std::sync::Arc;

use arrow::array::{ArrayRef, BooleanBuilder, Float64Builder, Int64Builder, StringViewBuilder};
use linal::ColumnType;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyFloat, PyInt, PyList, PyString};

/// The column of a list of texts, integers, floats or Booleans; `None` for any other list, and for one without values.
///
/// # Errors
/// A text that is no Unicode.
pub fn column(list: &Bound<'_, PyList>) -> PyResult<Option<(ColumnType, ArrayRef)>> {
    let Some(first) = list.iter().find(|item| !item.is_none()) else { return Ok(None) };
    if first.is_exact_instance_of::<PyString>() {
        texts(list)
    } else if first.is_exact_instance_of::<PyInt>() {
        Ok(integers(list))
    } else if first.is_exact_instance_of::<PyFloat>() {
        Ok(floats(list))
    } else if first.is_exact_instance_of::<PyBool>() {
        Ok(truths(list))
    } else {
        Ok(None)
    }
}

fn texts(list: &Bound<'_, PyList>) -> PyResult<Option<(ColumnType, ArrayRef)>> {
    let mut builder = StringViewBuilder::with_capacity(list.len());
    for item in list.iter() {
        if item.is_none() {
            builder.append_null();
        } else if item.is_exact_instance_of::<PyString>() {
            builder.append_value(item.cast::<PyString>()?.to_str()?);
        } else {
            return Ok(None);
        }
    }
    Ok(Some((ColumnType::String, Arc::new(builder.finish()))))
}

/// Integers; one beyond 64 bits is left to the general way, which says so.
fn integers(list: &Bound<'_, PyList>) -> Option<(ColumnType, ArrayRef)> {
    let mut builder = Int64Builder::with_capacity(list.len());
    for item in list.iter() {
        if item.is_none() {
            builder.append_null();
        } else if item.is_exact_instance_of::<PyInt>() {
            builder.append_value(item.extract::<i64>().ok()?);
        } else {
            return None;
        }
    }
    Some((ColumnType::Int, Arc::new(builder.finish())))
}

fn floats(list: &Bound<'_, PyList>) -> Option<(ColumnType, ArrayRef)> {
    let mut builder = Float64Builder::with_capacity(list.len());
    for item in list.iter() {
        if item.is_none() {
            builder.append_null();
        } else if item.is_exact_instance_of::<PyFloat>() {
            builder.append_value(item.cast::<PyFloat>().ok()?.value());
        } else {
            return None;
        }
    }
    Some((ColumnType::Float, Arc::new(builder.finish())))
}

fn truths(list: &Bound<'_, PyList>) -> Option<(ColumnType, ArrayRef)> {
    let mut builder = BooleanBuilder::with_capacity(list.len());
    for item in list.iter() {
        if item.is_none() {
            builder.append_null();
        } else {
            builder.append_value(item.cast::<PyBool>().ok()?.is_true());
        }
    }
    Some((ColumnType::Bool, Arc::new(builder.finish())))
}
