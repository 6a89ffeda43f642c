//! A NumPy array as a stream of batches.

use std::path::Path;
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::{Schema, SchemaRef};
use linal_tensor::{DType, Shape};

use super::format::Compression;
use super::input::Input;
use super::stream::{BATCH_BYTES, BATCH_ROWS, BatchSource, ChargedBatch, TableStream};
use super::{OPERATION, TableOptions, names, read_table};
use crate::column::{ColumnType, TensorType, tensor_to_column};
use crate::error::{ReadError, Result};
use crate::npy::{ArrayElements, StreamLength};
use crate::progress::ReadContext;
use crate::source::Source;

/// The name of the only column.
const COLUMN: &str = "value";

/// Opens an array. One in Fortran order has its rows everywhere, and one without axes is one value: both are
/// read as a whole.
pub(super) fn open<'a>(
    path: &Path,
    options: &TableOptions,
    context: &ReadContext<'a>,
) -> Result<TableStream<'a>> {
    let source = Source::open(path)?;
    let input = Input::again(&source, "", context)?;
    let place = input.place.clone();
    let length = match Compression::from_path(path) {
        Compression::None => StreamLength::Exact(source.length),
        _ => StreamLength::AtMost(u64::MAX),
    };
    let elements = ArrayElements::open(&place, input, &length)?;
    let kind = column_type(&elements);
    let Some(kind) = kind.filter(|_| !elements.is_fortran_order()) else {
        drop(elements);
        return Ok(TableStream::of_table(read_table(path, options, context)?, context));
    };
    names::select(&place, &[COLUMN.to_string()], options.fields.as_deref())?;
    let schema = Arc::new(Schema::new(vec![kind.field(COLUMN, false)]));
    let stream = NpyStream { place, elements, schema: schema.clone(), context: *context };
    Ok(TableStream::new(schema, Vec::new(), stream))
}

/// The type of a row; `None` for an array without axes, or whose row is too large for a column.
fn column_type(elements: &ArrayElements<Input<'_>>) -> Option<ColumnType> {
    let (_, cell) = elements.shape().split_first()?;
    let dtype = elements.dtype();
    if !cell.is_empty() {
        let width = cell.iter().try_fold(1usize, |width, &dim| width.checked_mul(dim))?;
        let parts = if dtype.is_complex() { 2 } else { 1 };
        i32::try_from(width.checked_mul(parts)?).ok()?;
        return Some(ColumnType::Tensor(TensorType { shape: Shape::new(cell), dtype }));
    }
    match dtype {
        DType::Bool => Some(ColumnType::Bool),
        DType::I64 => Some(ColumnType::Int),
        DType::F32 => Some(ColumnType::Real),
        DType::F64 => Some(ColumnType::Float),
        DType::C64 | DType::C128 => None,
    }
}

struct NpyStream<'a> {
    place: String,
    elements: ArrayElements<Input<'a>>,
    schema: SchemaRef,
    context: ReadContext<'a>,
}

impl BatchSource for NpyStream<'_> {
    fn next_batch(&mut self) -> Result<Option<ChargedBatch>> {
        let a_row = self.elements.row_len().saturating_mul(self.elements.dtype().size());
        let rows = (BATCH_BYTES / a_row.max(1)).clamp(1, BATCH_ROWS);
        let Some(tensor) = self.elements.rows(rows, OPERATION, &self.context)? else { return Ok(None) };
        // A tensor is charged by itself; Booleans are copied.
        let copied = if tensor.dtype() == DType::Bool { tensor.len() / 8 } else { 0 };
        let memory = self.context.pool.reserve(OPERATION, copied)?;
        let damaged = || ReadError::bad_format(format!("{}: a row is too large", self.place));
        let (_, array) = tensor_to_column(&tensor).ok_or_else(damaged)?;
        let batch = RecordBatch::try_new(self.schema.clone(), vec![array])
            .map_err(|error| ReadError::bad_format(format!("{}: {error}", self.place)))?;
        Ok(Some(ChargedBatch { batch, memory }))
    }
}
