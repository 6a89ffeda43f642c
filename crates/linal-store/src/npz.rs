//! NumPy archives: `.npz` files, compressed or not.

use std::io::{BufReader, Read, Seek};
use std::path::Path;

use linal_error::suggest;
use linal_tensor::Tensor;
use zip::ZipArchive;
use zip::result::ZipError;

use crate::error::{ReadError, Result};
use crate::npy::{StreamLength, read_array};
use crate::progress::{Metered, ReadContext};
use crate::source::{Source, quoted};

/// Greatest expansion of deflate.
const DEFLATE_RATIO: u64 = 1032;

/// Bytes that a short stream may expand to beyond that ratio.
const DEFLATE_SLACK: u64 = 1024;

/// Reads one array of a NumPy archive, by its name with or without `.npy`.
///
/// # Errors
/// As [`read_npy`](crate::read_npy), and when no array has that name: the error lists the existing ones.
pub fn read_npz(path: &Path, name: &str, context: &ReadContext) -> Result<Tensor> {
    let source = Source::open(path)?;
    parse(&source.label, BufReader::new(source.file), name, context)
}

/// [`read_npz`] over a reader. `label` names the input in errors.
///
/// # Errors
/// As [`read_npz`].
pub fn parse(label: &str, reader: impl Read + Seek, name: &str, context: &ReadContext) -> Result<Tensor> {
    let place = quoted(label);
    let mut archive = ZipArchive::new(reader).map_err(|error| archive_error(&place, error))?;
    let index = find(&archive, &place, name)?;
    let member = format!("{place}, array `{name}`");
    let entry = archive.by_index(index).map_err(|error| archive_error(&member, error))?;
    let most = entry.compressed_size().saturating_mul(DEFLATE_RATIO).saturating_add(DEFLATE_SLACK);
    let length = entry.size();
    if length > most {
        return Err(ReadError::bad_format(format!(
            "{member} declares {length} bytes, more than its {} compressed ones can hold",
            entry.compressed_size()
        )));
    }
    let _watch = context.start_read(label, Some(length));
    let reader = BufReader::new(Metered::new(entry, context));
    read_array(&member, reader, &StreamLength::AtMost(length), "READ_NPZ", context)
}

/// The names of the arrays of an archive without `.npy`, in order.
///
/// # Errors
/// When the file is missing or not an archive.
pub fn npz_names(path: &Path) -> Result<Vec<String>> {
    let source = Source::open(path)?;
    let place = quoted(&source.label);
    let archive =
        ZipArchive::new(BufReader::new(source.file)).map_err(|error| archive_error(&place, error))?;
    Ok(names(&archive))
}

fn names<R: Read + Seek>(archive: &ZipArchive<R>) -> Vec<String> {
    let readable = archive.file_names().filter_map(|name| name.ok());
    readable.map(|name| name.strip_suffix(".npy").unwrap_or(&name).to_string()).collect()
}

fn find<R: Read + Seek>(archive: &ZipArchive<R>, place: &str, name: &str) -> Result<usize> {
    let exact = archive.index_for_name(&format!("{name}.npy"));
    exact.or_else(|| archive.index_for_name(name)).ok_or_else(|| {
        let names = names(archive);
        ReadError::name_not_found(format!("{place} has no array `{name}`; it has {}", suggest::list(&names)))
            .with_help(suggest::did_you_mean(name, names.iter().map(String::as_str)))
    })
}

fn archive_error(place: &str, error: ZipError) -> ReadError {
    match error {
        ZipError::Io(error) => ReadError::from_io(place, &error),
        ZipError::UnsupportedArchive(what) => {
            ReadError::unsupported(format!("{place} is an archive of a kind that is not read: {what}"))
        }
        ZipError::CompressionMethodNotSupported(method) => {
            ReadError::unsupported(format!("{place} is compressed by method {method}; deflate is known"))
        }
        // Its message names a missing part of the format.
        ZipError::InvalidArchive(_) => {
            ReadError::bad_format(format!("{place} is not a NumPy archive (.npz), which is a zip file"))
        }
        error => ReadError::bad_format(format!("{place} is not a NumPy archive: {error}")),
    }
}
