//! Tables of other libraries, by the Arrow PyCapsule interface.

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use linal::Code;
use pyo3::prelude::*;
use pyo3_arrow::PyTable;

use crate::error::mistake;
use crate::rows::Rows;

/// The rows of a table, whose memory is shared.
pub struct Frame {
    /// The columns.
    pub schema: SchemaRef,
    /// The rows.
    pub batches: Vec<RecordBatch>,
}

impl<'py> FromPyObject<'_, 'py> for Frame {
    type Error = PyErr;

    fn extract(value: Borrowed<'_, 'py, PyAny>) -> PyResult<Frame> {
        if let Ok(rows) = value.cast::<Rows>() {
            let (schema, batches) = rows.get().all(value.py())?;
            return Ok(Frame { schema, batches });
        }
        if value.hasattr("__arrow_c_stream__")? {
            let (batches, schema) = value.extract::<PyTable>()?.into_inner();
            return Ok(Frame { schema, batches });
        }
        let message = format!("a {} is no table", value.get_type().name()?);
        Err(mistake(value.py(), Code::TypeMismatch, message))
    }
}
