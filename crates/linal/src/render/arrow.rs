//! Arrow IPC: each result is a separate stream.
//!
//! | tensor | column |
//! | --- | --- |
//! | scalar, vector | a column of the dtype |
//! | matrix `[m, n]` | m rows of `FixedSizeList(n)` |
//! | more axes | rows of the canonical extension type `arrow.fixed_shape_tensor` |
//! | complex | the same with a last axis of 2: real and imaginary part |
//!
//! The first axis becomes the rows. Contiguous elements are not copied, except for Booleans, which Arrow
//! packs into bits. The field metadata has the dtype under `linal:dtype`.

use std::collections::HashMap;
use std::io::{self, Write};
use std::sync::Arc;

use arrow::array::{
    ArrayRef, ArrowPrimitiveType, AsArray, BooleanArray, FixedSizeListArray, PrimitiveArray, RecordBatch,
    RecordBatchOptions, StringArray,
};
use arrow::buffer::{Buffer, MutableBuffer, ScalarBuffer};
use arrow::datatypes::{DataType, Field, Float32Type, Float64Type, Int64Type, Schema, SchemaRef};
use arrow::error::ArrowError;
use arrow::ipc::writer::StreamWriter;
use linal_engine::Outcome;
use linal_tensor::{DType, Tensor, kernel};

use super::text;

/// Writes a stream with one column named after the tensor.
pub(super) fn tensor(name: &str, tensor: &Tensor, out: &mut dyn Write) -> io::Result<()> {
    let batch = tensor_batch(name, tensor).map_err(io_error)?;
    stream(&batch.schema(), &[batch], out).map_err(io_error)
}

/// The columns and rows of an outcome: those of a table, a tensor along its first axis, a text as one row. Other
/// outcomes have no columns.
///
/// # Errors
/// As [`tensor_batch`].
pub fn table(outcome: Option<Outcome>) -> Result<(SchemaRef, Vec<RecordBatch>), ArrowError> {
    match outcome {
        Some(Outcome::Rows(rows)) => Ok((rows.schema, rows.batches)),
        Some(Outcome::Tensor { name, tensor }) => {
            let batch = tensor_batch(&name, &tensor)?;
            Ok((batch.schema(), vec![batch]))
        }
        Some(Outcome::Text(text)) => {
            let column: ArrayRef = Arc::new(StringArray::from(vec![text]));
            let batch = RecordBatch::try_from_iter([("text", column)])?;
            Ok((batch.schema(), vec![batch]))
        }
        _ => Ok((Arc::new(Schema::empty()), Vec::new())),
    }
}

/// Whether an outcome has columns.
pub fn has_columns(outcome: &Outcome) -> bool {
    matches!(outcome, Outcome::Rows(_) | Outcome::Tensor { .. } | Outcome::Text(_))
}

/// A tensor as rows along its first axis, with one column named after it.
///
/// # Errors
/// Rows of more elements than Arrow can count.
pub fn tensor_batch(name: &str, tensor: &Tensor) -> Result<RecordBatch, ArrowError> {
    let mut dims = tensor.shape().dims().to_vec();
    let rows = if dims.is_empty() { 1 } else { dims.remove(0) };
    if tensor.dtype().is_complex() {
        dims.push(2);
    }
    let column = listed(elements(tensor), rows, &dims)?;
    let mut metadata = HashMap::from([("linal:dtype".to_owned(), tensor.dtype().name().to_owned())]);
    if dims.len() > 1 {
        let sizes = dims.iter().map(usize::to_string).collect::<Vec<_>>().join(",");
        metadata.insert("ARROW:extension:name".to_owned(), "arrow.fixed_shape_tensor".to_owned());
        metadata.insert("ARROW:extension:metadata".to_owned(), format!("{{\"shape\":[{sizes}]}}"));
    }
    let field = Field::new(text::one_line(name), column.data_type().clone(), false).with_metadata(metadata);
    let schema = Arc::new(Schema::new(vec![field]));
    RecordBatch::try_new(schema, vec![column])
}

