//! Row groups: what is read of a dataset at once.

use std::sync::{Arc, Mutex};

use arrow::array::{Array, ArrayRef, Int64Array};
use arrow::compute::concat;
use arrow::datatypes::Field;
use linal_error::Code;
use linal_store::database::{
    DatasetId, DatasetSnapshot, GroupColumn, Keep, OpenOptions, RowGroup, Scan, Store,
};
use linal_store::file_layer::{Fault, FaultyFiles};

use crate::support::*;

/// More than two groups.
const MANY: i64 = 300_000;

fn groups(dataset: &DatasetSnapshot) -> Vec<RowGroup> {
    dataset.parts().unwrap().iter().flat_map(|part| part.row_groups().unwrap()).collect()
}

fn column(groups: &[RowGroup], column: u64) -> ArrayRef {
    let read: Vec<ArrayRef> =
        groups.iter().map(|group| group.read(&[column]).unwrap()[0].array().clone()).collect();
    concat(&read.iter().map(|array| array.as_ref()).collect::<Vec<_>>()).unwrap()
}

/// The groups have the rows and ids of a scan.
fn assert_groups(store: &Store, id: DatasetId) {
    let dataset = current(store, id);
    let expected = dataset.read().unwrap();
    let groups = groups(&dataset);
    assert_eq!(groups.iter().map(RowGroup::rows).sum::<usize>(), expected.num_rows());
    for (at, definition) in dataset.columns().iter().enumerate() {
        assert_eq!(&column(&groups, definition.id), expected.column(at));
    }
    let ids = dataset
        .parts()
        .unwrap()
        .iter()
        .flat_map(|part| part.live_ids().unwrap())
        .flatten()
        .collect::<Vec<_>>();
    assert_eq!(ids, row_ids(&dataset));
    for group in &groups {
        let low = group.own_statistics(dataset.columns()[0].id).unwrap().min;
        let values = group.read(&[dataset.columns()[0].id]).unwrap()[0].array().clone();
        let least = arrow::compute::min(values.as_any().downcast_ref::<Int64Array>().unwrap()).unwrap();
        if let Some(low) = low {
            assert!(low.as_any().downcast_ref::<Int64Array>().unwrap().value(0) <= least);
        }
    }
}

#[test]
fn groups_have_the_rows_of_a_scan() {
    let directory = TestDirectory::new();
    let store = directory.open();
    let id = create(&store, "t");
    append(&store, id, &rows(0..MANY));
    let column = current(&store, id).columns()[0].id;
    let bounds = groups(&current(&store, id)).into_iter().map(|group| {
        let own = group.own_statistics(column).unwrap();
        let value = |bound: &ArrayRef| bound.as_any().downcast_ref::<Int64Array>().unwrap().value(0);
        (value(&own.min.unwrap()), value(&own.max.unwrap()), own.nulls)
    });
    let expected = [(0, 131_071, Some(0)), (131_072, 262_143, Some(0)), (262_144, MANY - 1, Some(0))];
    assert_eq!(bounds.collect::<Vec<_>>(), expected);
    assert_groups(&store, id);
    // A few changes are rows of the catalog, within a group and at its borders.
    let mut transaction = store.begin().unwrap();
    transaction.delete(id, &[0, 5, 131_071, 131_072, 299_999]).unwrap();
    transaction.update(id, &[6, 131_073, 200_000], &rows([-1, -2, -3])).unwrap();
    transaction.commit(None).unwrap();
    append(&store, id, &rows(MANY..MANY + 3));
    assert_groups(&store, id);
    // A whole group is deleted.
    let mut transaction = store.begin().unwrap();
    transaction.delete(id, &(140_000..150_000).collect::<Vec<u64>>()).unwrap();
    transaction.commit(None).unwrap();
    assert_groups(&store, id);
    // The segment is written anew, and its ids have gaps.
    assert!(store.compact(id, true).unwrap());
    assert_groups(&store, id);
}

