//! Values that a statement has computed and that memory has no room for until they are written to segments. They are in
//! files of the folder `spill`, which mean nothing to anybody else: they are not synced, no catalog names them, and those
//! that a killed process has left are removed by the next opening for writing.

use std::fmt;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use arrow::array::{ArrayRef, AsArray, RecordBatch, RecordBatchOptions};
use arrow::buffer::{Buffer, MutableBuffer};
use arrow::error::ArrowError;
use arrow::ipc::writer::{FileWriter, IpcWriteOptions};
use linal_error::Code;

use super::error::{Result, StoreError};
use super::segment::Files;
use super::store::Store;
use crate::file_layer::FileLayer;
use crate::table::read_mapped;

/// What the names of the files begin and end with.
const PREFIX: &str = "columns-";
const SUFFIX: &str = ".arrow";

/// Alignment of buffers in the files, in bytes.
const ALIGNMENT: usize = 64;

static NEXT: AtomicU64 = AtomicU64::new(0);

/// Rows of some columns in a file, which is removed with the last clone.
#[derive(Clone, Debug)]
pub struct SpilledRows(Arc<SpilledFile>);

struct SpilledFile {
    layer: Arc<dyn FileLayer>,
    path: PathBuf,
    rows: usize,
}

impl fmt::Debug for SpilledFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SpilledFile")
            .field("path", &self.path)
            .field("rows", &self.rows)
            .finish_non_exhaustive()
    }
}

impl Drop for SpilledFile {
    fn drop(&mut self) {
        // A file that cannot be removed is removed by the next opening.
        let _ = self.layer.remove(&self.path);
    }
}

impl Store {
    /// Writes rows to a file of the scratch space, to be read again while the process runs.
    ///
    /// # Errors
    /// `E0408 read_only`; a file that cannot be written.
    pub fn spill(&self, rows: &RecordBatch) -> Result<SpilledRows> {
        self.0.committer()?;
        let files = &self.0.files;
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let path = files.layout.spill().join(format!("{PREFIX}{number}{SUFFIX}"));
        let file = SpilledFile { layer: files.layer.clone(), path, rows: rows.num_rows() };
        match write(&file, rows) {
            Ok(()) => Ok(SpilledRows(Arc::new(file))),
            Err(error) => Err(StoreError::io(&file.path, "cannot be written", &error)),
        }
    }
}

fn write(file: &SpilledFile, rows: &RecordBatch) -> io::Result<()> {
    let failed = |error: ArrowError| match error {
        ArrowError::IoError(_, error) => error,
        error => io::Error::other(error),
    };
    // Views of texts refer to buffers with the texts of other rows, too.
    let columns = rows.columns().iter().map(|column| {
        match (column.as_string_view_opt(), column.as_binary_view_opt()) {
            (Some(texts), _) => Arc::new(texts.gc()) as ArrayRef,
            (_, Some(bytes)) => Arc::new(bytes.gc()),
            _ => column.clone(),
        }
    });
    let options = RecordBatchOptions::new().with_row_count(Some(rows.num_rows()));
    let rows =
        RecordBatch::try_new_with_options(rows.schema(), columns.collect(), &options).map_err(failed)?;
    let mut out = BufWriter::with_capacity(1 << 20, file.layer.create(&file.path)?);
    let options = IpcWriteOptions::try_new(ALIGNMENT, false, arrow::ipc::MetadataVersion::V5);
    let mut writer = FileWriter::try_new_with_options(&mut out, &rows.schema(), options.map_err(failed)?)
        .map_err(failed)?;
    writer.write(&rows).map_err(failed)?;
    writer.finish().map_err(failed)?;
    drop(writer);
    out.flush()
}

impl SpilledRows {
    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.0.rows
    }

    /// The columns, in the order in which they were written.
    ///
    /// # Errors
    /// A file that cannot be read.
    pub fn read(&self) -> Result<Vec<ArrayRef>> {
        let path = &self.0.path;
        let bytes = self.contents().map_err(|error| StoreError::io(path, "cannot be read", &error))?;
        let (_, batches) = read_mapped(&bytes).map_err(|error| StoreError::unreadable(path, &error))?;
        match <[RecordBatch; 1]>::try_from(batches) {
            Ok([batch]) if batch.num_rows() == self.0.rows => Ok(batch.columns().to_vec()),
            _ => Err(StoreError::new(Code::Io, format!("the file '{}' has other rows", path.display()))),
        }
    }

    fn contents(&self) -> io::Result<Buffer> {
        let reader = self.0.layer.open(&self.0.path)?;
        let size = usize::try_from(reader.size()?).map_err(io::Error::other)?;
        let mut bytes = MutableBuffer::from_len_zeroed(size);
        let mut done = 0;
        while done < size {
            match reader.read_at(done as u64, &mut bytes.as_slice_mut()[done..])? {
                0 => return Err(io::ErrorKind::UnexpectedEof.into()),
                read => done += read,
            }
        }
        Ok(bytes.into())
    }
}

/// Removes the files that a killed process has left.
///
/// # Errors
/// A folder that cannot be listed.
pub(super) fn remove_left(files: &Files) -> Result<()> {
    let folder = files.layout.spill();
    let list = files.layer.list(&folder);
    for entry in list.map_err(|error| StoreError::io(&folder, "cannot be listed", &error))? {
        if !entry.is_folder && is_own(&entry.path) {
            files.remove(&entry.path)?;
        }
    }
    Ok(())
}

fn is_own(path: &Path) -> bool {
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let number = name.strip_prefix(PREFIX).and_then(|name| name.strip_suffix(SUFFIX));
    number.is_some_and(|number| number.parse::<u64>().is_ok())
}
