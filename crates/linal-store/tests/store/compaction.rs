//! Compaction changes no answer and no version; backups are directories.

use linal_store::database::{OpenOptions, Store};

use crate::support::*;

#[test]
fn rows_of_the_catalog_become_segments() {
    let directory = TestDirectory::new();
    let store = directory.open();
    let id = create(&store, "t");
    for at in 0..30 {
        append(&store, id, &rows(at * 10..(at + 1) * 10));
    }
    assert!(!store.compact(id, false).unwrap(), "300 rows are not worth a file");
    let before = (pairs(&current(&store, id)), row_ids(&current(&store, id)), current(&store, id).version());
    let old = store.snapshot().unwrap();
    assert!(store.compact(id, true).unwrap());
    let dataset = current(&store, id);
    assert!(!dataset.has_inline().unwrap());
    assert_eq!((pairs(&dataset), row_ids(&dataset), dataset.version()), before);
    assert_eq!(pairs(&old.dataset(id).unwrap()), before.0);
    assert!(!store.compact(id, true).unwrap(), "nothing is left to do");
    assert_whole(&store);
}

#[test]
fn many_rows_and_worn_segments_are_folded_in_the_background() {
    let directory = TestDirectory::new();
    let store = directory.open();
    let id = create(&store, "t");
    append(&store, id, &rows(0..1500));
    for at in 0..11 {
        append(&store, id, &rows(1500 + at * 1000..2500 + at * 1000));
    }
    let mut transaction = store.begin().unwrap();
    transaction.delete(id, &(0..200).collect::<Vec<_>>()).unwrap();
    transaction.commit(None).unwrap();
    let before = pairs(&current(&store, id));
    assert!(store.compact(id, false).unwrap());
    let dataset = current(&store, id);
    assert_eq!(dataset.parts().unwrap().len(), 2);
    assert!(!dataset.has_inline().unwrap());
    assert_eq!(pairs(&dataset), before);
    assert_whole(&store);
}

#[test]
fn small_segments_become_one() {
    let directory = TestDirectory::new();
    let store = directory.open();
    let id = create(&store, "t");
    for at in 0..8 {
        append(&store, id, &rows(at * 2000..(at + 1) * 2000));
        let wrote = store.compact(id, false).unwrap();
        assert_eq!(wrote, at == 7);
    }
    assert_eq!(current(&store, id).parts().unwrap().len(), 1);
    assert_eq!(ids(&current(&store, id)), (0..16_000).collect::<Vec<_>>());
    assert_whole(&store);
}

#[test]
fn a_change_of_rows_meets_compaction_in_the_middle() {
    let directory = TestDirectory::new();
    let store = directory.open();
    let id = create(&store, "t");
    append(&store, id, &rows(0..5));
    append(&store, id, &rows(5..2000));
    for round in 0..2u64 {
        let mut transaction = store.begin().unwrap();
        let many: Vec<u64> = (0..1500).collect();
        if round == 0 {
            transaction.update(id, &[1, 700], &rows([-1, -700])).unwrap();
        } else {
            transaction.update(id, &many, &rows(10_000..11_500)).unwrap();
        }
        assert!(store.compact(id, true).unwrap());
        transaction.commit(None).unwrap();
        assert_whole(&store);
    }
    let expected: Vec<i64> = (10_000..11_500).chain(1500..2000).collect();
    assert_eq!(ids(&current(&store, id)), expected);
}

#[test]
fn a_backup_opens_as_a_directory() {
    let directory = TestDirectory::new();
    let copy = TestDirectory::new();
    let store = directory.open();
    let id = create(&store, "t");
    append(&store, id, &rows(0..5000));
    append(&store, id, &rows([1]));
    let writer = {
        let store = store.clone();
        std::thread::spawn(move || (0..50).for_each(|at| append(&store, id, &rows([at]))))
    };
    store.backup(copy.path()).unwrap();
    writer.join().unwrap();
    let copied = copy.open();
    let rows_then = current(&copied, id).rows();
    assert!((5001..=5051).contains(&rows_then));
    assert_whole(&copied);
    append(&copied, id, &rows([2]));
    assert_eq!(store.backup(copy.path()).unwrap_err().code(), linal_error::Code::NameExists);
    let info = store.info().unwrap();
    assert_eq!(info.datasets[0].rows, 5051);
    assert_eq!(info.datasets[0].versions.len(), 53);
    assert!(info.file_bytes > 0 && info.datasets[0].bytes == info.file_bytes);
    store.checkpoint().unwrap();
}

