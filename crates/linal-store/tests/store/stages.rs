//! Rows that are in segments before a transaction takes them over.

use std::path::Path;
use std::sync::Arc;

use arrow::array::{Array, AsArray, Int64Array, RecordBatch};
use arrow::datatypes::{DataType, Field, Int64Type};
use linal_error::Code;
use linal_store::database::{
    Column, DatasetId, Keep, OpenOptions, PROVISIONAL_ROW_ID, Result, Scan, StagedRows, Store,
};
use linal_store::file_layer::{Fault, FaultyFiles};

use crate::support::*;

/// Rows of a new dataset, or of one.
fn staged(store: &Store, dataset: Option<DatasetId>, parts: &[RecordBatch]) -> Result<StagedRows> {
    let columns = match dataset {
        Some(id) => current(store, id).columns().to_vec(),
        None => columns(),
    };
    let mut stage = store.stage(dataset, columns)?;
    parts.iter().try_for_each(|part| stage.append(part))?;
    stage.finish()
}

/// Commits staged rows as a new dataset.
fn commit_new(store: &Store, name: &str, rows: StagedRows) -> Result<DatasetId> {
    let mut transaction = store.begin()?;
    let id = transaction.create_dataset_as(DEFAULT, name, rows.columns().to_vec(), &rows)?;
    transaction.append_staged(id, rows)?;
    transaction.commit(Some("LOAD"))?;
    Ok(id)
}

/// The number of files in the folders of datasets.
fn files(root: &Path) -> usize {
    fn count(folder: &Path) -> usize {
        let entries = std::fs::read_dir(folder).into_iter().flatten().map(|entry| entry.unwrap());
        entries.map(|entry| if entry.path().is_dir() { count(&entry.path()) } else { 1 }).sum()
    }
    count(&root.join("data")) + count(&root.join("vectors"))
}

#[test]
fn staged_rows_are_read_before_their_commit_and_after() {
    let directory = TestDirectory::new();
    let store = directory.open();
    let new = staged(&store, None, &[rows(0..2000), rows(2000..2003)]).unwrap();
    assert_eq!(new.rows(), 2003);
    assert_eq!(new.columns().iter().map(|column| column.id).collect::<Vec<_>>(), [1, 2]);
    let before = new.read(PROVISIONAL_ROW_ID + 5).unwrap();
    assert_eq!(ids(&before), (0..2003).collect::<Vec<_>>());
    let expected: Vec<u64> = (0..2003).map(|at| PROVISIONAL_ROW_ID + 5 + at).collect();
    assert_eq!(row_ids(&before), expected);
    let part = || before.parts().unwrap().remove(0);
    let statistics = part().statistics(1).unwrap();
    assert_eq!(statistics.min.unwrap().as_primitive::<Int64Type>().value(0), 0);
    let wanted = std::iter::once(expected[7]..expected[9]).collect();
    let scan = Scan { row_ids: Some(wanted), ..Scan::columns([1]) };
    let found = part().scan(&scan).unwrap().next().unwrap().unwrap();
    assert_eq!(found.rows.column(0).as_primitive::<Int64Type>().values(), &[7, 8]);
    assert!(store.snapshot().unwrap().datasets().unwrap().is_empty());

    let id = commit_new(&store, "t", new.clone()).unwrap();
    assert_eq!(id, new.dataset());
    assert_eq!(row_ids(&current(&store, id)), (0..2003).collect::<Vec<_>>());
    assert_eq!(ids(&current(&store, id)), (0..2003).collect::<Vec<_>>());
    // What was read before goes on, and rows are found by either ids.
    assert_eq!(row_ids(&before), expected);
    assert_eq!(pairs(&current(&store, id)), pairs(&before));
    drop((new, before));
    assert_whole(&store);
    let mut transaction = store.begin().unwrap();
    transaction.delete(id, &[3]).unwrap();
    transaction.commit(None).unwrap();
    drop(store);
    let store = directory.open();
    assert_eq!(current(&store, id).rows(), 2002);
    assert_whole(&store);
}

