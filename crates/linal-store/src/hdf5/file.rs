//! An HDF5 file and what it contains.

use std::io::{Read, Seek};
use std::path::Path;

use hdf5_pure::{
    ChunkCacheConfig, Dataset, Error, FileAccessProperties, FormatError, Group, MetadataCacheConfig,
    ReadSeekSource,
};

use super::guard::contain;
use crate::error::{ReadError, Result};
use crate::source::{Source, quoted};
use crate::suggest;

/// Metadata kept while a file is read, in bytes.
const METADATA: usize = 1 << 20;

/// Groups inside of groups that a listing descends into. Links may form circles.
const DEEPEST: usize = 32;

/// The most names that a listing gives.
const MOST_NAMES: usize = 10_000;

/// The most groups that a listing visits.
const MOST_GROUPS: usize = 2_000;

/// The paths of all datasets of a file, without a leading slash, in the order of the file and parents first.
///
/// # Errors
/// When the file is missing or no HDF5 file.
pub fn hdf5_datasets(path: &Path) -> Result<Vec<String>> {
    let source = Source::open(path)?;
    list(&source.label, source.file)
}

/// As [`hdf5_datasets`], over the bytes of a reader. `label` is how errors name the input.
///
/// # Errors
/// As there.
pub fn list(label: &str, reader: impl Read + Seek + Send + 'static) -> Result<Vec<String>> {
    names(&quoted(label), &open(&quoted(label), reader)?)
}

/// Opens a file that is read where it is needed, and never as a whole.
pub(crate) fn open(place: &str, reader: impl Read + Seek + Send + 'static) -> Result<hdf5_pure::File> {
    let properties = FileAccessProperties::new()
        .with_metadata_cache(MetadataCacheConfig::new(METADATA))
        // Each chunk is decoded once, so nothing is gained by keeping it.
        .with_chunk_cache(ChunkCacheConfig::disabled());
    contain(place, || {
        let source = ReadSeekSource::new(reader).map_err(Error::from)?;
        hdf5_pure::File::from_source_with_options(source, properties)
    })
}

/// A dataset by its path, with or without the leading slash; else an error that lists those there are.
pub(crate) fn dataset(place: &str, file: &hdf5_pure::File, path: &str) -> Result<Dataset> {
    let found = contain(place, || match file.dataset(path) {
        Ok(dataset) => Ok(Some(dataset)),
        Err(Error::NotADataset(_) | Error::NotAGroup(_) | Error::Format(FormatError::PathNotFound(_))) => {
            Ok(None)
        }
        Err(error) => Err(error),
    });
    match found {
        Ok(Some(dataset)) => Ok(dataset),
        Ok(None) => Err(missing(place, file, path)),
        Err(error) => Err(error),
    }
}

fn missing(place: &str, file: &hdf5_pure::File, path: &str) -> ReadError {
    // A listing that fails leaves the error without it.
    let names = names(place, file).unwrap_or_default();
    let wanted = path.trim_matches('/');
    let below: Vec<&String> = names.iter().filter(|name| is_below(name, wanted)).collect();
    if !below.is_empty() {
        return ReadError::name_not_found(format!(
            "{place}: `{path}` is a group, not a dataset; it has {}",
            suggest::list(&below)
        ));
    }
    ReadError::name_not_found(format!("{place} has no dataset `{path}`; it has {}", suggest::list(&names)))
        .with_help(suggest::did_you_mean(wanted, names.iter().map(String::as_str)))
}

fn is_below(name: &str, group: &str) -> bool {
    name.strip_prefix(group).is_some_and(|rest| group.is_empty() || rest.starts_with('/'))
}

fn names(place: &str, file: &hdf5_pure::File) -> Result<Vec<String>> {
    let mut names = Vec::new();
    let mut groups = 0;
    let mut open = vec![(String::new(), file.root())];
    while let Some((path, group)) = open.pop() {
        groups += 1;
        if groups > MOST_GROUPS || names.len() >= MOST_NAMES {
            break;
        }
        let (datasets, children) = contain(place, || members(&group))?;
        names.extend(datasets.into_iter().map(|name| join(&path, &name)));
        if path.matches('/').count() < DEEPEST {
            open.extend(children.into_iter().rev().map(|(name, child)| (join(&path, &name), child)));
        }
    }
    names.truncate(MOST_NAMES);
    Ok(names)
}

type Members = (Vec<String>, Vec<(String, Group)>);

fn members(group: &Group) -> std::result::Result<Members, Error> {
    Ok((group.datasets()?, group.iter_groups()?.collect()))
}

fn join(path: &str, name: &str) -> String {
    match path {
        "" => name.to_string(),
        path => format!("{path}/{name}"),
    }
}

/// The length of an open file in bytes.
pub(crate) fn length(reader: &mut impl Seek) -> std::io::Result<u64> {
    let length = reader.seek(std::io::SeekFrom::End(0))?;
    reader.rewind()?;
    Ok(length)
}
