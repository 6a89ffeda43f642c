//! Globs and folders.

mod columns;
mod concatenation;
mod find;
mod limits;

use std::path::{Path, PathBuf};

use linal_store::{Table, TableOptions};

use crate::streams::check;
use crate::support::describe;
use crate::tables::{show, table};

/// A new folder with these files.
fn folder(name: &str, files: &[(&str, &str)]) -> PathBuf {
    let folder = std::env::temp_dir().join(format!("linal-files-{}", std::process::id())).join(name);
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).expect("folder");
    for (name, text) in files {
        let path = folder.join(name);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("folder");
        std::fs::write(path, text).expect("file");
    }
    folder
}

fn with_filename() -> TableOptions {
    TableOptions { filename: true, ..TableOptions::default() }
}

fn fields(names: &[&str]) -> TableOptions {
    TableOptions {
        fields: Some(names.iter().map(|name| name.to_string()).collect()),
        ..TableOptions::default()
    }
}

/// The table at a path within a folder, whole and as a stream; `~` stands for the folder in what is shown.
#[track_caller]
fn check_shown(folder: &Path, path: &str, options: &TableOptions, expected: &str) {
    let path = if path.is_empty() { folder.to_path_buf() } else { folder.join(path) };
    check(&path, options);
    let shown = match table(&path, options) {
        Ok(table) => show(&table),
        Err(error) => describe::<Table>(Err(error)),
    };
    assert_eq!(shown.replace(&folder.display().to_string(), "~"), expected);
}

#[track_caller]
fn check_files(name: &str, files: &[(&str, &str)], path: &str, expected: &str) {
    check_shown(&folder(name, files), path, &TableOptions::default(), expected);
}