/// The rows without the parts of shared buffers of texts that none of them uses: a batch of a large dataset would be written
/// with the texts of all its rows.
pub(super) fn compact(batch: &RecordBatch) -> Result<RecordBatch, ArrowError> {
    let is_view = |field: &Arc<Field>| matches!(field.data_type(), DataType::Utf8View | DataType::BinaryView);
    if !batch.schema_ref().fields().iter().any(is_view) {
        return Ok(batch.clone());
    }
    let columns = batch.columns().iter().map(|column| match column.data_type() {
        DataType::Utf8View => Arc::new(column.as_string_view().gc()) as ArrayRef,
        DataType::BinaryView => Arc::new(column.as_binary_view().gc()),
        _ => column.clone(),
    });
    let options = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
    RecordBatch::try_new_with_options(batch.schema(), columns.collect(), &options)
}

fn stream(schema: &SchemaRef, batches: &[RecordBatch], out: &mut dyn Write) -> Result<(), ArrowError> {
    let mut writer = StreamWriter::try_new(out, schema)?;
    batches.iter().try_for_each(|batch| writer.write(batch))?;
    writer.finish()
}

/// The elements in logical order as one flat array; a complex number is two elements.
fn elements(tensor: &Tensor) -> ArrayRef {
    match tensor.dtype() {
        DType::Bool => Arc::new(BooleanArray::from(tensor.to_vec::<bool>())),
        DType::I64 => primitive::<Int64Type>(tensor),
        DType::F32 | DType::C64 => primitive::<Float32Type>(tensor),
        DType::F64 | DType::C128 => primitive::<Float64Type>(tensor),
    }
}

fn primitive<P: ArrowPrimitiveType>(tensor: &Tensor) -> ArrayRef {
    let buffer = contiguous(tensor);
    let len = buffer.len() / size_of::<P::Native>();
    Arc::new(PrimitiveArray::<P>::new(ScalarBuffer::new(buffer, 0, len), None))
}

/// The bytes of the elements in logical order, shared with the tensor where possible.
fn contiguous(tensor: &Tensor) -> Buffer {
    let size = tensor.dtype().size();
    let layout = tensor.layout();
    if tensor.is_empty() {
        return MutableBuffer::new(0).into();
    }
    if layout.is_contiguous() {
        return tensor.arrow_buffer().slice_with_length(layout.offset() * size, tensor.bytes());
    }
    linal_tensor::dispatch!(tensor.dtype(), T => {
        let values = kernel::copy::to_vec::<T>(&tensor.view());
        Buffer::from_slice_ref(linal_tensor::uninit::bytes_of(&values))
    })
}

/// Rows of `dims` elements each; single elements when there are no dims.
fn listed(flat: ArrayRef, rows: usize, dims: &[usize]) -> Result<ArrayRef, ArrowError> {
    if dims.is_empty() {
        return Ok(flat);
    }
    let size = i32::try_from(dims.iter().product::<usize>())
        .map_err(|_| ArrowError::InvalidArgumentError("a row of more than 2147483647 elements".to_owned()))?;
    let item = Arc::new(Field::new_list_field(flat.data_type().clone(), false));
    Ok(Arc::new(FixedSizeListArray::try_new_with_length(item, size, flat, None, rows)?))
}

/// The error of the writer itself, so that a closed pipe is recognised.
pub(super) fn io_error(error: ArrowError) -> io::Error {
    match error {
        ArrowError::IoError(_, error) => error,
        other => io::Error::other(other),
    }
}

#[cfg(test)]
mod tests {
    use super::super::Format;
    use super::super::rows::samples;
    use super::*;
    use arrow::array::{Array, AsArray};
    use arrow::datatypes::DataType;
    use arrow::ipc::reader::StreamReader;
    use linal_engine::{Cell, RowSet};
    use linal_store::ColumnType;
    use linal_tensor::{Complex64, Scalar};

