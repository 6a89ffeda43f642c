//! The format of a file, by its name.

use std::path::Path;

use crate::error::{ReadError, Result};
use crate::source::quoted;

/// A table format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TableFormat {
    /// Values separated by this byte.
    Csv(u8),
    /// An array of objects.
    Json,
    /// One object per line.
    JsonLines,
    /// Apache Parquet.
    Parquet,
    /// Apache Arrow IPC.
    Arrow,
    /// A NumPy array.
    Npy,
    /// An archive of NumPy arrays.
    Npz,
    /// HDF5.
    Hdf5,
    /// A Zarr store, which is a folder.
    Zarr,
}

/// The compression that the outer extension names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Compression {
    None,
    Gzip,
    Zstd,
}

impl Compression {
    /// By the last extension.
    pub(crate) fn from_path(path: &Path) -> Compression {
        match extension(path).as_str() {
            "gz" => Compression::Gzip,
            "zst" => Compression::Zstd,
            _ => Compression::None,
        }
    }
}

impl TableFormat {
    /// Whether rows are read and written in memory that does not depend on their number.
    pub fn is_streamed(self) -> bool {
        matches!(
            self,
            TableFormat::Csv(_)
                | TableFormat::Json
                | TableFormat::JsonLines
                | TableFormat::Parquet
                | TableFormat::Arrow
        )
    }

    /// The format of the extension, which `.gz` or `.zst` may follow. A folder with the metadata of a Zarr
    /// store has that format, whatever its name.
    ///
    /// # Errors
    /// `unsupported` when the extension is unknown.
    pub fn from_path(path: &Path) -> Result<TableFormat> {
        if crate::zarr::is_zarr(path) {
            return Ok(TableFormat::Zarr);
        }
        let inner = match Compression::from_path(path) {
            Compression::None => path.to_path_buf(),
            _ => path.with_extension(""),
        };
        let packed = Compression::from_path(path) != Compression::None;
        let format = match extension(&inner).as_str() {
            "csv" | "txt" | "dat" => TableFormat::Csv(b','),
            "tsv" | "tab" => TableFormat::Csv(b'\t'),
            "json" => TableFormat::Json,
            "jsonl" | "ndjson" => TableFormat::JsonLines,
            "parquet" | "pq" => TableFormat::Parquet,
            "arrow" | "ipc" | "feather" | "arrows" => TableFormat::Arrow,
            "npy" => TableFormat::Npy,
            "npz" => TableFormat::Npz,
            "h5" | "hdf5" | "hdf" | "he5" => TableFormat::Hdf5,
            "zarr" => TableFormat::Zarr,
            _ => return Err(unknown(path)),
        };
        match format {
            TableFormat::Parquet | TableFormat::Npz | TableFormat::Hdf5 | TableFormat::Zarr if packed => {
                Err(ReadError::unsupported(format!(
                    "{} is compressed within already, and is not read or written through .gz or .zst",
                    quoted(&path.display().to_string())
                )))
            }
            format => Ok(format),
        }
    }
}

fn unknown(path: &Path) -> ReadError {
    ReadError::unsupported(format!(
        "the name {} does not tell a format; the extensions are csv, tsv, parquet, json, jsonl, arrow, feather, npy, npz, h5, hdf5 and zarr, \
         with .gz or .zst behind those of text",
        quoted(&path.display().to_string())
    ))
}

/// The extension in lower case.
fn extension(path: &Path) -> String {
    path.extension().map(|extension| extension.to_string_lossy().to_lowercase()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_extension_tells_the_format() {
        let of = |name: &str| TableFormat::from_path(Path::new(name)).ok();
        assert_eq!(of("a/b.TSV.gz"), Some(TableFormat::Csv(b'\t')));
        assert_eq!(of("b.ndjson.zst"), Some(TableFormat::JsonLines));
        assert_eq!(of("b.feather"), Some(TableFormat::Arrow));
        assert_eq!(of("b.zarr"), Some(TableFormat::Zarr));
        assert_eq!(of("b.parquet.gz"), None);
        assert_eq!(of("csv"), None);
    }
}
