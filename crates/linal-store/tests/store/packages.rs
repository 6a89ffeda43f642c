//! Packages of a directory: they are verified with it, and are part of its backups.

use std::path::{Path, PathBuf};

use arrow::array::RecordBatch;
use arrow::datatypes::{DataType, Field, Schema};
use linal_error::Code;
use linal_store::package::{self, Package, sums};
use serde_json::json;

use crate::support::*;

/// Writes a package as the engine does, and a pipeline beside it.
fn write_packages(directory: &Path) -> PathBuf {
    let folder = directory.join("packages/default/datasets/t");
    std::fs::create_dir_all(folder.parent().unwrap()).unwrap();
    let fields = vec![Field::new("id", DataType::Int64, false), Field::new("name", DataType::Utf8View, true)];
    let schema = std::sync::Arc::new(Schema::new(fields));
    let batch = RecordBatch::try_new(schema.clone(), rows(0..100).columns().to_vec()).unwrap();
    let package = Package {
        name: "t".to_string(),
        version: 3,
        metadata: json!({}),
        columns: json!({ "columns": [] }),
        stats: json!({ "rows": 100 }),
        lineage: json!({ "steps": [] }),
        schema,
        batches: vec![batch],
    };
    package::write(&folder, &package).unwrap();
    let pipelines = directory.join("packages/default/pipelines");
    std::fs::create_dir_all(&pipelines).unwrap();
    let text = "DEFINE PIPELINE `p` AS LIMIT 1\n";
    std::fs::write(pipelines.join("p.lnl"), text).unwrap();
    std::fs::write(pipelines.join("p.lnl.sha256"), sums::line("p.lnl", text.as_bytes())).unwrap();
    folder
}

#[test]
fn damage_of_any_file_of_a_package_is_named() {
    let directory = TestDirectory::new();
    let store = directory.open();
    let folder = write_packages(directory.path());
    assert_whole(&store);
    let mut files: Vec<PathBuf> =
        std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert_eq!(files.len(), 6, "{files:?}");
    files.push(directory.path().join("packages/default/pipelines/p.lnl"));
    files.push(directory.path().join("packages/default/pipelines/p.lnl.sha256"));
    for file in files {
        let whole = std::fs::read(&file).unwrap();
        let assert_found = |what: &str| {
            let faults = store.check().unwrap();
            assert!(!faults.is_empty(), "{what}: {}", file.display());
        };
        for at in (0..whole.len()).step_by((whole.len() / 40).max(1)) {
            let mut bytes = whole.clone();
            bytes[at] ^= 1 << (at % 8);
            std::fs::write(&file, &bytes).unwrap();
            assert_found("flipped");
        }
        std::fs::write(&file, &whole[..whole.len() / 2]).unwrap();
        assert_found("cut");
        std::fs::write(&file, "").unwrap();
        assert_found("emptied");
        // The checksum of a file of its own is all that names the file.
        if file.extension().is_none_or(|extension| extension != sums::EXTENSION) {
            std::fs::remove_file(&file).unwrap();
            assert_found("removed");
        }
        std::fs::write(&file, &whole).unwrap();
    }
    assert_whole(&store);
}

#[test]
fn a_file_of_a_damaged_package_is_not_given_away() {
    let directory = TestDirectory::new();
    let folder = write_packages(directory.path());
    package::verify_file(&folder, "data.parquet").unwrap();
    let file = folder.join("data.parquet");
    let mut bytes = std::fs::read(&file).unwrap();
    bytes[100] ^= 1;
    std::fs::write(&file, bytes).unwrap();
    assert!(package::verify_file(&folder, "data.parquet").is_err());
    package::verify_file(&folder, "schema.json").unwrap();
}

#[test]
fn a_backup_has_the_packages() {
    let directory = TestDirectory::new();
    let store = directory.open();
    let folder = write_packages(directory.path());
    std::fs::create_dir_all(folder.with_file_name(".u.1-1.tmp")).unwrap();
    let target = TestDirectory::new();
    store.backup(target.path()).unwrap();
    let copied = target.path().join("packages/default/datasets");
    package::verify(&copied.join("t")).unwrap();
    assert!(target.path().join("packages/default/pipelines/p.lnl").is_file());
    assert!(!copied.join(".u.1-1.tmp").exists());
    assert_whole(&target.open());
    // A damaged package is no backup.
    std::fs::write(folder.join("stats.json"), "{}").unwrap();
    let other = TestDirectory::new();
    let error = store.backup(other.path()).unwrap_err();
    assert_eq!(error.code(), Code::DamagedDatabase, "{error}");
    assert!(!other.path().exists());
}

#[test]
fn copies_to_a_folder_that_is_missing_are_no_damage() {
    let directory = TestDirectory::new();
    let store = directory.open();
    let target = directory.path().join("nosuch/copy");
    assert_eq!(store.backup(&target).unwrap_err().code(), Code::FileNotFound);
    assert_eq!(store.export_ducklake(DEFAULT, &target).unwrap_err().code(), Code::FileNotFound);
}
