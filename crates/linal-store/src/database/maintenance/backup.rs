//! A copy of a directory while commits go on.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use linal_error::Code;
use rusqlite::Connection;
use rusqlite::backup::{Backup, StepResult};

use super::super::catalog::{open_reader, open_writer};
use super::super::error::{Result, StoreError};
use super::super::inner::locked;
use super::super::layout::Layout;
use super::super::segment::Files;
use super::super::store::Store;
use super::packages::copy_packages;
use super::partial::{check_parent, parent, partial_path};

/// Attempts of a copy while another process removes files.
const ATTEMPTS: usize = 5;

/// Pages of the catalog that are copied at a time.
const PAGES: i32 = 4096;

/// Copies a directory to a path that does not exist. The copy gets its name when it is complete.
pub(in crate::database) fn backup(store: &Store, target: &Path) -> Result<()> {
    if target.exists() {
        let message = format!("'{}' exists already", target.display());
        return Err(StoreError::new(Code::NameExists, message).with_help("a backup makes a new directory"));
    }
    check_parent(target)?;
    // Files of the copied catalog must not expire before they are copied.
    let _alone = locked(&store.0.expiry);
    let partial = partial_path(target);
    let mut copied = remove_left(&partial).and_then(|()| copy(store, &partial));
    for _ in 1..ATTEMPTS {
        let is_outdated = matches!(&copied, Err(error) if error.code() == Code::DamagedDatabase);
        if !is_outdated || !store.is_read_only() {
            break;
        }
        // Another process may have removed files with the versions that needed them. The next copy is of a later state.
        copied = remove_left(&partial).and_then(|()| copy(store, &partial));
    }
    let copied = copied.and_then(|()| {
        let layer = &store.0.files.layer;
        let io = |error: io::Error| StoreError::io(target, "cannot be written", &error);
        layer.rename(&partial, target).map_err(io)?;
        layer.sync_folder(parent(target)).map_err(io)
    });
    if copied.is_err() {
        // The copy is of no use, and its own error says why.
        let _ = std::fs::remove_dir_all(&partial);
    }
    copied
}

/// Removes what a copy to this path has left that did not come to its end.
fn remove_left(partial: &Path) -> Result<()> {
    if !partial.exists() {
        return Ok(());
    }
    let io = |error: io::Error| StoreError::io(partial, "cannot be removed", &error);
    std::fs::remove_dir_all(partial).map_err(io)
}

fn copy(store: &Store, partial: &Path) -> Result<()> {
    let files = Files::new(store.0.files.layer.clone(), Layout::new(partial));
    files.create_folder(partial)?;
    for folder in files.layout.folders() {
        files.create_folder(&folder)?;
    }
    copy_catalog(&store.0.files.layout.catalog(), &files.layout.catalog())?;
    let named = {
        let connection = open_reader(&files.layout.catalog())?;
        named_files(&connection)?
    };
    let mut folders: Vec<PathBuf> = Vec::new();
    for (path, sha256) in named {
        let folder = parent(&files.layout.root().join(&path)).to_path_buf();
        if !folders.contains(&folder) {
            files.create_folder(&folder)?;
            folders.push(folder);
        }
        copy_file(&store.0.files, &files, &path, &sha256)?;
    }
    copy_packages(store.0.files.layout.root(), &files)?;
    for folder in folders.iter().chain([&partial.to_path_buf()]) {
        files.sync_folder(folder)?;
    }
    Ok(())
}

/// SQLite's own online copy: a state between two commits.
fn copy_catalog(from: &Path, to: &Path) -> Result<()> {
    let source = open_reader(from)?;
    let mut target = open_writer(to)?;
    {
        // One read transaction, so that a commit meanwhile does not start the copy again.
        let _state = source.unchecked_transaction()?;
        let _: u64 = source.query_row("SELECT count(*) FROM linal_snapshot", [], |row| row.get(0))?;
        let backup = Backup::new(&source, &mut target)?;
        while backup.step(PAGES)? != StepResult::Done {
            std::thread::sleep(Duration::from_millis(1));
        }
    }
    target.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?;
    Ok(())
}

fn named_files(connection: &Connection) -> Result<Vec<(String, [u8; 32])>> {
    let mut statement = connection.prepare("SELECT path, sha256 FROM linal_file ORDER BY file_id")?;
    let files = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(files.collect::<rusqlite::Result<_>>()?)
}

/// Copies a file and checks its hash on the way.
fn copy_file(from: &Files, to: &Files, path: &str, sha256: &[u8; 32]) -> Result<()> {
    let bad_path = || StoreError::damaged(format!("'{path}' is no path"));
    let source = from.layout.file(path).ok_or_else(bad_path)?;
    let reader =
        from.layer.open(&source).map_err(|error| StoreError::io(&source, "cannot be read", &error))?;
    let written = to.write(path, |out| {
        let mut block = vec![0; 1 << 20];
        let mut offset = 0;
        loop {
            let read = reader.read_at(offset, &mut block)?;
            if read == 0 {
                return Ok(());
            }
            out.write_all(&block[..read])?;
            offset += read as u64;
        }
    })?;
    if written.sha256 == *sha256 {
        return Ok(());
    }
    Err(StoreError::damaged(format!("the file '{}' is damaged: its contents have changed", source.display())))
}
