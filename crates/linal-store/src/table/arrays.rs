//! Reads arrays of NumPy, HDF5 and Zarr as tables. The first axis becomes the rows.

use std::path::Path;
use std::sync::Arc;

use arrow::array::{RecordBatch, RecordBatchOptions};
use arrow::datatypes::Schema;
use linal_error::{Code, suggest};
use linal_tensor::{Shape, Tensor};

use super::input::Input;
use super::{OPERATION, Table, TableOptions, names};
use crate::column::tensor_to_column;
use crate::error::{ReadError, Result};
use crate::progress::ReadContext;
use crate::source::quoted;
use crate::{hdf5, npz, zarr};

/// Reads an array as the column `value`.
pub(super) fn read_npy(path: &Path, options: &TableOptions, context: &ReadContext) -> Result<Table> {
    let place = quoted(&path.display().to_string());
    let tensor = match super::format::Compression::from_path(path) {
        super::format::Compression::None => crate::npy::read_npy(path, context)?,
        _ => {
            let mut input = Input::open(path, context)?;
            let limits = crate::npy::StreamLength::AtMost(u64::MAX);
            crate::npy::read_array(&place, &mut input.text, &limits, OPERATION, context)?
        }
    };
    one_array(place, tensor, options, context)
}

/// A table with the column `value`.
fn one_array(place: String, tensor: Tensor, options: &TableOptions, context: &ReadContext) -> Result<Table> {
    let bundle = Bundle { place, names: vec!["value".into()], notices: Vec::new() };
    let mut table = bundle.table(options, context, |_| Ok(tensor.clone()))?;
    table.tensors.clear();
    Ok(table)
}

/// Reads the arrays of a store as columns, or an array at its root as the column `value`.
pub(super) fn read_zarr(path: &Path, options: &TableOptions, context: &ReadContext) -> Result<Table> {
    let place = quoted(&path.display().to_string());
    let names = zarr::zarr_arrays(path)?;
    if names == [""] {
        return one_array(place, zarr::read_zarr(path, "", context)?, options, context);
    }
    let bundle = Bundle { place, names, notices: Vec::new() };
    bundle.table(options, context, |name| zarr::read_zarr(path, name, context))
}

/// Reads the arrays of an archive as columns.
pub(super) fn read_npz(path: &Path, options: &TableOptions, context: &ReadContext) -> Result<Table> {
    let place = quoted(&path.display().to_string());
    let bundle = Bundle { place, names: npz::npz_names(path)?, notices: Vec::new() };
    bundle.table(options, context, |name| npz::read_npz(path, name, context))
}

/// Reads the datasets of a file as columns.
pub(super) fn read_hdf5(path: &Path, options: &TableOptions, context: &ReadContext) -> Result<Table> {
    let place = quoted(&path.display().to_string());
    let bundle = Bundle { place, names: hdf5::hdf5_datasets(path)?, notices: Vec::new() };
    bundle.table(options, context, |name| hdf5::read_hdf5(path, name, context))
}

/// A file of named arrays.
struct Bundle {
    place: String,
    names: Vec<String>,
    notices: Vec<String>,
}

impl Bundle {
    fn table(
        mut self,
        options: &TableOptions,
        context: &ReadContext,
        read: impl Fn(&str) -> Result<Tensor>,
    ) -> Result<Table> {
        let plain: Vec<String> =
            self.names.iter().map(|name| name.trim_matches('/').replace('/', "_")).collect();
        let plain = names::distinct(&self.place, plain, &mut self.notices);
        let places = self.select(&plain, options)?;
        let strict = options.fields.is_some();
        let mut arrays = Vec::new();
        let (mut unread, mut nowhere) = (Vec::new(), Vec::new());
        for at in places {
            let name = &self.names[at];
            match read(name) {
                Ok(tensor) => arrays.push((plain[at].clone(), name.clone(), tensor)),
                Err(error) if strict => return Err(error),
                Err(error) if matches!(error.code(), Code::Unsupported | Code::NotNumeric) => {
                    unread.push(name.clone())
                }
                // A link may lead to a file or to an array that is not there.
                Err(error) if matches!(error.code(), Code::FileNotFound | Code::NameNotFound) => {
                    nowhere.push(name.clone())
                }
                Err(error) => return Err(error),
            }
        }
        for (names, reason) in [(unread, "no numbers are there"), (nowhere, "a link leads nowhere")] {
            if !names.is_empty() {
                self.notices.push(format!("{}: {} left out, for {reason}", self.place, were(&names)));
            }
        }
        self.assemble(arrays, strict, context)
    }

