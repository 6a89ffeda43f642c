//! An HDF5 file and what it contains.

use std::io::{Read, Seek};
use std::path::Path;

use hdf5_pure::{
    ChunkCacheConfig, Dataset, Error, FileAccessProperties, FormatError, MetadataCacheConfig, ReadSeekSource,
};
use linal_error::suggest;

use super::guard::{contain, contain_panics};
use super::links::{External, Links, Members, Resolved};
use super::shared::SharedReader;
use crate::error::{ReadError, Result};
use crate::source::{Source, quoted};

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
    let mut file = OpenFile::new(&quoted(label), reader)?;
    names(&mut file)
}

/// An open file, and its links that `hdf5-pure` does not follow.
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

/// What a path leads to.
pub(crate) enum Found {
    Dataset(Dataset),
    /// A link to a dataset of another file.
    Elsewhere(External),
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
pub(crate) fn dataset(open: &mut OpenFile, path: &str) -> Result<Found> {
    let place = open.place.clone();
    let failure = match find(open, path) {
        Ok(Some(dataset)) => return Ok(Found::Dataset(dataset)),
        Ok(None) => None,
        Err(error) => Some(error),
    };
    let links = &mut open.links;
    let resolved = contain_panics(&place, || links.as_mut().and_then(|links| links.resolve(path)))?;
    match resolved {
        Some(Resolved::Here(hard)) => match find(open, &hard)? {
            Some(dataset) => Ok(Found::Dataset(dataset)),
            None => Err(missing(open, &hard)),
        },
        Some(Resolved::There(external)) => Ok(Found::Elsewhere(external)),
        Some(Resolved::Nowhere(target)) => Err(ReadError::name_not_found(format!(
            "{place}: `{path}` is a link to `{target}`, which is not there"
        ))),
        None => Err(failure.unwrap_or_else(|| missing(open, path))),
    }
}

/// A dataset by a path of hard links.
fn find(open: &OpenFile, path: &str) -> Result<Option<Dataset>> {
    contain(&open.place, || match open.file.dataset(path) {
        Ok(dataset) => Ok(Some(dataset)),
        Err(Error::NotADataset(_) | Error::NotAGroup(_) | Error::Format(FormatError::PathNotFound(_))) => {
            Ok(None)
        }
        Err(error) => Err(error),
    })
}

fn missing(open: &mut OpenFile, path: &str) -> ReadError {
    let place = open.place.clone();
    // A listing that fails leaves the error without it.
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

/// Datasets by hard links, and soft and external links of each group behind them.
fn names(file: &mut OpenFile) -> Result<Vec<String>> {
    let mut names = Vec::new();
    let mut groups = 0;
    let mut open = vec![String::new()];
    while let Some(path) = open.pop() {
        groups += 1;
        if groups > MOST_GROUPS || names.len() >= MOST_NAMES {
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
        if path.matches('/').count() < DEEPEST {
            open.extend(members.groups.iter().rev().map(|name| join(&path, name)));
        }
    }
    names.truncate(MOST_NAMES);
    Ok(names)
}

/// The members of a group. `hdf5-pure` does not know soft and external links, and fails over a symbol table that has
/// soft ones.
fn members(file: &mut OpenFile, path: &str) -> Result<Members> {
    let links = &mut file.links;
    let own = contain_panics(&file.place, || links.as_mut().map(|links| links.members(path)))?;
    let listed = contain(&file.place, || {
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

/// Whether a soft or external link leads to a dataset, or nowhere; both are found when it is read.
fn leads_to_dataset(file: &mut OpenFile, link: &str) -> Result<bool> {
    let links = &mut file.links;
    let resolved = contain_panics(&file.place, || links.as_mut().and_then(|links| links.resolve(link)))?;
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

/// The length of an open file in bytes.
pub(crate) fn length(reader: &mut impl Seek) -> std::io::Result<u64> {
    let length = reader.seek(std::io::SeekFrom::End(0))?;
    reader.rewind()?;
    Ok(length)
}
