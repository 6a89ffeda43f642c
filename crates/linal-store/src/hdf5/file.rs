//! An HDF5 file and its datasets.

use std::io::{Read, Seek};
use std::path::Path;

use hdf5_pure::{
    ChunkCacheConfig, Dataset, Error, FileAccessProperties, FormatError, MetadataCacheConfig, ReadSeekSource,
};
use linal_error::suggest;

use super::failure::catch_failure;
use super::links::{External, Links, Members, Resolved};
use super::shared::SharedReader;
use crate::catch_panic::catch_panic;
use crate::error::{ReadError, Result};
use crate::source::{Source, quoted};

/// Size of the metadata cache in bytes.
const METADATA_CACHE_BYTES: usize = 1 << 20;

/// Greatest depth of a listing. Links may form cycles.
const MAX_DEPTH: usize = 32;

/// Greatest number of names in a listing.
const MAX_NAMES: usize = 10_000;

/// Greatest number of groups that a listing visits.
const MAX_GROUPS: usize = 2_000;

/// The paths of all datasets of a file without a leading slash, in file order and parents first.
///
/// # Errors
/// When the file is missing or not an HDF5 file.
pub fn hdf5_datasets(path: &Path) -> Result<Vec<String>> {
    let source = Source::open(path)?;
    list(&source.label, source.file)
}

/// [`hdf5_datasets`] over a reader. `label` names the input in errors.
///
/// # Errors
/// As [`hdf5_datasets`].
pub fn list(label: &str, reader: impl Read + Seek + Send + 'static) -> Result<Vec<String>> {
    let mut file = OpenFile::new(&quoted(label), reader)?;
    names(&mut file)
}

/// An open file, with the links that `hdf5-pure` does not follow.
pub(crate) struct OpenFile {
    place: String,
    file: hdf5_pure::File,
    pub(crate) reader: SharedReader,
    /// Length in bytes.
    pub(crate) length: u64,
    links: Option<Links>,
}

impl OpenFile {
    /// Opens a file.
    pub(crate) fn new(place: &str, mut reader: impl Read + Seek + Send + 'static) -> Result<OpenFile> {
        let length = length(&mut reader).map_err(|error| ReadError::from_io(place, &error))?;
        let reader = SharedReader::new(reader);
        let file = open(place, reader.clone())?;
        let links = Links::new(reader.clone(), length, &file);
        Ok(OpenFile { place: place.to_string(), file, reader, length, links })
    }
}

/// The target of a path.
pub(crate) enum PathTarget {
    Dataset(Dataset),
    /// A dataset in another file.
    Elsewhere(External),
}

/// Opens a file with random access, so that it is never read as a whole.
pub(crate) fn open(place: &str, reader: impl Read + Seek + Send + 'static) -> Result<hdf5_pure::File> {
    let properties = FileAccessProperties::new()
        .with_metadata_cache(MetadataCacheConfig::new(METADATA_CACHE_BYTES))
        // Each chunk is decoded once, so a cache is useless.
        .with_chunk_cache(ChunkCacheConfig::disabled());
    catch_failure(place, || {
        let source = ReadSeekSource::new(reader).map_err(Error::from)?;
        hdf5_pure::File::from_source_with_options(source, properties)
    })
}

/// A dataset by its path, with or without the leading slash; the error lists the existing datasets.
pub(crate) fn dataset(open: &mut OpenFile, path: &str) -> Result<PathTarget> {
    let place = open.place.clone();
    let failure = match find(open, path) {
        Ok(Some(dataset)) => return Ok(PathTarget::Dataset(dataset)),
        Ok(None) => None,
        Err(error) => Some(error),
    };
    let links = &mut open.links;
    let resolved = catch_panic(&place, || links.as_mut().and_then(|links| links.resolve(path)))?;
    match resolved {
        Some(Resolved::Here(hard)) => match find(open, &hard)? {
            Some(dataset) => Ok(PathTarget::Dataset(dataset)),
            None => Err(missing(open, &hard)),
        },
        Some(Resolved::There(external)) => Ok(PathTarget::Elsewhere(external)),
        Some(Resolved::Nowhere(target)) => Err(ReadError::name_not_found(format!(
            "{place}: `{path}` is a link to `{target}`, which is not there"
        ))),
        None => Err(failure.unwrap_or_else(|| missing(open, path))),
    }
}

/// A dataset by a path of hard links.
fn find(open: &OpenFile, path: &str) -> Result<Option<Dataset>> {
    catch_failure(&open.place, || match open.file.dataset(path) {
        Ok(dataset) => Ok(Some(dataset)),
        Err(Error::NotADataset(_) | Error::NotAGroup(_) | Error::Format(FormatError::PathNotFound(_))) => {
            Ok(None)
        }
        Err(error) => Err(error),
    })
}

fn missing(open: &mut OpenFile, path: &str) -> ReadError {
    let place = open.place.clone();
    // When the listing fails, the error has no list.
    let names = names(open).unwrap_or_default();
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

/// Lists the datasets that hard links lead to, and after them the soft and external links of each group.
fn names(file: &mut OpenFile) -> Result<Vec<String>> {
    let mut names = Vec::new();
    let mut groups = 0;
    let mut open = vec![String::new()];
    while let Some(path) = open.pop() {
        groups += 1;
        if groups > MAX_GROUPS || names.len() >= MAX_NAMES {
            break;
        }
        let members = members(file, &path)?;
        names.extend(members.datasets.iter().map(|name| join(&path, name)));
        for name in &members.symbolic {
            let link = join(&path, name);
            if leads_to_dataset(file, &link)? {
                names.push(link);
            }
        }
        if path.matches('/').count() < MAX_DEPTH {
            open.extend(members.groups.iter().rev().map(|name| join(&path, name)));
        }
    }
    names.truncate(MAX_NAMES);
    Ok(names)
}

/// The members of a group. `hdf5-pure` does not know soft and external links, and fails on a symbol table
/// with soft links.
fn members(file: &mut OpenFile, path: &str) -> Result<Members> {
    let links = &mut file.links;
    let own = catch_panic(&file.place, || links.as_mut().map(|links| links.members(path)))?;
    let listed = catch_failure(&file.place, || {
        let group = if path.is_empty() { file.file.root() } else { file.file.group(path)? };
        Ok((group.datasets()?, group.groups()?))
    });
    match (listed, own) {
        (Ok((datasets, groups)), own) => {
            Ok(Members { datasets, groups, symbolic: own.unwrap_or_default().symbolic })
        }
        (Err(_), Some(own)) if !own.symbolic.is_empty() => Ok(own),
        (Err(error), _) => Err(error),
    }
}

/// Whether a soft or external link may lead to a dataset; one that leads nowhere is reported when it is read.
fn leads_to_dataset(file: &mut OpenFile, link: &str) -> Result<bool> {
    let links = &mut file.links;
    let resolved = catch_panic(&file.place, || links.as_mut().and_then(|links| links.resolve(link)))?;
    match resolved {
        Some(Resolved::Here(path)) => Ok(find(file, &path)?.is_some()),
        Some(Resolved::There(_) | Resolved::Nowhere(_)) => Ok(true),
        None => Ok(false),
    }
}

fn join(path: &str, name: &str) -> String {
    match path {
        "" => name.to_string(),
        path => format!("{path}/{name}"),
    }
}

/// The length of a file in bytes.
pub(crate) fn length(reader: &mut impl Seek) -> std::io::Result<u64> {
    let length = reader.seek(std::io::SeekFrom::End(0))?;
    reader.rewind()?;
    Ok(length)
}
