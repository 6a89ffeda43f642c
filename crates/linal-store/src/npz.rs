//! Archives of NumPy arrays: `.npz` files, compressed or not.

use std::io::{BufReader, Read, Seek};
use std::path::Path;

use linal_error::suggest;
use linal_tensor::Tensor;
use zip::ZipArchive;
use zip::result::ZipError;

use crate::error::{ReadError, Result};
use crate::npy::{Limits, read_array};
use crate::progress::{Metered, ReadContext};
use crate::source::{Source, quoted};

/// Deflate makes at most 1032 bytes of one.
const DEFLATE_RATIO: u64 = 1032;

/// Bytes that a short stream may expand to beyond the ratio.
const DEFLATE_SLACK: u64 = 1024;

/// Reads one array of a NumPy archive. `name` is the array's, with or without `.npy`.
///
/// # Errors
/// As [`read_npy`](crate::read_npy), and when there is no array of that name: the error lists those there are.
pub fn read_npz(path: &Path, name: &str, context: &ReadContext) -> Result<Tensor> {
    let source = Source::open(path)?;
    parse(&source.label, BufReader::new(source.file), name, context)
}

/// As [`read_npz`], over the bytes of a reader. `label` is how errors name the input.
///
/// # Errors
/// As there.
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
    let _watch = context.watch(label, Some(length));
    let reader = BufReader::new(Metered::new(entry, context));
    read_array(&member, reader, &Limits::AtMost(length), "READ_NPZ", context)
}

/// The names of the arrays in an archive, without `.npy`, in their order.
///
/// # Errors
/// When the file is missing or no archive.
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
        // Its text speaks of a part of the format that is missing.
        ZipError::InvalidArchive(_) => {
            ReadError::bad_format(format!("{place} is not a NumPy archive (.npz), which is a zip file"))
        }
        error => ReadError::bad_format(format!("{place} is not a NumPy archive: {error}")),
    }
}
