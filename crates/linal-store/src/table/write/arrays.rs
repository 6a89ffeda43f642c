//! Writes columns as NumPy arrays.

use std::io::{self, Write};

use arrow::array::RecordBatch;
use arrow::datatypes::{Field, Schema, SchemaRef};
use linal_tensor::{DType, Tensor, uninit};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use super::atomic_file::{AtomicFile, write_error};
use crate::column::{ColumnType, NotTensor, column_to_tensor};
use crate::error::{ReadError, Result};

/// Number of elements interleaved at a time, when several columns become a matrix.
const BLOCK: usize = 1 << 16;

/// Writes one column as an array, several of one numeric type as a matrix.
pub(super) fn write_npy(
    place: &str,
    schema: &SchemaRef,
    batches: &[RecordBatch],
    mut target: AtomicFile,
) -> Result<()> {
    let rows: usize = batches.iter().map(RecordBatch::num_rows).sum();
    let (dtype, cell) = shape_of(place, schema)?;
    let written = match schema.fields().len() {
        1 => {
            header(dtype, rows, &cell, target.out()).map_err(|error| write_error(place, &error))?;
            return column(place, schema.field(0), 0, batches, target.out()).and_then(|()| target.finish());
        }
        columns => header(dtype, rows, &[columns], target.out()),
    };
    written.map_err(|error| write_error(place, &error))?;
    for batch in batches {
        matrix(place, schema, batch, dtype, target.out())?;
    }
    target.finish()
}

/// Writes each column as an array of an archive.
pub(super) fn write_npz(
    place: &str,
    schema: &SchemaRef,
    batches: &[RecordBatch],
    mut target: AtomicFile,
) -> Result<()> {
    let rows: usize = batches.iter().map(RecordBatch::num_rows).sum();
    let failed = |error: io::Error| write_error(place, &error);
    let file = target.plain().map_err(failed)?;
    let mut archive = ZipWriter::new(io::BufWriter::new(file));
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Stored).large_file(true);
    for (at, field) in schema.fields().iter().enumerate() {
        let (dtype, cell) = cell_of(place, field)?;
        archive.start_file(format!("{}.npy", field.name()), options).map_err(|error| failed(error.into()))?;
        header(dtype, rows, &cell, &mut archive).map_err(failed)?;
        column(place, field, at, batches, &mut archive)?;
    }
    let file = archive.finish().map_err(|error| failed(error.into()))?;
    file.into_inner().map_err(|error| failed(error.into_error()))?.sync_all().map_err(failed)?;
    target.finish()
}

/// Dtype and shape of a row of all columns.
fn shape_of(place: &str, schema: &Schema) -> Result<(DType, Vec<usize>)> {
    let Some(first) = schema.fields().first() else {
        return Err(ReadError::unsupported(format!("{place}: a table without columns is no array")));
    };
    let (dtype, cell) = cell_of(place, first)?;
    for field in schema.fields().iter().skip(1) {
        if cell_of(place, field)? != (dtype, Vec::new()) || !cell.is_empty() {
            let message = format!(
                "{place}: an npy file is one array, and the columns `{}` and `{}` are of different types",
                first.name(),
                field.name()
            );
            return Err(ReadError::unsupported(message).with_help(Some("npz keeps an array a column".into())));
        }
    }
    Ok((dtype, cell))
}

/// Dtype and shape of a cell.
pub(super) fn cell_of(place: &str, field: &Field) -> Result<(DType, Vec<usize>)> {
    match ColumnType::of(field) {
        ColumnType::Bool => Ok((DType::Bool, Vec::new())),
        ColumnType::Int => Ok((DType::I64, Vec::new())),
        ColumnType::Float => Ok((DType::F64, Vec::new())),
        ColumnType::Real => Ok((DType::F32, Vec::new())),
        ColumnType::Tensor(tensor) => Ok((tensor.dtype, tensor.shape.dims().to_vec())),
        other => Err(ReadError::not_numeric(format!(
            "{place}: column `{}` is {other}, and an array holds numbers",
            field.name()
        ))),
    }
}

/// Writes the header of an array, padded so that the elements are aligned to 64 bytes.
fn header(dtype: DType, rows: usize, cell: &[usize], out: &mut (impl Write + ?Sized)) -> io::Result<()> {
    let descr = match dtype {
        DType::Bool => "|b1",
        DType::I64 => "<i8",
        DType::F32 => "<f4",
        DType::F64 => "<f8",
        DType::C64 => "<c8",
        DType::C128 => "<c16",
    };
    let dims: String = std::iter::once(&rows).chain(cell).map(|dim| format!("{dim}, ")).collect();
    let dims = if cell.is_empty() { format!("{rows},") } else { dims.trim_end_matches(", ").to_string() };
    let mut text = format!("{{'descr': '{descr}', 'fortran_order': False, 'shape': ({dims}), }}");
    // Version 2 has four bytes for the length: a cell may have many axes.
    let start = 12;
    while (start + text.len() + 1) % 64 != 0 {
        text.push(' ');
    }
    text.push('\n');
    out.write_all(b"\x93NUMPY\x02\x00")?;
    out.write_all(&u32::try_from(text.len()).unwrap_or(u32::MAX).to_le_bytes())?;
    out.write_all(text.as_bytes())
}

/// Writes the elements of a column.
fn column(
    place: &str,
    field: &Field,
    at: usize,
    batches: &[RecordBatch],
    out: &mut (impl Write + ?Sized),
) -> Result<()> {
    for batch in batches {
        let tensor = tensor(place, field, batch, at)?;
        linal_tensor::dispatch!(tensor.dtype(), T => {
            let written = match tensor.as_slice::<T>() {
                Some(elements) => out.write_all(uninit::bytes_of(elements)),
                None => out.write_all(uninit::bytes_of(&tensor.to_vec::<T>())),
            };
            written.map_err(|error| write_error(place, &error))?;
        });
    }
    Ok(())
}

/// Writes the rows of numeric columns of one dtype.
fn matrix(
    place: &str,
    schema: &Schema,
    batch: &RecordBatch,
    dtype: DType,
    out: &mut (impl Write + ?Sized),
) -> Result<()> {
    let columns: Vec<Tensor> = schema
        .fields()
        .iter()
        .enumerate()
        .map(|(at, field)| tensor(place, field, batch, at))
        .collect::<Result<_>>()?;
    linal_tensor::dispatch!(dtype, T => {
        let columns: Vec<Vec<T>> = columns.iter().map(|tensor| tensor.to_vec::<T>()).collect();
        let mut block: Vec<T> = Vec::with_capacity(BLOCK);
        for row in 0..batch.num_rows() {
            block.extend(columns.iter().map(|column| column[row]));
            if block.len() >= BLOCK || row + 1 == batch.num_rows() {
                out.write_all(uninit::bytes_of(&block)).map_err(|error| write_error(place, &error))?;
                block.clear();
            }
        }
    });
    Ok(())
}

/// The column of a batch as a tensor.
///
/// # Errors
/// A column without numbers, or with NULL.
pub(super) fn tensor(place: &str, field: &Field, batch: &RecordBatch, at: usize) -> Result<Tensor> {
    column_to_tensor(field, batch.column(at).as_ref()).map_err(|why| {
        let name = field.name();
        ReadError::not_numeric(match why {
            NotTensor::Nulls(count) => {
                format!("{place}: column `{name}` has {count} NULL, which an array cannot hold")
            }
            NotTensor::Type(kind) => {
                format!("{place}: column `{name}` is {kind}, and an array holds numbers")
            }
            NotTensor::Layout(what) => format!("{place}: column `{name}` has {what}"),
        })
    })
}
