//! Finds the scripts.

use std::fs;
use std::path::{Path, PathBuf};

/// All scripts below a folder, sorted by path.
pub fn scripts(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    collect(folder, &mut files);
    files.sort();
    files
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "lnl") {
            files.push(path);
        }
    }
}
