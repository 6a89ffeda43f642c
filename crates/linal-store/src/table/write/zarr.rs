//! Writes columns as the arrays of a Zarr store.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use arrow::array::RecordBatch;
use arrow::datatypes::{Field, SchemaRef};
use linal_tensor::uninit;

use super::arrays;
use super::atomic_file::{temporary_name, write_error};
use crate::error::{ReadError, Result};
use crate::zarr::{ArrayWriter, is_zarr, write_group};

/// The column that is written as an array without a group, as it is read.
const ONE_ARRAY: &str = "value";

/// A folder under a temporary name. Dropping it removes the folder.
pub(super) struct ZarrTarget {
    place: String,
    path: PathBuf,
    temporary: PathBuf,
}

impl ZarrTarget {
    /// Creates a temporary folder beside the target, which may be a Zarr store, an empty folder or nothing.
    pub(super) fn create(place: &str, path: &Path) -> Result<ZarrTarget> {
        let failed = |error: io::Error| write_error(place, &error);
        let is_ours = !path.exists() || is_zarr(path) || is_empty_folder(path);
        if !is_ours {
            return Err(ReadError::io(format!("{place} is there already, and is no Zarr store to replace")));
        }
        let temporary = temporary_name(path);
        fs::create_dir(&temporary).map_err(failed)?;
        Ok(ZarrTarget { place: place.to_string(), path: path.to_path_buf(), temporary })
    }

    /// Writes all columns, and gives the folder its name.
    ///
    /// # Errors
    /// A column without numbers, or with NULL; a name that no folder has; a file that cannot be written.
    pub(super) fn write(self, schema: &SchemaRef, batches: &[RecordBatch]) -> Result<()> {
        let failed = |error: io::Error| write_error(&self.place, &error);
        let names: Vec<&str> = schema.fields().iter().map(|field| field.name().as_str()).collect();
        if names == [ONE_ARRAY] {
            self.column(schema.field(0), 0, batches, &self.temporary)?;
        } else {
            write_group(&self.temporary, &names).map_err(failed)?;
            for (at, field) in schema.fields().iter().enumerate() {
                let folder = self.temporary.join(self.folder_name(field)?);
                self.column(field, at, batches, &folder)?;
            }
        }
        self.publish().map_err(failed)
    }

    fn folder_name<'f>(&self, field: &'f Field) -> Result<&'f str> {
        let name = field.name();
        // The specification reserves names with a leading `__`, and names of dots alone.
        let is_reserved = name.starts_with("__") || name.chars().all(|c| c == '.') || name == "zarr.json";
        if is_reserved || name.contains(['/', '\\', '\0']) {
            return Err(ReadError::unsupported(format!(
                "{}: no array of Zarr can be called `{name}`",
                self.place
            )));
        }
        Ok(name)
    }

    fn column(&self, field: &Field, at: usize, batches: &[RecordBatch], folder: &Path) -> Result<()> {
        let failed = |error: io::Error| write_error(&self.place, &error);
        let (dtype, cell) = arrays::cell_of(&self.place, field)?;
        let rows = batches.iter().map(RecordBatch::num_rows).sum();
        let mut array = ArrayWriter::create(folder, dtype, rows, &cell).map_err(failed)?;
        for batch in batches {
            let tensor = arrays::tensor(&self.place, field, batch, at)?;
            linal_tensor::dispatch!(tensor.dtype(), T => {
                let written = match tensor.as_slice::<T>() {
                    Some(elements) => array.push(uninit::bytes_of(elements)),
                    None => array.push(uninit::bytes_of(&tensor.to_vec::<T>())),
                };
                written.map_err(failed)?;
            });
        }
        array.finish().map_err(failed)
    }

    /// Renames the folder. One that it replaces is moved away first, since no folder is renamed to one with
    /// files: for that moment neither has the name.
    fn publish(&self) -> io::Result<()> {
        if !self.path.exists() {
            return fs::rename(&self.temporary, &self.path);
        }
        let old = temporary_name(&self.path);
        fs::rename(&self.path, &old)?;
        if let Err(error) = fs::rename(&self.temporary, &self.path) {
            // Back to what it was; the first error tells the reason.
            let _ = fs::rename(&old, &self.path);
            return Err(error);
        }
        fs::remove_dir_all(&old)
    }
}

impl Drop for ZarrTarget {
    fn drop(&mut self) {
        // After the rename no folder has this name, and after a failure a second one cannot be reported.
        let _ = fs::remove_dir_all(&self.temporary);
    }
}

fn is_empty_folder(path: &Path) -> bool {
    fs::read_dir(path).is_ok_and(|mut entries| entries.next().is_none())
}
