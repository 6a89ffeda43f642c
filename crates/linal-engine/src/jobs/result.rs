//! Results of jobs as Arrow IPC files: rows as they are, tensors as a column of their elements, and texts. What kind
//! of result it is stands in the metadata of the schema.

use std::collections::HashMap;
use std::fs::File;
use std::io::{BufReader, BufWriter};
use std::path::Path;
use std::sync::Arc;

use arrow::array::{RecordBatch, RecordBatchOptions};
use arrow::datatypes::{Field, Schema};
use arrow::ipc::reader::FileReader;
use arrow::ipc::writer::FileWriter;
use linal_dataset::{Error, Result, RowSet, arrow_error};
use linal_error::Code;
use linal_store::{column_to_tensor, tensor_to_column};
use linal_tensor::{Complex32, Complex64, DType, Shape, Tensor};

use crate::outcome::{Definition, Outcome};

const KIND: &str = "linal:result";
const NAME: &str = "linal:name";
const SHAPE: &str = "linal:shape";
const DTYPE: &str = "linal:dtype";
const TEXT: &str = "linal:text";
const NOTICES: &str = "linal:notices";

/// Writes a result; returns its rows, if it is a table.
///
/// # Errors
/// A file that cannot be written.
pub(super) fn write_result(path: &Path, outcome: &Outcome) -> Result<Option<u64>> {
    match outcome {
        Outcome::Rows(rows) => {
            let mut metadata = rows.schema.metadata().clone();
            metadata.insert(KIND.to_owned(), "rows".to_owned());
            metadata.insert(NOTICES.to_owned(), list(&rows.notices));
            let schema = Schema::new_with_metadata(rows.schema.fields().clone(), metadata);
            write(path, &schema, &rows.batches)?;
            Ok(Some(rows.num_rows() as u64))
        }
        Outcome::Tensor { name, tensor } => write_tensor(path, name, tensor).map(|()| None),
        Outcome::Defined(defined) => {
            let shape = numbers(defined.shape.dims());
            let entries =
                [(KIND, "defined"), (NAME, &defined.name), (SHAPE, &shape), (DTYPE, defined.dtype.name())];
            write(path, &described(&entries, Vec::new()), &[]).map(|()| None)
        }
        Outcome::Text(text) => {
            write(path, &described(&[(KIND, "text"), (TEXT, text)], Vec::new()), &[]).map(|()| None)
        }
        Outcome::Done(text) => {
            write(path, &described(&[(KIND, "message"), (TEXT, text)], Vec::new()), &[]).map(|()| None)
        }
    }
}

/// The elements of a tensor as a column of numbers, in row-major order.
fn write_tensor(path: &Path, name: &str, tensor: &Tensor) -> Result<()> {
    let flat = match tensor.reshape(&Shape::new(&[tensor.len()])).filter(|flat| flat.layout().is_contiguous())
    {
        Some(flat) => flat,
        None => copied(tensor)?,
    };
    let (kind, column) = tensor_to_column(&flat).ok_or_else(unreadable)?;
    let shape = numbers(tensor.shape().dims());
    let field = kind_field(&kind, column.data_type().clone());
    let entries = [(KIND, "tensor"), (NAME, name), (SHAPE, &shape), (DTYPE, tensor.dtype().name())];
    let schema = described(&entries, vec![field]);
    let batch = RecordBatch::try_new(Arc::new(schema.clone()), vec![column]).map_err(arrow_error)?;
    write(path, &schema, &[batch])
}

/// The elements of a view in logical order, as a vector.
fn copied(tensor: &Tensor) -> Result<Tensor> {
    let length = Shape::new(&[tensor.len()]);
    let vector = match tensor.dtype() {
        DType::Bool => Tensor::from_vec(tensor.to_vec::<bool>(), length),
        DType::I64 => Tensor::from_vec(tensor.to_vec::<i64>(), length),
        DType::F32 => Tensor::from_vec(tensor.to_vec::<f32>(), length),
        DType::F64 => Tensor::from_vec(tensor.to_vec::<f64>(), length),
        DType::C64 => Tensor::from_vec(tensor.to_vec::<Complex32>(), length),
        DType::C128 => Tensor::from_vec(tensor.to_vec::<Complex64>(), length),
    };
    vector.map_err(Error::from)
}

