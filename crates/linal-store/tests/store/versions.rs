//! Versions: listing, reading, restoring, expiring.

use linal_error::Code;
use linal_store::database::{Keep, OpenOptions, Store};

use crate::support::*;

#[test]
fn each_commit_makes_a_version_that_can_be_read() {
    let directory = TestDirectory::new();
    let store = directory.open();
    let id = create(&store, "t");
    for count in 1..=5 {
        append(&store, id, &rows([count]));
    }
    store.compact(id, true).unwrap();
    let snapshot = store.snapshot().unwrap();
    let versions = snapshot.versions(id).unwrap();
    assert_eq!(versions.iter().map(|version| version.version).collect::<Vec<_>>(), [1, 2, 3, 4, 5, 6]);
    assert_eq!(versions.iter().map(|version| version.rows).collect::<Vec<_>>(), [0, 1, 2, 3, 4, 5]);
    assert_eq!(versions[0].change, "create");
    assert_eq!(versions[1].change, "insert");
    assert_eq!(versions[1].statement.as_deref(), Some("INSERT"));
    assert!(versions.windows(2).all(|pair| pair[0].time_us < pair[1].time_us));
    for version in &versions {
        let then = snapshot.dataset_at(id, version.version).unwrap();
        assert_eq!(ids(&then), (1..version.version as i64).collect::<Vec<_>>());
        assert_eq!(then.version(), version.version);
    }
    let at = store.snapshot_at(versions[3].time_us).unwrap().unwrap();
    assert_eq!(ids(&at.dataset(id).unwrap()), [1, 2, 3]);
    assert_eq!(snapshot.dataset_at(id, 7).unwrap_err().code(), Code::UnknownVersion);
}

#[test]
fn a_version_is_restored_without_copies() {
    let directory = TestDirectory::new();
    let store = directory.open();
    let id = create(&store, "t");
    append(&store, id, &rows(0..5000));
    append(&store, id, &rows([70, 71]));
    let mut transaction = store.begin().unwrap();
    transaction.delete(id, &[3, 5001]).unwrap();
    transaction.update(id, &[4], &rows([-4])).unwrap();
    transaction.commit(None).unwrap();
    let expected = pairs(&current(&store, id));
    let files = std::fs::read_dir(directory.path().join(format!("data/{id}"))).unwrap().count();
    let mut transaction = store.begin().unwrap();
    transaction.truncate(id).unwrap();
    let only = vec![transaction.columns(id).unwrap()[0].clone()];
    transaction.set_columns(id, only).unwrap();
    transaction.commit(None).unwrap();
    let mut transaction = store.begin().unwrap();
    transaction.restore(&store.snapshot().unwrap().dataset_at(id, 4).unwrap()).unwrap();
    transaction.commit(Some("RESTORE")).unwrap();
    drop(store);
    let store = directory.open();
    let dataset = current(&store, id);
    assert_eq!(pairs(&dataset), expected);
    assert_eq!(dataset.version(), 6);
    assert_eq!(std::fs::read_dir(directory.path().join(format!("data/{id}"))).unwrap().count(), files);
    let mut transaction = store.begin().unwrap();
    transaction.delete(id, &[0]).unwrap();
    transaction.append(id, &rows([1])).unwrap();
    transaction.commit(None).unwrap();
    assert_eq!(current(&store, id).rows(), expected.len() as u64);
    assert_whole(&store);
}

#[test]
fn a_dropped_dataset_comes_back() {
    let directory = TestDirectory::new();
    let store = directory.open();
    let id = create(&store, "t");
    append(&store, id, &rows(0..2000));
    append(&store, id, &rows([7]));
    let mut transaction = store.begin().unwrap();
    transaction.drop_dataset(id).unwrap();
    transaction.commit(Some("DROP")).unwrap();
    let snapshot = store.snapshot().unwrap();
    assert!(snapshot.find(DEFAULT, "t").unwrap().is_none());
    let dropped = snapshot.dropped(DEFAULT, "T").unwrap();
    assert_eq!(dropped.len(), 1);
    let (dropped_id, number) = dropped[0];
    assert_eq!(dropped_id, id);
    let then = store.snapshot_number(number).unwrap().dataset(id).unwrap();
    let mut transaction = store.begin().unwrap();
    transaction.restore(&then).unwrap();
    transaction.commit(Some("UNDROP")).unwrap();
    let snapshot = store.snapshot().unwrap();
    assert_eq!(snapshot.find(DEFAULT, "t").unwrap().unwrap().id, id);
    assert_eq!(current(&store, id).rows(), 2001);
    assert_eq!(snapshot.versions(id).unwrap().len(), 5);
    assert!(snapshot.dropped(DEFAULT, "t").unwrap().is_empty());
    assert_whole(&store);
}

