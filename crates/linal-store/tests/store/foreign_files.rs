//! Files of somebody else: nothing that the store has not written is removed, and a directory of other contents does
//! not become one of the store.

use std::collections::BTreeMap;
use std::path::Path;

use linal_error::Code;
use linal_store::database::{OpenOptions, Store};

use crate::support::*;

/// Files that nobody expects in a database directory, some in folders of the store.
const FOREIGN: [&str; 11] = [
    "notes.txt",
    "data/my.csv",
    "data/7.parquet",
    "data/raw/thesis.txt",
    "data/1/mine.parquet",
    "data/1/007.parquet",
    "vectors/1/9.parquet",
    "tensors/weights.bin",
    "tensors/sub/3.arrow",
    "packages/default/readme.md",
    "src/main.rs",
];

/// The contents of all files below a folder by their paths.
fn contents(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(next) = folders.pop() {
        for entry in std::fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path.strip_prefix(folder).unwrap().to_string_lossy().into_owned();
                found.insert(name, std::fs::read(&path).unwrap());
            }
        }
    }
    found
}

fn write(folder: &Path, name: &str) {
    let path = folder.join(name);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, format!("contents of {name}")).unwrap();
}

/// A directory with a segment, tensors of it, and rows of the catalog.
fn filled(directory: &TestDirectory) {
    let store = directory.open();
    let id = create(&store, "t");
    append(&store, id, &rows(0..2000));
    append(&store, id, &rows(2000..2003));
}

#[test]
fn a_directory_of_other_contents_is_refused_and_left_as_it_is() {
    for name in FOREIGN {
        let directory = TestDirectory::new();
        write(directory.path(), name);
        let before = contents(directory.path());
        let error = Store::open(directory.path(), &OpenOptions::default()).unwrap_err();
        assert_eq!(error.code(), Code::BadFormat, "{name}: {error}");
        let first = name.split('/').next().unwrap();
        assert!(error.to_string().contains(&format!("`{first}`")), "{name}: {error}");
        assert_eq!(contents(directory.path()), before, "{name}");
    }
    let directory = TestDirectory::new();
    FOREIGN.iter().for_each(|name| write(directory.path(), name));
    let error = Store::open(directory.path(), &OpenOptions::default()).unwrap_err();
    assert!(error.to_string().contains("more"), "{error}");
}

#[test]
fn an_empty_directory_is_taken_and_so_is_one_whose_creation_was_cut() {
    let directory = TestDirectory::new();
    for folder in ["lost+found", "data/1", "tensors", "spill"] {
        std::fs::create_dir_all(directory.path().join(folder)).unwrap();
    }
    std::fs::write(directory.path().join("lock"), "pid 1\nhost h\nsince now\n").unwrap();
    std::fs::write(directory.path().join("catalog.sqlite"), "").unwrap();
    filled(&directory);
    assert_whole(&directory.open());
}

#[test]
fn a_lock_of_somebody_else_is_a_foreign_file() {
    let directory = TestDirectory::new();
    write(directory.path(), "lock");
    let error = Store::open(directory.path(), &OpenOptions::default()).unwrap_err();
    assert_eq!(error.code(), Code::BadFormat, "{error}");
}

#[test]
fn foreign_files_beside_the_data_stay() {
    let directory = TestDirectory::new();
    filled(&directory);
    FOREIGN.iter().for_each(|name| write(directory.path(), name));
    write(directory.path(), "data/1/999.parquet");
    write(directory.path(), "tensors/5.arrow.tmp");
    let store = directory.open();
    let after = contents(directory.path());
    for name in FOREIGN {
        assert_eq!(after.get(name), Some(&format!("contents of {name}").into_bytes()), "{name}");
    }
    // These have names of the store, and no transaction names them.
    assert!(!after.contains_key("data/1/999.parquet") && !after.contains_key("tensors/5.arrow.tmp"));
    assert_whole(&store);
}

#[test]
fn data_without_a_catalog_are_damage_and_stay() {
    for is_emptied in [false, true] {
        let directory = TestDirectory::new();
        filled(&directory);
        let catalog = directory.path().join("catalog.sqlite");
        std::fs::remove_file(&catalog).unwrap();
        if is_emptied {
            std::fs::write(&catalog, "").unwrap();
        }
        let before = contents(directory.path());
        for options in [OpenOptions::default(), OpenOptions::read_only()] {
            let error = Store::open(directory.path(), &options).unwrap_err();
            assert_eq!(error.code(), Code::DamagedDatabase, "{error}");
            assert!(error.to_string().contains("data/1/1.parquet"), "{error}");
        }
        assert_eq!(contents(directory.path()), before);
    }
}

#[test]
fn nothing_is_removed_by_the_catalog_of_another_state() {
    let (one, other) = (TestDirectory::new(), TestDirectory::new());
    filled(&one);
    {
        let store = other.open();
        let _first = create(&store, "a");
        let second = create(&store, "b");
        append(&store, second, &rows(0..3000));
    }
    let catalog = "catalog.sqlite";
    std::fs::copy(other.path().join(catalog), one.path().join(catalog)).unwrap();
    let segment = one.path().join("data/1/1.parquet");
    let store = one.open();
    assert!(segment.exists(), "the data of the first directory are gone");
    assert!(!store.check().unwrap().is_empty());
}
