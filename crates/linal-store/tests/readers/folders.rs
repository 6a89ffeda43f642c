//! Tables that are written to folders which have files.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::{ArrayRef, Int64Array, RecordBatch};
use linal_store::{Code, ExistingFiles, PartitionedWriter, ReadError, TableFormat, WriteStyle};

use crate::support::describe;

/// A folder that goes with its test.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Folder {
        let path = std::env::temp_dir().join(format!("linal-folders-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Folder(path)
    }

    /// The files below it.
    fn files(&self) -> String {
        let entries = walkdir::WalkDir::new(&self.0).sort_by_file_name().into_iter().flatten();
        let files = entries.filter(|entry| !entry.file_type().is_dir());
        let shown = |entry: walkdir::DirEntry| {
            entry.path().strip_prefix(&self.0).unwrap().display().to_string().replace('\\', "/")
        };
        files.map(shown).collect::<Vec<_>>().join(" ")
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn write(folder: &Path, existing: ExistingFiles, keys: &[i64]) -> Result<(), ReadError> {
    let keys: ArrayRef = Arc::new(Int64Array::from(keys.to_vec()));
    let rows = RecordBatch::try_from_iter([("k", keys.clone()), ("x", keys)]).unwrap();
    let files = (TableFormat::Csv(b','), WriteStyle::default(), "csv");
    let mut writer = PartitionedWriter::create(folder, existing, files, &rows.schema(), &["k".to_string()])?;
    writer.write(&rows)?;
    writer.finish()
}

#[test]
fn a_folder_with_files_is_refused_replaced_or_kept() {
    let folder = Folder::new("existing");
    write(&folder.0, ExistingFiles::Refuse, &[1, 2]).unwrap();
    std::fs::write(folder.0.join("k=1/other.csv"), "x\n9\n").unwrap();
    let before = "k=1/data_0.csv k=1/other.csv k=2/data_0.csv";
    assert_eq!(folder.files(), before);
    let refused = write(&folder.0, ExistingFiles::Refuse, &[3]);
    assert_eq!(refused.as_ref().map_err(ReadError::code), Err(Code::NameExists));
    assert!(describe(refused).contains("is not empty (OVERWRITE removes its files"));
    assert_eq!(folder.files(), before);
    write(&folder.0, ExistingFiles::Keep, &[3]).unwrap();
    assert_eq!(folder.files(), format!("{before} k=3/data_0.csv"));
    write(&folder.0, ExistingFiles::Replace, &[2, 4]).unwrap();
    assert_eq!(folder.files(), "k=2/data_0.csv k=4/data_0.csv");
    assert!(!folder.0.join("k=1").exists());
}

#[test]
fn what_is_not_complete_replaces_nothing() {
    let folder = Folder::new("incomplete");
    write(&folder.0, ExistingFiles::Refuse, &[1]).unwrap();
    let many: Vec<i64> = (0..501).collect();
    let failed = write(&folder.0, ExistingFiles::Replace, &many);
    assert!(describe(failed).contains("more than 500 folders"));
    assert_eq!(folder.files(), "k=1/data_0.csv");
}

#[cfg(unix)]
#[test]
fn a_link_is_removed_and_not_what_it_leads_to() {
    let (folder, other) = (Folder::new("links"), Folder::new("linked"));
    std::fs::write(other.0.join("kept.csv"), "x\n").unwrap();
    std::os::unix::fs::symlink(&other.0, folder.0.join("link")).unwrap();
    write(&folder.0, ExistingFiles::Replace, &[1]).unwrap();
    assert_eq!((folder.files().as_str(), other.files().as_str()), ("k=1/data_0.csv", "kept.csv"));
}