#[test]
fn a_directory_is_moved_and_read_without_a_writer() {
    let directory = TestDirectory::new();
    let target = TestDirectory::new();
    let store = directory.open();
    let id = create(&store, "t");
    append(&store, id, &rows(0..2000));
    append(&store, id, &rows([5]));
    drop(store);
    assert!(!directory.path().join("catalog.sqlite-wal").exists());
    std::fs::rename(directory.path(), target.path()).unwrap();
    let reader = Store::open(target.path(), &OpenOptions::read_only()).unwrap();
    assert_eq!(current(&reader, id).rows(), 2001);
    assert_whole(&reader);
    drop(reader);
    let store = target.open();
    append(&store, id, &rows([6]));
    assert_whole(&store);
}

/// The rows of the catalog and of a segment are changed while compaction writes them anew: as many rows as before have
/// the same ids, and other values.
#[test]
fn a_change_while_compaction_writes_is_not_lost() {
    let meanwhile = Meanwhile::default();
    let directory = TestDirectory::new();
    let store = meanwhile.open(&directory);
    let id = create(&store, "t");
    append(&store, id, &rows(0..20));
    let writer = store.clone();
    meanwhile.plan(move || {
        let mut transaction = writer.begin().unwrap();
        transaction.update(id, &[3, 7], &rows([-3, -7])).unwrap();
        transaction.commit(None).unwrap();
    });
    store.compact(id, true).unwrap();
    assert!(meanwhile.has_happened());
    let mut expected: Vec<i64> = (0..20).collect();
    (expected[3], expected[7]) = (-3, -7);
    assert_eq!(ids(&current(&store, id)), expected);

    // The same within a segment, one of whose rows has a changed value in the catalog already.
    while store.compact(id, true).unwrap() {}
    let mut transaction = store.begin().unwrap();
    transaction.update(id, &[11], &rows([-11])).unwrap();
    transaction.commit(None).unwrap();
    let writer = store.clone();
    meanwhile.plan(move || {
        let mut transaction = writer.begin().unwrap();
        transaction.update(id, &[11], &rows([-1111])).unwrap();
        transaction.commit(None).unwrap();
    });
    store.compact(id, true).unwrap();
    assert!(meanwhile.has_happened());
    expected[11] = -1111;
    assert_eq!(ids(&current(&store, id)), expected);
    while store.compact(id, true).unwrap() {}
    assert_eq!(ids(&current(&store, id)), expected);
    assert_whole(&store);
}

/// RESTORE gives rows of the catalog other values under the same ids, too.
#[test]
fn a_restore_while_compaction_writes_is_not_lost() {
    let meanwhile = Meanwhile::default();
    let directory = TestDirectory::new();
    let store = meanwhile.open(&directory);
    let id = create(&store, "t");
    append(&store, id, &rows(0..20));
    let then = current(&store, id);
    let mut transaction = store.begin().unwrap();
    transaction.update(id, &(0..20).collect::<Vec<_>>(), &rows(100..120)).unwrap();
    transaction.commit(None).unwrap();
    let writer = store.clone();
    meanwhile.plan(move || {
        let mut transaction = writer.begin().unwrap();
        transaction.restore(&then).unwrap();
        transaction.commit(None).unwrap();
    });
    store.compact(id, true).unwrap();
    assert!(meanwhile.has_happened());
    assert_eq!(ids(&current(&store, id)), (0..20).collect::<Vec<_>>());
    while store.compact(id, true).unwrap() {}
    assert_eq!(ids(&current(&store, id)), (0..20).collect::<Vec<_>>());
    assert_whole(&store);
}
