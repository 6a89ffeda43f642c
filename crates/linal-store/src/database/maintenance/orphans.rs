//! Files that no transaction names: a commit that did not come to its end has left them.
//!
//! Only files under names that the store gives itself are orphans. What else lies in its folders belongs to
//! somebody, and is left alone.

use std::collections::HashSet;
use std::path::PathBuf;

use rusqlite::Connection;

use super::super::error::{Result, StoreError};
use super::super::layout::OWNED;
use super::super::segment::Files;

/// The files of the store's own names, compared with the catalog.
pub(in crate::database) struct OwnFiles {
    /// Those that the catalog does not name.
    pub orphans: Vec<PathBuf>,
    /// Whether a file is missing that the catalog names and that cannot be built again.
    pub is_incomplete: bool,
}

/// Compares the files in the folders of the store with the catalog.
///
/// # Errors
/// A folder that cannot be listed.
pub(in crate::database) fn own_files(files: &Files, connection: &Connection) -> Result<OwnFiles> {
    let mut statement = connection.prepare("SELECT path, kind IN ('segment', 'tensor') FROM linal_file")?;
    let named = statement.query_map([], |row| Ok((row.get::<_, String>(0)?, row.get::<_, bool>(1)?)))?;
    let mut paths = HashSet::new();
    let mut needed = HashSet::new();
    for named in named {
        let (path, is_needed) = named?;
        let path = files.layout.root().join(path);
        if is_needed {
            needed.insert(path.clone());
        }
        paths.insert(path);
    }
    let mut orphans = Vec::new();
    for path in present(files)? {
        needed.remove(&path);
        if !paths.contains(&path) {
            orphans.push(path);
        }
    }
    Ok(OwnFiles { orphans, is_incomplete: !needed.is_empty() })
}

/// The files of the directory under names of the store.
///
/// # Errors
/// A folder that cannot be listed.
pub(in crate::database) fn present(files: &Files) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut folders: Vec<PathBuf> = OWNED.iter().map(|folder| files.layout.root().join(folder)).collect();
    while let Some(folder) = folders.pop() {
        if !folder.is_dir() {
            continue;
        }
        let list = files.layer.list(&folder);
        for entry in list.map_err(|error| StoreError::io(&folder, "cannot be listed", &error))? {
            if entry.is_folder {
                folders.push(entry.path);
            } else if files.layout.is_own_file(&entry.path) {
                found.push(entry.path);
            }
        }
    }
    found.sort();
    Ok(found)
}

/// Removes the orphans. When a file is missing that the catalog names, the catalog may be that of another state
/// or of another directory, and nothing is removed.
///
/// # Errors
/// A folder that cannot be listed, a file that cannot be removed.
pub(in crate::database) fn remove_orphans(files: &Files, connection: &Connection) -> Result<()> {
    let own = own_files(files, connection)?;
    if own.is_incomplete {
        return Ok(());
    }
    for path in own.orphans {
        files.remove(&path)?;
    }
    Ok(())
}
