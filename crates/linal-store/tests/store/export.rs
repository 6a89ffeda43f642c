//! A database as a DuckLake of its own. Whether DuckDB reads and changes it is for `python -m lake.check`.

use std::path::{Path, PathBuf};

use linal_error::Code;
use linal_store::TensorType;
use linal_store::database::{Column, DatabaseId, OpenOptions, Store};
use linal_tensor::DType;
use rusqlite::Connection;

use crate::support::*;

/// The path of a lake, whose files are removed at the end.
struct Lake(PathBuf);

impl Lake {
    fn new(directory: &TestDirectory) -> Lake {
        Lake(directory.path().with_extension("sqlite"))
    }

    fn folder(&self) -> PathBuf {
        self.0.with_extension("sqlite.files")
    }
}

impl Drop for Lake {
    fn drop(&mut self) {
        let _ = (std::fs::remove_file(&self.0), std::fs::remove_dir_all(self.folder()));
    }
}

fn rows_of(lake: &Path, query: &str) -> Vec<String> {
    let connection = Connection::open(lake).unwrap();
    let mut statement = connection.prepare(query).unwrap();
    let rows = statement.query_map([], |row| row.get(0)).unwrap();
    rows.collect::<rusqlite::Result<_>>().unwrap()
}

#[test]
fn the_current_rows_of_one_database_are_exported() {
    let directory = TestDirectory::new();
    let store = directory.open();
    let id = create(&store, "plain");
    append(&store, id, &rows(0..2000));
    append(&store, id, &rows([5000]));
    let mut transaction = store.begin().unwrap();
    transaction.delete(id, &[7]).unwrap();
    let columns = vec![Column::new(TensorType::vector(2, DType::F32).field("v", true))];
    let vectors_id = transaction.create_dataset(DEFAULT, "Embedded", columns).unwrap();
    transaction.append(vectors_id, &batch(vec![vectors(&[Some([1.0, 2.0]), None])])).unwrap();
    let other = transaction.create_database("other").unwrap();
    transaction.create_dataset(other, "hidden", crate::support::columns()).unwrap();
    transaction.commit(None).unwrap();
    let lake = Lake::new(&directory);
    store.export_ducklake(DEFAULT, &lake.0).unwrap();
    let names = "SELECT table_name FROM ducklake_table ORDER BY table_id";
    assert_eq!(rows_of(&lake.0, names), ["plain", "Embedded__storage"]);
    assert_eq!(rows_of(&lake.0, "SELECT view_name FROM ducklake_view"), ["Embedded"]);
    let files = "SELECT s.path || t.path || f.path || ' ' || f.record_count FROM ducklake_data_file f \
                 JOIN ducklake_table t USING (table_id) JOIN ducklake_schema s USING (schema_id) ORDER BY data_file_id";
    let files = rows_of(&lake.0, files);
    assert_eq!(files.len(), 2);
    for (file, count) in files.iter().zip(["2000", "2"]) {
        let (path, rows) = file.split_once(' ').unwrap();
        assert_eq!(rows, count);
        assert!(lake.folder().join(path).is_file(), "{path}");
    }
    let data = rows_of(&lake.0, "SELECT value FROM ducklake_metadata WHERE key = 'data_path'");
    assert_eq!(data, [format!("{}/", lake.folder().display())]);
    assert_whole(&store);
}

#[test]
fn an_existing_target_is_left_alone() {
    let directory = TestDirectory::new();
    let store = directory.open();
    let lake = Lake::new(&directory);
    store.export_ducklake(DEFAULT, &lake.0).unwrap();
    let before = std::fs::read(&lake.0).unwrap();
    assert_eq!(store.export_ducklake(DEFAULT, &lake.0).unwrap_err().code(), Code::NameExists);
    assert_eq!(std::fs::read(&lake.0).unwrap(), before);
    std::fs::remove_file(&lake.0).unwrap();
    let error = store.export_ducklake(DEFAULT, &lake.0).unwrap_err();
    assert_eq!(error.code(), Code::NameExists);
    assert!(error.to_string().contains(".files"), "{error}");
    std::fs::remove_dir_all(lake.folder()).unwrap();
    let unknown = store.export_ducklake(DatabaseId(99), &lake.0).unwrap_err();
    assert_eq!(unknown.code(), Code::UnknownName);
    assert!(!lake.0.exists() && !lake.folder().exists());
    // A store that is only read exports, too.
    drop(store);
    let reader = Store::open(directory.path(), &OpenOptions::read_only()).unwrap();
    reader.export_ducklake(DEFAULT, &lake.0).unwrap();
    assert!(lake.0.exists());
}