#[test]
fn expiry_frees_what_no_kept_version_needs() {
    let directory = TestDirectory::new();
    let store = directory.open();
    let id = create(&store, "t");
    for round in 0..6i64 {
        let mut transaction = store.begin().unwrap();
        transaction.truncate(id).unwrap();
        transaction.append(id, &rows(round..round + 2000)).unwrap();
        transaction.commit(None).unwrap();
    }
    let files = || std::fs::read_dir(directory.path().join(format!("data/{id}"))).unwrap().count();
    assert_eq!(files(), 6);
    let held = store.snapshot().unwrap().dataset_at(id, 4).unwrap();
    assert_eq!(store.expire(id, Keep::Last(2)).unwrap(), 3);
    assert_eq!(ids(&held)[0], 2);
    drop(held);
    assert_eq!(store.expire(id, Keep::Last(2)).unwrap(), 2);
    assert_eq!(files(), 2);
    let snapshot = store.snapshot().unwrap();
    assert_eq!(snapshot.versions(id).unwrap().iter().map(|entry| entry.version).collect::<Vec<_>>(), [6, 7]);
    assert_eq!(ids(&snapshot.dataset_at(id, 6).unwrap())[0], 4);
    assert_eq!(snapshot.dataset_at(id, 5).unwrap_err().code(), Code::UnknownVersion);
    assert_whole(&store);
    drop(snapshot);
    drop(store);
    let store = directory.open();
    assert_eq!(ids(&current(&store, id)).len(), 2000);
    assert_eq!(store.snapshot_number(3).unwrap().dataset(id).unwrap_err().code(), Code::UnknownVersion);
}

#[test]
fn expiry_by_time_keeps_what_was_current_then() {
    let directory = TestDirectory::new();
    let store = directory.open();
    let id = create(&store, "t");
    for count in 0..4 {
        append(&store, id, &rows([count]));
    }
    let versions = store.snapshot().unwrap().versions(id).unwrap();
    assert_eq!(store.expire(id, Keep::Since(versions[2].time_us)).unwrap(), 2);
    assert_eq!(store.snapshot().unwrap().versions(id).unwrap()[0].version, 3);
    assert_eq!(ids(&store.snapshot().unwrap().dataset_at(id, 3).unwrap()), [0, 1]);
    assert_eq!(store.expire(id, Keep::Since(i64::MAX)).unwrap(), 2);
    assert_eq!(ids(&current(&store, id)), [0, 1, 2, 3]);
    assert_whole(&store);
}

#[test]
fn expiry_after_compaction_frees_the_small_parts() {
    let directory = TestDirectory::new();
    let store = directory.open();
    let id = create(&store, "t");
    for at in 0..10 {
        append(&store, id, &rows(at * 1500..(at + 1) * 1500));
    }
    append(&store, id, &rows([-1]));
    assert!(store.compact(id, true).unwrap());
    assert_eq!(current(&store, id).parts().unwrap().len(), 1);
    let files = || std::fs::read_dir(directory.path().join(format!("data/{id}"))).unwrap().count();
    assert_eq!(files(), 11);
    store.expire(id, Keep::Last(1)).unwrap();
    assert_eq!(files(), 1);
    assert_eq!(current(&store, id).rows(), 15_001);
    assert_eq!(store.snapshot().unwrap().dataset_at(id, 12).unwrap().rows(), 15_001);
    assert_whole(&store);
}

/// A reader of another process holds nothing in the one that writes.
#[test]
fn a_reader_beside_expiry_gets_its_version_or_an_error() {
    let directory = TestDirectory::new();
    let store = directory.open();
    let id = create(&store, "t");
    append(&store, id, &rows(0..10));
    let reader = Store::open(directory.path(), &OpenOptions::read_only()).unwrap();
    // The definition is read, and the rows are not.
    let [then, same] = [(); 2].map(|()| reader.snapshot().unwrap().dataset(id).unwrap());
    store.compact(id, true).unwrap();
    store.expire(id, Keep::Last(1)).unwrap();
    assert_eq!(ids(&same), (0..10).collect::<Vec<_>>());
    let mut transaction = store.begin().unwrap();
    transaction.update(id, &(0..10).collect::<Vec<_>>(), &rows(10..20)).unwrap();
    transaction.commit(None).unwrap();
    store.expire(id, Keep::Last(1)).unwrap();
    assert_eq!(then.read().unwrap_err().code(), Code::UnknownVersion);
    assert_eq!(ids(&current(&reader, id)), (10..20).collect::<Vec<_>>());
}

/// Files stay while a reader of another process has a lease, and go afterwards.
#[test]
fn a_lease_keeps_the_files_that_a_reader_needs() {
    let directory = TestDirectory::new();
    let store = directory.open();
    let id = create(&store, "t");
    append(&store, id, &rows(0..2000));
    let files = || std::fs::read_dir(directory.path().join(format!("data/{id}"))).unwrap().count();
    let reader = Store::open(directory.path(), &OpenOptions::read_only()).unwrap();
    let lease = reader.read_lease();
    let then = current(&reader, id);
    let rows_then = then.parts().unwrap();
    let rewrite = || {
        let mut transaction = store.begin().unwrap();
        transaction.truncate(id).unwrap();
        transaction.append(id, &rows(0..3000)).unwrap();
        transaction.commit(None).unwrap();
        store.expire(id, Keep::Last(1)).unwrap();
    };
    rewrite();
    assert_eq!(files(), 2);
    let read: usize = rows_then[0]
        .scan(&linal_store::database::Scan::default())
        .unwrap()
        .map(|batch| batch.unwrap().rows.num_rows())
        .sum();
    assert_eq!(read, 2000);
    drop(lease);
    store.expire(id, Keep::Last(1)).unwrap();
    assert_eq!(files(), 1);

    // What is left at the end of a process that writes is left to the next opening without a reader.
    let lease = reader.read_lease();
    rewrite();
    drop(store);
    let opened = directory.open();
    assert_eq!(files(), 2);
    // No new file takes the name of one that is left.
    append(&opened, id, &rows(3000..5000));
    assert_eq!(files(), 3);
    drop(opened);
    drop(lease);
    let opened = directory.open();
    assert_eq!(files(), 2);
    assert_eq!(current(&opened, id).rows(), 5000);
    assert_whole(&opened);
}