    /// Indices of the requested fields: by their path in the file, or with `_` instead of `/`.
    fn select(&self, plain: &[String], options: &TableOptions) -> Result<Vec<usize>> {
        let Some(fields) = options.fields.as_deref() else { return Ok((0..plain.len()).collect()) };
        let known: Vec<String> = fields
            .iter()
            .map(|field| match names::find(&self.names, field.trim_matches('/')) {
                Some(at) => plain[at].clone(),
                None => field.clone(),
            })
            .collect();
        match known.iter().find(|field| names::find(plain, field).is_none()) {
            Some(field) => Err(names::missing(&self.place, "array", field, &self.names)),
            None => names::select(&self.place, plain, Some(&known)),
        }
    }

    /// Arrays with as many rows as the first become columns; all become tensors.
    fn assemble(
        mut self,
        arrays: Vec<(String, String, Tensor)>,
        strict: bool,
        context: &ReadContext,
    ) -> Result<Table> {
        // A file of scalars only is a table of one row.
        let scalars = arrays.iter().all(|(_, _, tensor)| tensor.shape().rank() == 0);
        let rows_of = |tensor: &Tensor| match tensor.shape().dims().first() {
            Some(&rows) => Some(rows),
            None => scalars.then_some(1),
        };
        let first = arrays.iter().find_map(|(_, name, tensor)| Some((name.clone(), rows_of(tensor)?)));
        let Some((first, rows)) = first else {
            return Err(ReadError::unsupported(format!("{} has no array of numbers", self.place)));
        };
        let mut memory = context.pool.reserve(OPERATION, 0)?;
        let (mut fields, mut columns, mut others) = (Vec::new(), Vec::new(), Vec::new());
        for (plain, name, tensor) in &arrays {
            if rows_of(tensor) != Some(rows) {
                others.push((name.clone(), tensor.shape().clone()));
                continue;
            }
            let (kind, array) = self.column(name, rows, tensor, context)?;
            // Booleans are copied, all other arrays share the memory of the tensor.
            memory.grow(
                OPERATION,
                if tensor.dtype() == linal_tensor::DType::Bool { tensor.len() / 8 } else { 0 },
            )?;
            fields.push(kind.field(plain, false));
            columns.push(array);
        }
        self.report(&first, rows, &others, strict)?;
        let schema = Arc::new(Schema::new(fields));
        let options = RecordBatchOptions::new().with_row_count(Some(rows));
        let batch = RecordBatch::try_new_with_options(schema.clone(), columns, &options)
            .map_err(|error| ReadError::bad_format(format!("{}: {error}", self.place)))?;
        let tensors = arrays.into_iter().map(|(plain, _, tensor)| (plain, tensor)).collect();
        Ok(Table { schema, batches: vec![batch], notices: self.notices, tensors, memory })
    }

    /// Reports the arrays that are no columns; fails when they were requested.
    fn report(&mut self, first: &str, rows: usize, others: &[(String, Shape)], strict: bool) -> Result<()> {
        let place = &self.place;
        let listed: Vec<String> = others.iter().map(|(name, shape)| format!("{name} {shape}")).collect();
        if listed.is_empty() {
            return Ok(());
        }
        if strict {
            return Err(ReadError::bad_format(format!(
                "{place}: FIELDS differ in their number of rows: `{first}` has {rows}, unlike {}",
                suggest::list(&listed)
            )));
        }
        self.notices.push(format!("{place}: {} left out, for `{first}` has {rows} rows", were(&listed)));
        Ok(())
    }

    fn column(
        &self,
        name: &str,
        rows: usize,
        tensor: &Tensor,
        context: &ReadContext,
    ) -> Result<(crate::ColumnType, arrow::array::ArrayRef)> {
        let mut dims = tensor.shape().dims().to_vec();
        if dims.is_empty() {
            dims.push(rows);
        }
        let shaped = tensor.reshape(&Shape::from(dims.as_slice()));
        let shaped = shaped.unwrap_or_else(|| tensor.clone());
        let shaped = if shaped.layout().is_contiguous() {
            shaped
        } else {
            linal_tensor::dispatch!(shaped.dtype(), T => {
                Tensor::from_vec_in(shaped.to_vec::<T>(), shaped.shape().clone(), context.pool, OPERATION)?
            })
        };
        tensor_to_column(&shaped).ok_or_else(|| {
            ReadError::unsupported(format!(
                "{}, array `{name}`: a row of {} is too large",
                self.place,
                tensor.shape()
            ))
        })
    }
}

fn were(names: &[String]) -> String {
    let verb = if names.len() == 1 { "was" } else { "were" };
    format!("{} {verb}", suggest::list(names))
}
