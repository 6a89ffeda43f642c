//! Opening, locking, layout.

use linal_error::Code;
use linal_store::database::{OpenOptions, Store};

use crate::support::*;

#[test]
fn a_new_directory_has_the_database_default() {
    let directory = TestDirectory::new();
    let store = directory.open();
    let snapshot = store.snapshot().unwrap();
    assert_eq!(snapshot.databases().unwrap().len(), 1);
    assert_eq!(snapshot.database("DEFAULT").unwrap().unwrap().id, DEFAULT);
    assert!(directory.path().join("catalog.sqlite").exists());
    assert_whole(&store);
}

#[test]
fn a_second_writer_learns_who_holds_the_directory() {
    let directory = TestDirectory::new();
    let store = directory.open();
    let error = Store::open(directory.path(), &OpenOptions::default()).unwrap_err();
    assert_eq!(error.code(), Code::DatabaseLocked);
    assert!(error.to_string().contains(&format!("process {}", std::process::id())), "{error}");
    drop(store);
    directory.open();
}

#[test]
fn a_reader_beside_a_writer_sees_new_snapshots() {
    let directory = TestDirectory::new();
    let store = directory.open();
    let id = create(&store, "t");
    let reader = Store::open(directory.path(), &OpenOptions::read_only()).unwrap();
    assert_eq!(ids(&current(&reader, id)), [] as [i64; 0]);
    let before = reader.snapshot().unwrap();
    append(&store, id, &rows(0..3));
    assert_eq!(ids(&current(&reader, id)), [0, 1, 2]);
    assert_eq!(before.dataset(id).unwrap().rows(), 0);
    assert_eq!(reader.begin().unwrap_err().code(), Code::ReadOnly);
}

#[test]
fn a_missing_directory_is_not_created_for_reading() {
    let directory = TestDirectory::new();
    let error = Store::open(directory.path(), &OpenOptions::read_only()).unwrap_err();
    assert_eq!(error.code(), Code::FileNotFound);
    assert!(!directory.path().exists());
}

#[test]
fn a_newer_format_is_refused() {
    let directory = TestDirectory::new();
    drop(directory.open());
    let catalog = rusqlite::Connection::open(directory.path().join("catalog.sqlite")).unwrap();
    catalog.execute("UPDATE linal_info SET value = '999' WHERE key = 'format_version'", []).unwrap();
    drop(catalog);
    for options in [OpenOptions::default(), OpenOptions::read_only()] {
        let error = Store::open(directory.path(), &options).unwrap_err();
        assert_eq!(error.code(), Code::NewerFormat);
    }
}

#[test]
fn orphans_are_removed_at_opening() {
    let directory = TestDirectory::new();
    let store = directory.open();
    let id = create(&store, "t");
    append(&store, id, &rows(0..2000));
    drop(store);
    let orphan = directory.path().join(format!("data/{id}/999.parquet"));
    let half = directory.path().join(format!("data/{id}/7.parquet.tmp"));
    std::fs::write(&orphan, "x").unwrap();
    std::fs::write(&half, "x").unwrap();
    let store = directory.open();
    assert!(!orphan.exists() && !half.exists());
    assert_eq!(current(&store, id).rows(), 2000);
    assert_whole(&store);
}

#[test]
fn a_file_that_is_no_catalog_is_named() {
    let directory = TestDirectory::new();
    std::fs::create_dir_all(directory.path()).unwrap();
    std::fs::write(directory.path().join("catalog.sqlite"), vec![7; 5000]).unwrap();
    let error = Store::open(directory.path(), &OpenOptions::default()).unwrap_err();
    assert_eq!(error.code(), Code::DamagedDatabase, "{error}");
}

#[test]
fn names_of_databases_are_kept_and_found_without_case() {
    let directory = TestDirectory::new();
    let store = directory.open();
    let mut transaction = store.begin().unwrap();
    let lab = transaction.create_database("Lab").unwrap();
    let id = transaction.create_dataset(lab, "T", columns()).unwrap();
    transaction.commit(None).unwrap();
    drop(store);
    let store = directory.open();
    let snapshot = store.snapshot().unwrap();
    assert_eq!(snapshot.database("lab").unwrap().unwrap().name, "Lab");
    assert_eq!(snapshot.find(lab, "t").unwrap().unwrap().id, id);
    let mut transaction = store.begin().unwrap();
    transaction.drop_database(lab).unwrap();
    transaction.commit(None).unwrap();
    assert!(store.snapshot().unwrap().database("lab").unwrap().is_none());
    assert!(store.snapshot().unwrap().datasets().unwrap().is_empty());
    assert_whole(&store);
}
