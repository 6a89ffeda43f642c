//! A failure at each call of the file layer in turn: the change errors, and nothing acknowledged is lost.
//! With `LINAL_FAULTS` set, each kind of failure for each kind of work.

use std::sync::Arc;

use arrow::array::{Array, Float64Array};
use arrow::datatypes::{DataType, Field};
use linal_store::database::{DatasetId, Keep, Result, Store};
use linal_store::file_layer::{Fault, FaultyFiles};

use crate::support::*;

/// A change that writes files.
type Work = fn(&Store, DatasetId, &TestDirectory) -> Result<()>;

const WORKS: [(&str, Work); 8] = [
    ("bulk append", |store, id, _| {
        let mut transaction = store.begin()?;
        transaction.append(id, &rows(5000..7000))?;
        transaction.commit(None).map(drop)
    }),
    ("large update", |store, id, _| {
        let mut transaction = store.begin()?;
        transaction.update(id, &(0..2000).collect::<Vec<_>>(), &rows(9000..11_000))?;
        transaction.commit(None).map(drop)
    }),
    ("large delete", |store, id, _| {
        let mut transaction = store.begin()?;
        transaction.delete(id, &(0..1500).collect::<Vec<_>>())?;
        transaction.commit(None).map(drop)
    }),
    ("saved tensor", |store, _, _| {
        let mut transaction = store.begin()?;
        let field = Field::new("x", DataType::Float64, false);
        let values = Arc::new(Float64Array::from(vec![1.0, 2.0])) as Arc<dyn Array>;
        transaction.put_object(DEFAULT, "tensor", "x", None, serde_json::json!({}), Some((field, values)))?;
        transaction.commit(None).map(drop)
    }),
    ("compaction", |store, id, _| store.compact(id, true).map(drop)),
    ("expiry", |store, id, _| store.expire(id, Keep::Last(1)).map(drop)),
    ("backup", |store, _, directory| {
        let target = directory.path().with_extension("backup");
        let done = store.backup(&target);
        let _ = std::fs::remove_dir_all(&target);
        done
    }),
    ("export", |store, _, directory| {
        let target = directory.path().with_extension("lake");
        let data = directory.path().with_extension("lake.files");
        let done = store.export_ducklake(DEFAULT, &target);
        assert_eq!(done.is_ok(), target.exists() && data.exists());
        let _ = (std::fs::remove_file(&target), std::fs::remove_dir_all(&data));
        done
    }),
];

/// A directory with a segment, and rows of the catalog.
fn prepared(files: &FaultyFiles) -> (TestDirectory, Store, DatasetId) {
    let directory = TestDirectory::new();
    let store = directory.open_with(files).unwrap();
    let id = create(&store, "t");
    append(&store, id, &rows(0..3000));
    append(&store, id, &rows([-1, -2]));
    (directory, store, id)
}

#[test]
fn each_call_fails_in_turn() {
    let all = std::env::var("LINAL_FAULTS").is_ok();
    for (at, (name, work)) in WORKS.into_iter().enumerate() {
        for fault in [Fault::Fail, Fault::Short, Fault::Torn, Fault::DiskFull, Fault::Dead] {
            // The others differ where rows are written, which the first work does.
            if fault != Fault::Fail && at > 0 && !all {
                continue;
            }
            for call in 0.. {
                let files = FaultyFiles::new();
                let (directory, store, id) = prepared(&files);
                let before = pairs(&current(&store, id));
                let what = format!("{name}, {fault:?} at call {call}");
                files.plan(call, fault);
                let start = files.calls();
                let outcome = work(&store, id, &directory);
                let reached = files.calls() > start + call;
                files.heal();
                if outcome.is_err() {
                    assert!(reached, "{what}: {outcome:?}");
                    assert_eq!(pairs(&current(&store, id)), before, "{what}");
                } else if fault == Fault::Short || name == "expiry" {
                    // A short write is not an error, and files that expire are not needed.
                } else if reached {
                    assert!(store.check().unwrap().len() <= 1, "{what}");
                }
                // The store goes on.
                append(&store, id, &rows([7]));
                let after = pairs(&current(&store, id));
                drop(store);
                let store = directory.open();
                assert_eq!(pairs(&current(&store, id)), after, "{what}");
                assert_whole(&store);
                if !reached {
                    break;
                }
            }
        }
    }
}

#[test]
fn a_power_cut_loses_nothing_that_was_acknowledged() {
    for (name, work) in WORKS {
        for call in 0.. {
            let files = FaultyFiles::new();
            let (directory, store, id) = prepared(&files);
            let before = pairs(&current(&store, id));
            files.plan(call, Fault::Dead);
            let start = files.calls();
            let outcome = work(&store, id, &directory);
            let reached = files.calls() > start + call;
            let expected = if outcome.is_ok() { pairs_of_catalog(&store, id, &files) } else { before };
            drop(store);
            files.power_cut().unwrap();
            let store = directory.open();
            assert_eq!(pairs(&current(&store, id)), expected, "{name}, power cut at call {call}");
            assert_whole(&store);
            if !reached {
                break;
            }
        }
    }
}

/// The rows as the process that is about to lose its power sees them.
fn pairs_of_catalog(store: &Store, id: DatasetId, files: &FaultyFiles) -> Vec<(i64, Option<String>)> {
    files.heal();
    pairs(&current(store, id))
}

#[test]
fn a_failure_while_opening_is_an_error_and_the_next_opening_works() {
    for call in 0.. {
        let files = FaultyFiles::new();
        let directory = TestDirectory::new();
        files.plan(call, Fault::Dead);
        let opened = directory.open_with(&files);
        let reached = files.calls() > call;
        assert_eq!(opened.is_err(), reached, "call {call}");
        drop(opened);
        files.power_cut().unwrap();
        let store = directory.open();
        let id = create(&store, "t");
        append(&store, id, &rows(0..2000));
        assert_whole(&store);
        if !reached {
            break;
        }
    }
}