    fn read(bytes: &[u8]) -> RecordBatch {
        StreamReader::try_new(bytes, None).unwrap().next().unwrap().unwrap()
    }

    fn check(tensor: &Tensor, rows: usize, kind: &DataType, shape: Option<&str>) -> ArrayRef {
        let mut out = Vec::new();
        super::tensor("t", tensor, &mut out).unwrap();
        let batch = read(&out);
        assert_eq!(batch.num_rows(), rows);
        let field = batch.schema().field(0).clone();
        assert_eq!((field.name().as_str(), field.data_type()), ("t", kind));
        assert_eq!(field.metadata()["linal:dtype"], tensor.dtype().name());
        assert_eq!(field.metadata().get("ARROW:extension:metadata").map(String::as_str), shape);
        batch.column(0).clone()
    }

    fn list(item: DataType, size: i32) -> DataType {
        DataType::FixedSizeList(Arc::new(Field::new_list_field(item, false)), size)
    }

    #[test]
    fn tensors_by_rank() {
        check(&Tensor::scalar(Scalar::Bool(true)), 1, &DataType::Boolean, None);
        let m = Tensor::from_vec((0..6).map(f64::from).collect(), [2, 3]).unwrap();
        check(&m, 2, &list(DataType::Float64, 3), None);
        let t = check(&m.transpose(), 3, &list(DataType::Float64, 2), None);
        let values = t.as_fixed_size_list().values().as_primitive::<Float64Type>().values().to_vec();
        assert_eq!(values, [0.0, 3.0, 1.0, 4.0, 2.0, 5.0]);
        let cube = Tensor::from_vec(vec![0f32; 12], [3, 2, 2]).unwrap();
        check(&cube, 3, &list(DataType::Float32, 4), Some("{\"shape\":[2,2]}"));
        let empty = Tensor::from_vec(Vec::<i64>::new(), [2, 0]).unwrap();
        check(&empty, 2, &list(DataType::Int64, 0), None);
    }

    #[test]
    fn complex_numbers_have_a_last_axis_of_two() {
        let z = Tensor::from_vec(vec![Complex64::new(1.0, 2.0), Complex64::new(3.0, 4.0)], [2]).unwrap();
        let column = check(&z, 2, &list(DataType::Float64, 2), None);
        let values = column.as_fixed_size_list().values().as_primitive::<Float64Type>().values().to_vec();
        assert_eq!(values, [1.0, 2.0, 3.0, 4.0]);
    }

    #[test]
    fn rows_keep_types_and_nulls() {
        let columns = [("s", ColumnType::String), ("n", ColumnType::Int)];
        let cells = [vec![Cell::String("a".into()), Cell::Null], vec![Cell::Null, Cell::Int(7)]];
        let mut out = Vec::new();
        samples::write(&RowSet::from_rows(&columns, &cells), Format::Arrow, &mut out);
        let batch = read(&out);
        assert_eq!(batch.column(1).as_primitive::<Int64Type>().value(1), 7);
        assert!(batch.column(0).is_null(1) && batch.column(1).is_null(0));
        let rows = samples::all_types();
        out.clear();
        samples::write(&rows, Format::Arrow, &mut out);
        let batch = read(&out);
        assert_eq!(batch, rows.batches[0]);
        assert_eq!(batch.schema().field(1).metadata()["ARROW:extension:metadata"], "{\"shape\":[2,2]}");
    }

    #[test]
    fn a_closed_pipe_is_known() {
        struct Closed;
        impl Write for Closed {
            fn write(&mut self, _: &[u8]) -> io::Result<usize> {
                Err(io::ErrorKind::BrokenPipe.into())
            }
            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        let error = super::tensor("t", &Tensor::scalar(Scalar::I64(1)), &mut Closed).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::BrokenPipe);
    }
}
