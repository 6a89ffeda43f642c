//! Damaged files are found and named, and no damage panics.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::Int64Array;
use arrow::datatypes::{DataType, Field};
use linal_error::Code;
use linal_store::TensorType;
use linal_store::database::{Column, DatasetId, OpenOptions, Store};
use linal_tensor::DType;

use crate::support::*;

/// A dataset of ids and vectors: a segment, and rows of the catalog.
fn with_vectors(store: &Store) -> DatasetId {
    let mut transaction = store.begin().unwrap();
    let columns = vec![
        Column::new(Field::new("id", DataType::Int64, false)),
        Column::new(TensorType::vector(2, DType::F32).field("v", true)),
    ];
    let id = transaction.create_dataset(DEFAULT, "t", columns).unwrap();
    let row = |at: i64| (at % 7 != 3).then_some([at as f32, 0.5]);
    for range in [0..2000, 2000..2003i64] {
        let values: Vec<_> = range.clone().map(row).collect();
        let ids = Arc::new(Int64Array::from_iter_values(range));
        transaction.append(id, &batch(vec![ids, vectors(&values)])).unwrap();
    }
    transaction.commit(None).unwrap();
    id
}

fn only_file(folder: &Path) -> PathBuf {
    std::fs::read_dir(folder).unwrap().next().unwrap().unwrap().path()
}

type Damage = Box<dyn Fn(&mut Vec<u8>)>;

/// What is done to a file.
fn damages(length: usize) -> Vec<(&'static str, Damage)> {
    let mut found: Vec<(&'static str, Damage)> = vec![
        ("empty", Box::new(Vec::clear)),
        ("half", Box::new(|bytes| bytes.truncate(bytes.len() / 2))),
        ("longer", Box::new(|bytes| bytes.push(0))),
    ];
    for at in [0, 4, length / 3, length / 2, length - 9, length - 1] {
        found.push(("flipped", Box::new(move |bytes| bytes[at] ^= 1 << (at % 8))));
    }
    found
}

#[test]
fn a_damaged_segment_is_named() {
    let directory = TestDirectory::new();
    let store = directory.open();
    let id = with_vectors(&store);
    drop(store);
    let file = only_file(&directory.path().join(format!("data/{id}")));
    let whole = std::fs::read(&file).unwrap();
    for (what, damage) in damages(whole.len()) {
        let mut bytes = whole.clone();
        damage(&mut bytes);
        std::fs::write(&file, &bytes).unwrap();
        let store = directory.open();
        let error = current(&store, id).read().unwrap_err();
        assert_eq!(error.code(), Code::DamagedDatabase, "{what}: {error}");
        assert!(error.to_string().contains(&*file.file_name().unwrap().to_string_lossy()), "{what}: {error}");
        let faults = store.check().unwrap();
        assert!(faults.iter().any(|fault| fault.contains(".parquet")), "{what}: {faults:?}");
    }
    std::fs::remove_file(&file).unwrap();
    let store = directory.open();
    assert_eq!(current(&store, id).read().unwrap_err().code(), Code::DamagedDatabase);
    assert!(!store.check().unwrap().is_empty());
}

#[test]
fn readers_of_damaged_bytes_fail_without_a_panic_even_unverified() {
    let directory = TestDirectory::new();
    let store = directory.open();
    let id = with_vectors(&store);
    drop(store);
    let file = only_file(&directory.path().join(format!("data/{id}")));
    let whole = std::fs::read(&file).unwrap();
    let options = OpenOptions { verify: false, ..OpenOptions::read_only() };
    for at in (0..whole.len()).step_by(whole.len() / 150) {
        let mut bytes = whole.clone();
        bytes[at] ^= 0x55;
        std::fs::write(&file, &bytes).unwrap();
        let store = Store::open(directory.path(), &options).unwrap();
        // Other values are possible without the hash; a panic is not.
        let _ = current(&store, id).read();
    }
}