#[test]
fn staged_rows_come_between_those_of_their_transaction() {
    let directory = TestDirectory::new();
    let store = directory.open();
    let id = create(&store, "t");
    append(&store, id, &rows([-1]));
    let mut transaction = store.begin().unwrap();
    transaction.append(id, &rows(0..3)).unwrap();
    let first = transaction.append_staged(id, staged(&store, Some(id), &[rows(3..1500)]).unwrap()).unwrap();
    assert_eq!(first, PROVISIONAL_ROW_ID + 3);
    let second =
        transaction.append_staged(id, staged(&store, Some(id), &[rows(1500..1600)]).unwrap()).unwrap();
    assert_eq!(second, PROVISIONAL_ROW_ID + 1500);
    transaction.append(id, &rows(1600..1602)).unwrap();
    transaction.delete(id, &[PROVISIONAL_ROW_ID + 1, PROVISIONAL_ROW_ID + 1501]).unwrap();
    transaction.update(id, &[PROVISIONAL_ROW_ID + 4], &rows([4000])).unwrap();
    // Another commit appends meanwhile.
    append(&store, id, &rows([-2]));
    let commit = transaction.commit(None).unwrap();
    assert_eq!(commit.datasets[0].rows, 1602);
    let expected = [-1, -2].into_iter().chain(0..1602).filter(|at| *at != 1 && *at != 1501);
    let expected = expected.map(|at| if at == 4 { 4000 } else { at });
    assert_eq!(ids(&current(&store, id)), expected.collect::<Vec<i64>>());
    assert_whole(&store);
    store.compact(id, true).unwrap();
    assert_whole(&store);
}

#[test]
fn columns_change_between_staging_and_commit() {
    let directory = TestDirectory::new();
    let store = directory.open();
    let new = staged(&store, None, &[rows(0..10)]).unwrap();
    let mut transaction = store.begin().unwrap();
    let mut columns = vec![new.columns()[1].clone()];
    let mut added = Column::new(Field::new("n", DataType::Int64, true));
    added.initial = Some(Arc::new(Int64Array::from(vec![7])));
    columns.push(added);
    let id = transaction.create_dataset_as(DEFAULT, "t", columns, &new).unwrap();
    assert_eq!(transaction.columns(id).unwrap().iter().map(|column| column.id).collect::<Vec<_>>(), [2, 3]);
    transaction.append_staged(id, new).unwrap();
    transaction.commit(None).unwrap();
    let found = current(&store, id).read().unwrap();
    assert_eq!(found.column(0).len(), 10);
    assert_eq!(found.column(1).as_primitive::<Int64Type>().values(), &[7; 10]);
    assert_whole(&store);
}

#[test]
fn rows_that_no_commit_takes_leave_nothing() {
    let directory = TestDirectory::new();
    let store = directory.open();
    let id = create(&store, "t");
    append(&store, id, &rows([1]));
    let mut stage = store.stage(Some(id), current(&store, id).columns().to_vec()).unwrap();
    stage.append(&rows(0..2000)).unwrap();
    assert_eq!(
        stage.append(&batch(vec![Arc::new(Int64Array::from(vec![1]))])).unwrap_err().code(),
        Code::WrongCount
    );
    drop(stage);
    assert_eq!(files(directory.path()), 0);
    let rows_of_it = staged(&store, Some(id), &[rows(0..2000)]).unwrap();
    let reader = rows_of_it.read(0).unwrap();
    assert_eq!(files(directory.path()), 1);
    drop(rows_of_it);
    assert_eq!(reader.read().unwrap().num_rows(), 2000, "who reads keeps the files");
    drop(reader);
    assert_eq!(files(directory.path()), 0);
    for way in 0..3 {
        let mut transaction = store.begin().unwrap();
        transaction.append_staged(id, staged(&store, Some(id), &[rows(0..2000)]).unwrap()).unwrap();
        match way {
            0 => drop(transaction),
            1 => {
                transaction.truncate(id).unwrap();
                assert_eq!(files(directory.path()), 0);
                transaction.commit(None).unwrap();
                append(&store, id, &rows([1]));
            }
            _ => {
                // Another commit changes the dataset.
                let mut other = store.begin().unwrap();
                other.update(id, &row_ids(&current(&store, id))[..1], &rows([5])).unwrap();
                other.commit(None).unwrap();
                transaction.update(id, &row_ids(&current(&store, id))[..1], &rows([6])).unwrap();
                assert_eq!(transaction.commit(None).unwrap_err().code(), Code::Conflict);
            }
        }
        assert_eq!(files(directory.path()), 0, "way {way}");
    }
    assert_whole(&store);
}

