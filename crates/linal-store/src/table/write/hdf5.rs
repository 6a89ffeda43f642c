//! Writes columns as the datasets of an HDF5 file.

use std::io;

use arrow::array::RecordBatch;
use arrow::datatypes::{Field, SchemaRef};
use hdf5_pure::{Datatype, EnumTypeBuilder, Error, FileBuilder};
use linal_tensor::{Complex32, Complex64, DType, FromData, Tensor};

use super::arrays;
use super::atomic_file::{AtomicFile, write_error};
use crate::error::{ReadError, Result};

/// Writes a dataset for each column, under its name: rows along the first axis, then the axes of a cell. Booleans
/// are the enumeration that h5py writes, complex numbers a compound of two floats.
///
/// # Errors
/// A column without numbers, or with NULL; a name that a dataset cannot have; a file that cannot be written.
pub(super) fn write(
    place: &str,
    schema: &SchemaRef,
    batches: &[RecordBatch],
    mut target: AtomicFile,
) -> Result<()> {
    let mut file = FileBuilder::new();
    for (at, field) in schema.fields().iter().enumerate() {
        dataset(place, field, at, batches, &mut file)?;
    }
    match file.finish_to(target.out()) {
        Ok(()) => target.finish(),
        Err(Error::Io(error)) => Err(write_error(place, &error)),
        Err(error) => Err(ReadError::unsupported(format!("{place} cannot be written: {error}"))),
    }
}

fn dataset(
    place: &str,
    field: &Field,
    at: usize,
    batches: &[RecordBatch],
    file: &mut FileBuilder,
) -> Result<()> {
    let name = field.name();
    if name.is_empty() || name.contains('/') || name == "." {
        return Err(ReadError::unsupported(format!("{place}: no dataset of HDF5 can be called `{name}`")));
    }
    let (dtype, cell) = arrays::cell_of(place, field)?;
    let columns: Vec<Tensor> =
        batches.iter().map(|batch| arrays::tensor(place, field, batch, at)).collect::<Result<_>>()?;
    let rows: usize = batches.iter().map(RecordBatch::num_rows).sum();
    let shape: Vec<u64> = std::iter::once(rows).chain(cell).map(|dim| dim as u64).collect();
    let dataset = file.create_dataset(name);
    match dtype {
        DType::F64 => dataset.with_f64_data(&elements(&columns)),
        DType::F32 => dataset.with_f32_data(&elements(&columns)),
        DType::I64 => dataset.with_i64_data(&elements(&columns)),
        DType::Bool => {
            let bytes: Vec<u8> = elements::<bool>(&columns).into_iter().map(u8::from).collect();
            dataset.with_enum_u8_data(booleans(place)?, &bytes)
        }
        DType::C64 => dataset.with_complex32_data(&pairs::<Complex32, f32>(&columns, |z| (z.re, z.im))),
        DType::C128 => dataset.with_complex64_data(&pairs::<Complex64, f64>(&columns, |z| (z.re, z.im))),
    };
    dataset.with_shape(&shape);
    Ok(())
}

fn elements<T: FromData>(columns: &[Tensor]) -> Vec<T> {
    columns.iter().flat_map(|column| column.to_vec::<T>()).collect()
}

fn pairs<T: FromData, P>(columns: &[Tensor], parts: impl Fn(T) -> (P, P)) -> Vec<(P, P)> {
    elements::<T>(columns).into_iter().map(parts).collect()
}

/// The type of Booleans.
fn booleans(place: &str) -> Result<Datatype> {
    let built = EnumTypeBuilder::u8_based().u8_value("FALSE", 0).u8_value("TRUE", 1).build();
    built.map_err(|error| write_error(place, &io::Error::other(error.to_string())))
}
