//! Files that no transaction names: a commit that did not come to its end has left them.

use std::collections::HashSet;
use std::path::PathBuf;

use rusqlite::Connection;

use super::super::error::{Result, StoreError};
use super::super::layout::OWNED;
use super::super::segment::Files;

/// The files in the folders of the store that the catalog does not name.
pub(in crate::database) fn orphans(files: &Files, connection: &Connection) -> Result<Vec<PathBuf>> {
    let mut statement = connection.prepare("SELECT path FROM linal_file")?;
    let named = statement.query_map([], |row| row.get::<_, String>(0))?;
    let named: HashSet<PathBuf> =
        named.map(|path| Ok(files.layout.root().join(path?))).collect::<rusqlite::Result<_>>()?;
    let mut found = Vec::new();
    let mut folders: Vec<PathBuf> = OWNED.iter().map(|folder| files.layout.root().join(folder)).collect();
    while let Some(folder) = folders.pop() {
        let list = files.layer.list(&folder);
        for entry in list.map_err(|error| StoreError::io(&folder, "cannot be listed", &error))? {
            if entry.is_folder {
                folders.push(entry.path);
            } else if !named.contains(&entry.path) {
                found.push(entry.path);
            }
        }
    }
    Ok(found)
}

/// Removes them.
///
/// # Errors
/// A folder that cannot be listed, a file that cannot be removed.
pub(in crate::database) fn remove_orphans(files: &Files, connection: &Connection) -> Result<()> {
    for path in orphans(files, connection)? {
        files.remove(&path)?;
    }
    Ok(())
}
