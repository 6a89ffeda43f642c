//! The files of a database directory.

use std::path::{Path, PathBuf};

/// The folders that exist in each database directory.
const FOLDERS: [&str; 8] = ["data", "vectors", "tensors", "indexes", "jobs", "packages", "spill", "lake"];

/// The folders whose files the catalog names; others in them are orphans, as far as their names are of the store.
pub(super) const OWNED: [&str; 3] = ["data", "vectors", "tensors"];

/// The suffix of a file that is being written.
pub(super) const TEMPORARY: &str = ".tmp";

/// The paths of a database directory.
#[derive(Clone, Debug)]
pub(super) struct Layout {
    root: PathBuf,
}

impl Layout {
    pub fn new(root: &Path) -> Layout {
        Layout { root: root.to_path_buf() }
    }

    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The SQLite file.
    pub fn catalog(&self) -> PathBuf {
        self.root.join("catalog.sqlite")
    }

    /// The file that the writing process has locked.
    pub fn lock(&self) -> PathBuf {
        self.root.join("lock")
    }

    /// The folder of segments, which readers of other processes lock.
    pub fn data(&self) -> PathBuf {
        self.root.join("data")
    }

    /// The scratch space.
    pub fn spill(&self) -> PathBuf {
        self.root.join("spill")
    }

    /// The folder that the DuckLake views give as the place of data; it is empty.
    pub fn lake(&self) -> PathBuf {
        self.root.join("lake")
    }

    /// The folder of the results of jobs.
    pub fn jobs(&self) -> PathBuf {
        self.root.join("jobs")
    }

    /// Whether a path is one that the store gives to files of its own: `data/7/12.parquet`, `vectors/7/12.arrow`,
    /// `tensors/3.arrow`, and their temporary names. Other files in these folders are not ours to remove.
    pub fn is_own_file(&self, path: &Path) -> bool {
        let Ok(relative) = path.strip_prefix(&self.root) else { return false };
        let names: Option<Vec<&str>> = relative.iter().map(|name| name.to_str()).collect();
        let is_file = |name: &str, suffix: &str| {
            let name = name.strip_suffix(TEMPORARY).unwrap_or(name);
            name.strip_suffix(suffix).is_some_and(is_number)
        };
        match names.as_deref() {
            Some(["data", dataset, file]) => is_number(dataset) && is_file(file, ".parquet"),
            Some(["vectors", dataset, file]) => is_number(dataset) && is_file(file, ".arrow"),
            Some(["tensors", file]) => is_file(file, ".arrow"),
            _ => false,
        }
    }

    /// The folders of the directory.
    pub fn folders(&self) -> impl Iterator<Item = PathBuf> {
        FOLDERS.iter().map(|folder| self.root.join(folder))
    }

    /// A file by the path that the catalog has, which is relative to the directory. `None` for one that
    /// leads elsewhere.
    pub fn file(&self, relative: &str) -> Option<PathBuf> {
        let path = Path::new(relative);
        let is_inside = path.components().all(|part| matches!(part, std::path::Component::Normal(_)));
        (is_inside && !relative.is_empty()).then(|| self.root.join(path))
    }
}

/// Whether a name is a number as the store writes one.
fn is_number(name: &str) -> bool {
    name.parse::<u64>().is_ok_and(|number| number.to_string() == name)
}

/// The path of a segment, relative to the directory.
pub(super) fn segment_path(dataset: u64, segment: u64) -> String {
    format!("data/{dataset}/{segment}.parquet")
}

/// The path of the tensor columns of a segment, relative to the directory.
pub(super) fn vectors_path(dataset: u64, segment: u64) -> String {
    format!("vectors/{dataset}/{segment}.arrow")
}

/// The path of the file of an object, relative to the directory.
pub(super) fn tensor_path(object: u64) -> String {
    format!("tensors/{object}.arrow")
}