#[test]
fn vectors_are_built_again() {
    let directory = TestDirectory::new();
    let store = directory.open();
    let id = with_vectors(&store);
    let expected = format!("{:?}", current(&store, id).read().unwrap());
    drop(store);
    let file = only_file(&directory.path().join(format!("vectors/{id}")));
    let whole = std::fs::read(&file).unwrap();
    for (what, damage) in damages(whole.len()) {
        let mut bytes = whole.clone();
        damage(&mut bytes);
        std::fs::write(&file, &bytes).unwrap();
        let reader = Store::open(directory.path(), &OpenOptions::read_only()).unwrap();
        assert_eq!(format!("{:?}", current(&reader, id).read().unwrap()), expected, "{what}");
        drop(reader);
        assert_eq!(std::fs::read(&file).unwrap(), bytes, "a reader writes nothing");
        let store = directory.open();
        assert_eq!(format!("{:?}", current(&store, id).read().unwrap()), expected, "{what}");
        assert_whole(&store);
    }
    std::fs::remove_file(&file).unwrap();
    let store = directory.open();
    assert_eq!(format!("{:?}", current(&store, id).read().unwrap()), expected);
    assert!(file.exists());
    assert_whole(&store);
}

#[test]
fn a_damaged_catalog_is_an_error() {
    let directory = TestDirectory::new();
    let store = directory.open();
    let id = with_vectors(&store);
    drop(store);
    let file = directory.path().join("catalog.sqlite");
    let whole = std::fs::read(&file).unwrap();
    let mut failures = 0;
    for round in 0..60usize {
        let mut bytes = whole.clone();
        if round % 6 == 0 {
            bytes.truncate(whole.len() * round / 60);
        } else {
            // A block of bytes, as a bad sector is.
            let at = whole.len() * round / 60;
            bytes[at..(at + 64).min(whole.len())].iter_mut().for_each(|byte| *byte = 0xa5);
        }
        std::fs::write(&file, &bytes).unwrap();
        let read = || {
            let store = Store::open(directory.path(), &OpenOptions::read_only())?;
            let dataset = store.snapshot()?.dataset(id)?;
            dataset.read()?;
            store.check()
        };
        failures += usize::from(!matches!(read(), Ok(faults) if faults.is_empty()));
    }
    assert!(failures >= 10, "{failures} of 60 damages were noticed");
    std::fs::write(&file, &whole).unwrap();
    assert_whole(&directory.open());
}

#[test]
fn a_path_that_leads_elsewhere_is_refused() {
    let directory = TestDirectory::new();
    let store = directory.open();
    let id = with_vectors(&store);
    drop(store);
    let catalog = rusqlite::Connection::open(directory.path().join("catalog.sqlite")).unwrap();
    catalog.execute("UPDATE linal_file SET path = '../secret.parquet' WHERE kind = 'segment'", []).unwrap();
    drop(catalog);
    let store = Store::open(directory.path(), &OpenOptions::read_only()).unwrap();
    assert_eq!(current(&store, id).read().unwrap_err().code(), Code::DamagedDatabase);
}

#[test]
fn damaged_rows_of_the_catalog_are_named() {
    let directory = TestDirectory::new();
    let store = directory.open();
    let id = create(&store, "t");
    for first in (0..200).step_by(10) {
        append(&store, id, &rows(first..first + 10));
    }
    let expected = pairs(&current(&store, id));
    store.checkpoint().unwrap();
    drop(store);
    let file = directory.path().join("catalog.sqlite");
    let whole = std::fs::read(&file).unwrap();
    // The texts of the rows, in the pages of SQLite: a bit that flips there gives another text.
    let places: Vec<usize> = (0..whole.len() - 5)
        .filter(|&at| &whole[at..at + 5] == b"name " && whole[at + 5].is_ascii_digit())
        .collect();
    assert!(places.len() >= 100, "{} texts", places.len());
    let mut flipped = 0;
    for (round, at) in places.into_iter().step_by(7).enumerate() {
        let mut bytes = whole.clone();
        bytes[at + round % 6] ^= 1 << (round % 3);
        std::fs::write(&file, &bytes).unwrap();
        let store = Store::open(directory.path(), &OpenOptions::read_only()).unwrap();
        let faults = store.check().unwrap();
        match current(&store, id).read() {
            // The text may be one that a row had before, in a page that nothing reads.
            Ok(_) => assert_eq!(pairs(&current(&store, id)), expected),
            Err(error) => {
                flipped += 1;
                assert_eq!(error.code(), Code::DamagedDatabase);
                assert!(error.to_string().contains("linal_inline_"), "{error}");
                assert!(faults.iter().any(|fault| fault.contains("linal_inline_")), "{faults:?}");
            }
        }
    }
    assert!(flipped >= 10, "{flipped} rows were damaged");
}