#[test]
fn groups_can_be_read_when_their_version_has_expired() {
    let directory = TestDirectory::new();
    let store = directory.open();
    let id = create(&store, "t");
    append(&store, id, &rows(0..2000));
    let held = groups(&current(&store, id));
    let mut transaction = store.begin().unwrap();
    transaction.truncate(id).unwrap();
    transaction.append(id, &rows(5000..7000)).unwrap();
    transaction.commit(None).unwrap();
    let files = || std::fs::read_dir(directory.path().join(format!("data/{id}"))).unwrap().count();
    assert_eq!(files(), 2);
    store.expire(id, Keep::Last(1)).unwrap();
    assert_eq!(files(), 2);
    assert_eq!(&column(&held, current(&store, id).columns()[0].id), rows(0..2000).column(0));
    drop(held);
    assert_eq!(files(), 1);
    assert_whole(&store);
}

/// The last row group may be the last to hold the store. Another process must not open the directory before the files
/// of the group are gone: it could give their names again.
#[test]
fn files_of_groups_are_removed_while_the_directory_is_locked() {
    let directory = TestDirectory::new();
    let files = Meanwhile::default();
    let store = files.open(&directory);
    let id = create(&store, "t");
    append(&store, id, &rows(0..2000));
    let held = groups(&current(&store, id));
    let mut transaction = store.begin().unwrap();
    transaction.truncate(id).unwrap();
    transaction.append(id, &rows(5000..7000)).unwrap();
    transaction.commit(None).unwrap();
    store.expire(id, Keep::Last(1)).unwrap();
    drop(store);
    let (path, found) = (directory.path().to_path_buf(), Arc::new(Mutex::new(None)));
    let noted = found.clone();
    files.plan_removal(move || {
        let opened = Store::open(&path, &OpenOptions::default()).map(drop);
        *noted.lock().unwrap() = opened.err().map(|error| error.code());
    });
    drop(held);
    assert!(files.has_happened());
    assert_eq!(*found.lock().unwrap(), Some(Code::DatabaseLocked));
    assert_whole(&directory.open());
}

#[test]
fn a_file_that_cannot_be_removed_leaves_no_others() {
    for call in 0.. {
        let directory = TestDirectory::new();
        let layer = FaultyFiles::new();
        let store = directory.open_with(&layer).unwrap();
        let id = create(&store, "t");
        for _ in 0..4 {
            let mut transaction = store.begin().unwrap();
            transaction.truncate(id).unwrap();
            transaction.append(id, &rows(0..2000)).unwrap();
            transaction.commit(None).unwrap();
        }
        let files = || std::fs::read_dir(directory.path().join(format!("data/{id}"))).unwrap().count();
        assert_eq!(files(), 4);
        let calls = layer.calls();
        layer.plan(call, Fault::Fail);
        let failed = store.expire(id, Keep::Last(1)).is_err();
        if layer.calls() - calls <= call {
            assert_eq!((failed, files()), (false, 1));
            // Each of the three old files was one that could not be removed.
            assert!(call >= 3);
            break;
        }
        assert_eq!((failed, files()), (true, 2), "the call {call}");
    }
}

#[test]
fn mapped_columns_are_slices_until_a_row_changes() {
    let directory = TestDirectory::new();
    let store = directory.open();
    let mut transaction = store.begin().unwrap();
    let columns =
        vec![linal_store::database::Column::new(Field::new("v", vectors(&[]).data_type().clone(), true))];
    let id = transaction.create_dataset(DEFAULT, "t", columns).unwrap();
    let values: Vec<Option<[f32; 2]>> = (0..4000).map(|at| Some([at as f32, 0.5])).collect();
    transaction.append(id, &batch(vec![vectors(&values)])).unwrap();
    transaction.commit(None).unwrap();
    let read = |store: &Store| {
        let dataset = current(store, id);
        let group = groups(&dataset).remove(0);
        group.read(&[dataset.columns()[0].id]).unwrap().remove(0)
    };
    assert!(matches!(read(&store), GroupColumn::Mapped(_)));
    let mut transaction = store.begin().unwrap();
    transaction.delete(id, &[7]).unwrap();
    transaction.commit(None).unwrap();
    let GroupColumn::Decoded(left) = read(&store) else { panic!("a slice with a deleted row") };
    assert_eq!(left.len(), 3999);
    let scanned = current(&store, id).scan(&Scan::default()).unwrap().map(|batch| batch.unwrap().rows);
    let scanned: Vec<ArrayRef> = scanned.map(|rows| rows.column(0).clone()).collect();
    let scanned: Vec<&dyn Array> = scanned.iter().map(|array| array.as_ref()).collect();
    assert_eq!(&left, &concat(&scanned).unwrap());
}
