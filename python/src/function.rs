//! Functions of Python that the engine calls.

use std::sync::{Arc, Mutex, PoisonError};

use arrow::array::{ArrayRef, RecordBatch, RecordBatchOptions};
use arrow::datatypes::{Field, Schema};
use linal::{Code, Error, HostCall};
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;

use crate::rows::Rows;

static CALL: PyOnceLock<Py<PyAny>> = PyOnceLock::new();

/// What a function of Python has raised last, which is the cause of the statement's error.
pub type Raised = Arc<Mutex<Option<PyErr>>>;

/// A call of a function with batches of rows, on any thread.
pub fn host_call(name: String, function: Py<PyAny>, raised: Raised) -> Arc<HostCall> {
    Arc::new(move |arrays, rows| {
        let called = Python::try_attach(|py| {
            invoke(py, &function, arrays, rows).map_err(|error| {
                let said = error.value(py).str().map(|text| text.to_string()).unwrap_or_default();
                let kind = error.get_type(py).name().map(|name| name.to_string()).unwrap_or_default();
                let earlier = raised.lock().unwrap_or_else(PoisonError::into_inner).replace(error);
                // Freeing an exception may run code of Python, which must not find the lock taken.
                drop(earlier);
                Error::new(Code::QueryFailed, format!("the function `{name}` raised {kind}: {said}"))
            })
        });
        called.unwrap_or_else(|| Err(Error::new(Code::Cancelled, "the interpreter has ended")))
    })
}

fn invoke(py: Python<'_>, function: &Py<PyAny>, arrays: &[ArrayRef], rows: usize) -> PyResult<ArrayRef> {
    let fields: Vec<Field> = arrays
        .iter()
        .enumerate()
        .map(|(at, array)| Field::new(format!("argument{at}"), array.data_type().clone(), true))
        .collect();
    let schema = Arc::new(Schema::new(fields));
    let options = RecordBatchOptions::new().with_row_count(Some(rows));
    let batch = RecordBatch::try_new_with_options(schema.clone(), arrays.to_vec(), &options);
    let batch = batch.map_err(crate::error::bug)?;
    let call = CALL.import(py, "linal._functions", "call")?;
    let result = call.call1((function.bind(py), Rows::detached(schema, vec![batch]), rows))?;
    let (_, batches) = result.cast::<Rows>()?.get().all(py)?;
    let column = batches.first().map(|batch| batch.column(0).clone());
    column.ok_or_else(|| crate::error::bug("a function without a result"))
}
