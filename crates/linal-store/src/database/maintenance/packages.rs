//! The packages of a directory: folders of their own below `packages/`, which the catalog does not name. Their
//! checksums are in the packages, so that they are verified wherever they are.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::super::error::{Result, StoreError};
use super::super::layout::TEMPORARY;
use super::super::segment::Files;
use crate::package::{sums, verify};

/// The folder of packages, below the directory.
const PACKAGES: &str = "packages";

/// Attempts to copy a package that is replaced meanwhile.
const ATTEMPTS: usize = 5;

/// What is below the folder of packages.
#[derive(Default)]
struct Contents {
    /// Folders with a manifest, or the checksums of one.
    packages: Vec<PathBuf>,
    /// Other files.
    files: Vec<PathBuf>,
    /// All folders but those of packages, parents first.
    folders: Vec<PathBuf>,
}

/// Verifies the packages of a directory: a sentence for each fault.
pub(super) fn package_faults(root: &Path) -> Vec<String> {
    let found = match contents(&root.join(PACKAGES)) {
        Ok(found) => found,
        Err(error) => return vec![format!("the packages cannot be listed: {error}")],
    };
    let packages = found.packages.iter().filter_map(|folder| verify(folder).err());
    let mut faults: Vec<String> = packages.map(|error| error.to_string()).collect();
    for path in &found.files {
        // A file with its checksum beside it, such as that of a saved pipeline.
        let is_sum = path.extension().is_some_and(|extension| extension == sums::EXTENSION);
        faults
            .extend(is_sum.then(|| sums::verify_beside(path).err()).flatten().map(|error| error.to_string()));
    }
    faults
}

/// Copies the packages to a directory that nobody else uses.
///
/// # Errors
/// A package that is damaged; a file that cannot be read or written.
pub(super) fn copy_packages(from: &Path, to: &Files) -> Result<()> {
    let source = from.join(PACKAGES);
    let io = |path: &Path| {
        let path = path.to_path_buf();
        move |error: io::Error| StoreError::io(&path, "cannot be read", &error)
    };
    let found = contents(&source).map_err(io(&source))?;
    for folder in &found.folders {
        to.create_folder(&moved(folder, from, to))?;
    }
    for package in &found.packages {
        let mut attempt = 1;
        while let Err(error) = copy_package(package, from, to) {
            // Somebody may have saved it again meanwhile, or it was damaged before.
            if attempt == ATTEMPTS || !package.exists() {
                return Err(error);
            }
            attempt += 1;
        }
    }
    for file in &found.files {
        copy_file(file, from, to)?;
    }
    for folder in found.folders.iter().rev() {
        to.sync_folder(&moved(folder, from, to))?;
    }
    Ok(())
}

fn copy_package(package: &Path, from: &Path, to: &Files) -> Result<()> {
    let target = moved(package, from, to);
    to.create_folder(&target)?;
    let list = fs::read_dir(package).and_then(|list| list.collect::<io::Result<Vec<_>>>());
    for entry in list.map_err(|error| StoreError::io(package, "cannot be read", &error))? {
        if entry.path().is_file() {
            copy_file(&entry.path(), from, to)?;
        }
    }
    to.sync_folder(&target)?;
    verify(&target).map_err(|error| {
        StoreError::damaged(format!("the package '{}' cannot be copied: {error}", package.display()))
    })
}

fn copy_file(path: &Path, from: &Path, to: &Files) -> Result<()> {
    let relative = path.strip_prefix(from).unwrap_or(path).to_string_lossy().into_owned();
    let mut source = fs::File::open(path).map_err(|error| StoreError::io(path, "cannot be read", &error))?;
    to.replace(&relative, |out| io::copy(&mut source, out).map(drop)).map(drop)
}

fn moved(path: &Path, from: &Path, to: &Files) -> PathBuf {
    to.layout.root().join(path.strip_prefix(from).unwrap_or(path))
}

/// What is below a folder; nothing below one that does not exist.
fn contents(folder: &Path) -> io::Result<Contents> {
    let mut found = Contents::default();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(folder) = folders.pop() {
        let list = match fs::read_dir(&folder) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            list => list?,
        };
        if crate::package::is_package(&folder) {
            found.packages.push(folder);
            continue;
        }
        for entry in list {
            let entry = entry?;
            // What is being written has a temporary name.
            if entry.file_name().to_string_lossy().ends_with(TEMPORARY) {
                continue;
            }
            if entry.file_type()?.is_dir() {
                folders.push(entry.path());
            } else {
                found.files.push(entry.path());
            }
        }
        found.folders.push(folder);
    }
    found.packages.sort();
    found.files.sort();
    Ok(found)
}