fn kind_field(kind: &linal_store::ColumnType, data_type: arrow::datatypes::DataType) -> Field {
    match kind {
        linal_store::ColumnType::Tensor(tensor) => tensor.field("value", false),
        _ => Field::new("value", data_type, false),
    }
}

fn described(entries: &[(&str, &str)], fields: Vec<Field>) -> Schema {
    let metadata: HashMap<String, String> =
        entries.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
    Schema::new_with_metadata(fields, metadata)
}

fn write(path: &Path, schema: &Schema, batches: &[RecordBatch]) -> Result<()> {
    let io = |error: std::io::Error| Error::new(Code::Io, format!("the result cannot be kept: {error}"));
    let file = BufWriter::new(File::create(path).map_err(io)?);
    let mut writer = FileWriter::try_new(file, schema).map_err(arrow_error)?;
    for batch in batches {
        writer.write(batch).map_err(arrow_error)?;
    }
    writer.finish().map_err(arrow_error)?;
    writer.into_inner().map_err(arrow_error)?.into_inner().map_err(|error| io(error.into_error())).map(drop)
}

/// Reads a result that [`run_job`](super::run_job) has kept.
///
/// # Errors
/// A file that is damaged.
pub fn read_result(file: File) -> Result<Outcome> {
    let reader = FileReader::try_new_buffered(file, None).map_err(|_| unreadable())?;
    let schema = reader.schema();
    let entry = |key: &str| schema.metadata().get(key).cloned().unwrap_or_default();
    match entry(KIND).as_str() {
        "rows" => {
            let mut metadata = schema.metadata().clone();
            let notices = metadata.remove(NOTICES).unwrap_or_default();
            metadata.remove(KIND);
            let schema = Arc::new(Schema::new_with_metadata(schema.fields().clone(), metadata));
            let batches = batches(reader, &schema)?;
            let notices = serde_json::from_str(&notices).unwrap_or_default();
            Ok(Outcome::Rows(RowSet { schema, batches, notices }))
        }
        "tensor" => {
            let (name, shape) = (entry(NAME), shape_of(&entry(SHAPE))?);
            let field = schema.fields().first().cloned().ok_or_else(unreadable)?;
            let batches = batches(reader, &schema)?;
            let column = batches.first().and_then(|batch| batch.columns().first()).ok_or_else(unreadable)?;
            let flat = column_to_tensor(&field, column.as_ref()).map_err(|_| unreadable())?;
            let tensor = flat.reshape(&shape).ok_or_else(unreadable)?;
            Ok(Outcome::Tensor { name, tensor: Box::new(tensor) })
        }
        "defined" => {
            let name = entry(NAME);
            let dtype = entry(DTYPE).parse::<DType>().map_err(|_| unreadable())?;
            let (shape, name) = (shape_of(&entry(SHAPE))?, name.into());
            Ok(Outcome::Defined(Arc::new(Definition { name, shape, dtype, lazy: false })))
        }
        "text" => Ok(Outcome::Text(entry(TEXT))),
        "message" => Ok(Outcome::Done(entry(TEXT))),
        _ => Err(unreadable()),
    }
}

fn batches(
    reader: FileReader<BufReader<File>>,
    schema: &arrow::datatypes::SchemaRef,
) -> Result<Vec<RecordBatch>> {
    let with_schema = |batch: RecordBatch| {
        let options = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
        RecordBatch::try_new_with_options(schema.clone(), batch.columns().to_vec(), &options)
    };
    reader.map(|batch| batch.and_then(with_schema).map_err(|_| unreadable())).collect()
}

fn numbers(dims: &[usize]) -> String {
    serde_json::to_string(dims).unwrap_or_default()
}

fn list(texts: &[String]) -> String {
    serde_json::to_string(texts).unwrap_or_default()
}

fn shape_of(text: &str) -> Result<Shape> {
    let dims: Vec<usize> = serde_json::from_str(text).map_err(|_| unreadable())?;
    Ok(Shape::new(&dims))
}

fn unreadable() -> Error {
    Error::new(Code::DamagedDatabase, "the result of the job cannot be read")
}
