//! Reads packages. What they contain is not trusted before it is checked.

use std::fs;
use std::io;
use std::path::Path;

use serde_json::Value;

use super::verify::verify_file;
use super::write::sha256;
use super::{DATA, DESCRIPTIONS, FORMAT, MANIFEST, Package};
use crate::error::{ReadError, Result};
use crate::progress::ReadContext;
use crate::table::{TableOptions, read_table};

/// Most bytes of a description, which is read as a whole.
const LARGEST_DESCRIPTION: u64 = 64 << 20;

/// A package of a folder of packages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PackageEntry {
    /// The name of the dataset.
    pub name: String,
    /// Its version.
    pub version: u64,
    /// Number of rows.
    pub rows: u64,
    /// Size of its files in bytes.
    pub bytes: u64,
}

/// Reads a package. Every file is checked against the manifest.
///
/// # Errors
/// `E0401 file_not_found` without a manifest; `E0403 bad_format` for a file that is missing or has other contents
/// than the manifest says; those of reading the rows.
pub fn read(folder: &Path, context: &ReadContext) -> Result<Package> {
    let place = folder.display().to_string();
    let manifest = manifest(folder, &place)?;
    verify_file(folder, MANIFEST)?;
    let mut descriptions = Vec::with_capacity(DESCRIPTIONS.len());
    for name in DESCRIPTIONS {
        let bytes = small(&folder.join(name))?;
        check(&manifest, name, &bytes, &place)?;
        descriptions.push(parsed(&bytes, name, &place)?);
    }
    let path = folder.join(DATA);
    let announced = entry(&manifest, DATA, "bytes").and_then(Value::as_u64);
    let length = fs::metadata(&path).map_err(|error| failed(&path, &error))?.len();
    if announced != Some(length) {
        return Err(damaged(DATA, &place));
    }
    check(&manifest, DATA, &fs::read(&path).map_err(|error| failed(&path, &error))?, &place)?;
    let table = read_table(&path, &TableOptions::default(), context)?;
    let mut descriptions = descriptions.into_iter();
    let mut next = || descriptions.next().unwrap_or_default();
    let (columns, stats, lineage) = (next(), next(), next());
    Ok(Package {
        name: word(&manifest, "name", &place)?.to_string(),
        version: number(&manifest, "version"),
        metadata: manifest.get("metadata").cloned().unwrap_or_default(),
        columns,
        stats,
        lineage,
        schema: table.schema,
        batches: table.batches,
    })
}

/// The packages of a folder by name; a folder that does not exist has none, and other folders are passed over.
///
/// # Errors
/// A folder that cannot be read; a manifest that is damaged.
pub fn list(folder: &Path) -> Result<Vec<PackageEntry>> {
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries.map_err(|error| failed(folder, &error))?,
    };
    let mut found = Vec::new();
    for entry in entries {
        let path = entry.map_err(|error| failed(folder, &error))?.path();
        let is_hidden = path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'));
        if !is_hidden && path.join(MANIFEST).is_file() {
            found.push(listed(&path)?);
        }
    }
    found.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(found)
}

fn listed(folder: &Path) -> Result<PackageEntry> {
    let place = folder.display().to_string();
    let manifest = manifest(folder, &place)?;
    let files = manifest.get("files").and_then(Value::as_object);
    let bytes = files.into_iter().flatten().filter_map(|(_, file)| file.get("bytes")?.as_u64());
    Ok(PackageEntry {
        name: word(&manifest, "name", &place)?.to_string(),
        version: number(&manifest, "version"),
        rows: number(&manifest, "rows"),
        bytes: bytes.fold(0, u64::saturating_add),
    })
}

pub(super) fn manifest(folder: &Path, place: &str) -> Result<Value> {
    let path = folder.join(MANIFEST);
    if !path.is_file() {
        return Err(ReadError::file_not_found(format!("there is no package '{place}'")));
    }
    let manifest = parsed(&small(&path)?, MANIFEST, place)?;
    match manifest.get("format").and_then(Value::as_str) {
        Some(FORMAT) => Ok(manifest),
        Some(other) => {
            Err(ReadError::bad_format(format!("'{place}' has the format `{other}`, and this is `{FORMAT}`")))
        }
        None => Err(damaged(MANIFEST, place)),
    }
}

pub(super) fn entry<'m>(manifest: &'m Value, name: &str, key: &str) -> Option<&'m Value> {
    manifest.get("files")?.get(name)?.get(key)
}

pub(super) fn check(manifest: &Value, name: &str, bytes: &[u8], place: &str) -> Result<()> {
    let announced = entry(manifest, name, "sha256").and_then(Value::as_str);
    if announced == Some(sha256(bytes).as_str()) { Ok(()) } else { Err(damaged(name, place)) }
}

/// A file that is read as a whole.
fn small(path: &Path) -> Result<Vec<u8>> {
    let length = fs::metadata(path).map_err(|error| failed(path, &error))?.len();
    if length > LARGEST_DESCRIPTION {
        return Err(ReadError::bad_format(format!("'{}' is too long", path.display())));
    }
    fs::read(path).map_err(|error| failed(path, &error))
}

fn parsed(bytes: &[u8], name: &str, place: &str) -> Result<Value> {
    serde_json::from_slice(bytes).map_err(|_| damaged(name, place))
}

fn word<'m>(manifest: &'m Value, key: &str, place: &str) -> Result<&'m str> {
    manifest.get(key).and_then(Value::as_str).ok_or_else(|| damaged(MANIFEST, place))
}

fn number(manifest: &Value, key: &str) -> u64 {
    manifest.get(key).and_then(Value::as_u64).unwrap_or_default()
}

fn damaged(name: &str, place: &str) -> ReadError {
    ReadError::bad_format(format!("the file {name} of the package '{place}' is missing or damaged"))
}

fn failed(path: &Path, error: &io::Error) -> ReadError {
    let place = path.display().to_string();
    match error.kind() {
        io::ErrorKind::NotFound => ReadError::bad_format(format!("'{place}' is missing")),
        _ => ReadError::from_io(&format!("'{place}'"), error),
    }
}