#[test]
fn rows_are_taken_once_and_again_after_a_failure() {
    let directory = TestDirectory::new();
    let store = directory.open();
    let id = create(&store, "t");
    let other = create(&store, "other");
    let rows = staged(&store, Some(id), &[rows(0..10)]).unwrap();
    let mut transaction = store.begin().unwrap();
    assert!(transaction.append_staged(other, rows.clone()).is_err(), "of another dataset");
    transaction.append_staged(id, rows.clone()).unwrap();
    assert!(transaction.append_staged(id, rows.clone()).is_err());
    assert!(store.begin().unwrap().append_staged(id, rows.clone()).is_err());
    drop(transaction);
    let mut transaction = store.begin().unwrap();
    transaction.append_staged(id, rows.clone()).unwrap();
    transaction.commit(None).unwrap();
    assert!(store.begin().unwrap().append_staged(id, rows.clone()).is_err());
    let created = store.begin().unwrap().create_dataset_as(DEFAULT, "u", columns(), &rows);
    assert!(created.is_err(), "the dataset exists");
    drop(rows);
    assert_eq!(ids(&current(&store, id)), (0..10).collect::<Vec<_>>());
    assert_whole(&store);
}

#[test]
fn work_in_the_background_leaves_staged_rows_alone() {
    let directory = TestDirectory::new();
    let store = directory.open();
    let id = create(&store, "t");
    (0..20).for_each(|at| append(&store, id, &rows(at * 2000..at * 2000 + 2000)));
    let rows_of_it = staged(&store, Some(id), &[rows(40_000..50_000)]).unwrap();
    let new = staged(&store, None, &[rows(0..5000)]).unwrap();
    store.compact(id, true).unwrap();
    store.expire(id, Keep::Last(1)).unwrap();
    store.expire(id, Keep::Last(1)).unwrap();
    store.checkpoint().unwrap();
    assert!(
        Store::open(directory.path(), &OpenOptions::default()).is_err(),
        "orphans are removed by one process"
    );
    assert_eq!(ids(&rows_of_it.read(0).unwrap()), (40_000..50_000).collect::<Vec<_>>());
    let mut transaction = store.begin().unwrap();
    transaction.append_staged(id, rows_of_it).unwrap();
    transaction.commit(None).unwrap();
    assert_eq!(ids(&current(&store, id)), (0..50_000).collect::<Vec<_>>());
    let other = commit_new(&store, "u", new).unwrap();
    assert_eq!(current(&store, other).rows(), 5000);
    assert_whole(&store);
}

#[test]
fn a_crash_leaves_orphans_which_the_next_opening_removes() {
    let directory = TestDirectory::new();
    let store = directory.open();
    let rows = staged(&store, None, &[rows(0..2000)]).unwrap();
    // A process that ends without a word drops nothing.
    std::mem::forget(rows);
    let copy = TestDirectory::new();
    copy_folder(directory.path(), copy.path());
    assert_eq!(files(copy.path()), 1);
    let store = copy.open();
    assert_eq!(files(copy.path()), 0);
    assert_whole(&store);
}

#[test]
fn each_call_of_the_file_layer_fails_in_turn() {
    for fault in [Fault::Fail, Fault::Short, Fault::Torn, Fault::DiskFull, Fault::Dead] {
        for call in 0.. {
            let layer = FaultyFiles::new();
            let directory = TestDirectory::new();
            let store = directory.open_with(&layer).unwrap();
            let id = create(&store, "t");
            append(&store, id, &rows([1]));
            let start = layer.calls();
            layer.plan(call, fault);
            let load = |store: &Store| {
                let rows_of_it = staged(store, Some(id), &[rows(0..2000)])?;
                let mut transaction = store.begin()?;
                transaction.append_staged(id, rows_of_it)?;
                transaction.commit(None).map(drop)
            };
            let done = load(&store);
            let reached = layer.calls() > start + call;
            layer.heal();
            let what = format!("{fault:?} at call {call}: {done:?}");
            let rows_now = if done.is_ok() { 2001 } else { 1 };
            assert!(reached || done.is_ok(), "{what}");
            assert!(!reached || done.is_err() || fault == Fault::Short, "{what}");
            assert_eq!(current(&store, id).rows(), rows_now, "{what}");
            // Another load works.
            load(&store).unwrap();
            assert_eq!(current(&store, id).rows(), rows_now + 2000, "{what}");
            drop(store);
            layer.power_cut().unwrap();
            let store = directory.open();
            assert_eq!(ids(&current(&store, id)).len() as u64, rows_now + 2000, "{what}");
            assert_whole(&store);
            if !reached {
                break;
            }
        }
    }
}
