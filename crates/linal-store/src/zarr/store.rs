//! The files of a store, which is a folder.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::metadata::damaged;
use crate::error::{ReadError, Result};

/// Greatest length of the metadata of an array or a group.
const MAX_METADATA: u64 = 1 << 20;

/// The metadata of a node, by the name of its file.
pub(super) enum Node {
    V3(Value),
    V2(Value),
    /// A group of either version, with its attributes.
    Group(Value),
    /// A folder without metadata.
    None,
}

/// Whether a path is the folder of a store, by the files in it.
pub(crate) fn is_zarr(path: &Path) -> bool {
    ["zarr.json", ".zarray", ".zgroup"].iter().any(|name| path.join(name).is_file())
}

/// The node of a folder.
pub(super) fn node(place: &str, folder: &Path) -> Result<Node> {
    if let Some(value) = json(place, &folder.join("zarr.json"))? {
        return match value.get("node_type").and_then(Value::as_str) {
            Some("array") => Ok(Node::V3(value)),
            Some("group") => Ok(Node::Group(value.get("attributes").cloned().unwrap_or_default())),
            _ => Err(damaged(place, "`node_type` of its metadata is neither array nor group")),
        };
    }
    if let Some(value) = json(place, &folder.join(".zarray"))? {
        return Ok(Node::V2(value));
    }
    if json(place, &folder.join(".zgroup"))?.is_some() {
        return Ok(Node::Group(json(place, &folder.join(".zattrs"))?.unwrap_or_default()));
    }
    Ok(Node::None)
}

/// The value of a file; `None` when there is no such file.
fn json(place: &str, path: &Path) -> Result<Option<Value>> {
    let Some(bytes) = bytes(place, path, MAX_METADATA)? else { return Ok(None) };
    let parsed = serde_json::from_slice(&bytes);
    parsed.map(Some).map_err(|error| damaged(place, &format!("its metadata are no JSON: {error}")))
}

/// The bytes of a file of at most this length; `None` when there is no such file.
pub(super) fn bytes(place: &str, path: &Path, most: u64) -> Result<Option<Vec<u8>>> {
    let failed = |error: io::Error| ReadError::from_io(place, &error);
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
            return Ok(None);
        }
        Err(error) => return Err(failed(error)),
    };
    let mut bytes = Vec::new();
    file.take(most.saturating_add(1)).read_to_end(&mut bytes).map_err(failed)?;
    if bytes.len() as u64 > most {
        return Err(damaged(place, &format!("a file of it is longer than {most} bytes")));
    }
    Ok(Some(bytes))
}

/// The folders in a folder, sorted by name. Names that are no UTF-8 are none of a store.
pub(super) fn folders(place: &str, folder: &Path, most: usize) -> Result<Vec<String>> {
    let entries = fs::read_dir(folder).map_err(|error| ReadError::from_io(place, &error))?;
    let is_folder = |entry: &fs::DirEntry| entry.path().is_dir();
    let mut names: Vec<String> = entries
        .take(most)
        .filter_map(io::Result::ok)
        .filter(is_folder)
        .filter_map(|entry| entry.file_name().into_string().ok())
        .collect();
    names.sort();
    Ok(names)
}

/// The bytes of all files below a folder, of which at most `most` are looked at.
pub(super) fn stored_bytes(folder: &Path, most: usize) -> u64 {
    let mut sum = 0u64;
    let mut seen = 0;
    let mut open: Vec<PathBuf> = vec![folder.to_path_buf()];
    while let Some(folder) = open.pop() {
        let Ok(entries) = fs::read_dir(&folder) else { continue };
        for entry in entries.filter_map(io::Result::ok) {
            seen += 1;
            if seen > most {
                return sum;
            }
            match entry.metadata() {
                // Links are not followed, so there is no circle.
                Ok(metadata) if metadata.is_dir() => open.push(entry.path()),
                Ok(metadata) => sum = sum.saturating_add(metadata.len()),
                Err(_) => {}
            }
        }
    }
    sum
}
