//! Conflicts, isolation, group commit.

use std::sync::{Arc, Barrier};

use linal_error::Code;

use crate::support::*;

#[test]
fn two_appends_do_not_conflict() {
    let directory = TestDirectory::new();
    let store = directory.open();
    let id = create(&store, "t");
    let mut one = store.begin().unwrap();
    let mut two = store.begin().unwrap();
    one.append(id, &rows([1])).unwrap();
    two.append(id, &rows([2])).unwrap();
    two.commit(None).unwrap();
    one.commit(None).unwrap();
    assert_eq!(ids(&current(&store, id)), [2, 1]);
}

#[test]
fn first_committer_wins() {
    let directory = TestDirectory::new();
    let store = directory.open();
    let id = create(&store, "t");
    append(&store, id, &rows(0..3));
    type Change = fn(&mut linal_store::database::Transaction, linal_store::database::DatasetId);
    let changes: [(&str, Change); 4] = [
        ("append", |transaction, id| assert!(transaction.append(id, &rows([8])).unwrap() > 0)),
        ("delete", |transaction, id| transaction.delete(id, &[0]).unwrap()),
        ("update", |transaction, id| transaction.update(id, &[1], &rows([9])).unwrap()),
        ("rename", |transaction, id| transaction.rename_dataset(id, DEFAULT, "u").unwrap()),
    ];
    for (first, one) in changes {
        for (second, other) in changes {
            let (mut a, mut b) = (store.begin().unwrap(), store.begin().unwrap());
            one(&mut a, id);
            other(&mut b, id);
            a.commit(None).unwrap();
            let outcome = b.commit(None);
            if (first, second) == ("append", "append") {
                outcome.unwrap();
            } else {
                let error = outcome.unwrap_err();
                assert_eq!(error.code(), Code::Conflict, "{first} then {second}: {error}");
                assert!(error.to_string().contains('`'), "{error}");
            }
            // Back to three rows under the first name.
            let mut back = store.begin().unwrap();
            back.restore(&store.snapshot().unwrap().dataset_at(id, 2).unwrap()).unwrap();
            back.commit(None).unwrap();
            let mut name = store.begin().unwrap();
            name.rename_dataset(id, DEFAULT, "t").unwrap();
            name.commit(None).unwrap();
        }
    }
    assert_whole(&store);
}

#[test]
fn a_conflict_changes_nothing() {
    let directory = TestDirectory::new();
    let store = directory.open();
    let (a, b) = (create(&store, "a"), create(&store, "b"));
    append(&store, a, &rows(0..3));
    let mut late = store.begin().unwrap();
    late.append(b, &rows(0..5000)).unwrap();
    late.delete(a, &[0]).unwrap();
    append(&store, a, &rows([7]));
    assert_eq!(late.commit(None).unwrap_err().code(), Code::Conflict);
    assert_eq!(current(&store, b).rows(), 0);
    assert_eq!(ids(&current(&store, a)), [0, 1, 2, 7]);
    assert_whole(&store);
}

#[test]
fn a_name_is_given_once() {
    let directory = TestDirectory::new();
    let store = directory.open();
    let (mut a, mut b) = (store.begin().unwrap(), store.begin().unwrap());
    a.create_dataset(DEFAULT, "t", columns()).unwrap();
    b.create_dataset(DEFAULT, "T", columns()).unwrap();
    a.commit(None).unwrap();
    assert_eq!(b.commit(None).unwrap_err().code(), Code::Conflict);
    let error = store.begin().unwrap().create_dataset(DEFAULT, "t", columns()).unwrap_err();
    assert_eq!(error.code(), Code::NameExists);
}

#[test]
fn dropping_a_database_conflicts_with_a_new_dataset_in_it() {
    let directory = TestDirectory::new();
    let store = directory.open();
    let mut transaction = store.begin().unwrap();
    let lab = transaction.create_database("lab").unwrap();
    transaction.commit(None).unwrap();
    let (mut a, mut b) = (store.begin().unwrap(), store.begin().unwrap());
    a.create_dataset(lab, "t", columns()).unwrap();
    b.drop_database(lab).unwrap();
    a.commit(None).unwrap();
    assert_eq!(b.commit(None).unwrap_err().code(), Code::Conflict);
    assert!(store.snapshot().unwrap().database("lab").unwrap().is_some());
}

#[test]
fn a_snapshot_does_not_move() {
    let directory = TestDirectory::new();
    let store = directory.open();
    let id = create(&store, "t");
    append(&store, id, &rows(0..3));
    let snapshot = store.snapshot().unwrap();
    append(&store, id, &rows(3..6));
    let mut transaction = store.begin().unwrap();
    transaction.delete(id, &[0]).unwrap();
    transaction.commit(None).unwrap();
    assert_eq!(ids(&snapshot.dataset(id).unwrap()), [0, 1, 2]);
    let number = snapshot.number();
    drop(snapshot);
    drop(store);
    let store = directory.open();
    assert_eq!(ids(&store.snapshot_number(number).unwrap().dataset(id).unwrap()), [0, 1, 2]);
    assert_eq!(ids(&current(&store, id)), [1, 2, 3, 4, 5]);
}

#[test]
fn threads_share_commits_and_one_that_fails_takes_no_other_along() {
    const THREADS: i64 = 8;
    const EACH: i64 = 40;
    let directory = TestDirectory::new();
    let store = directory.open();
    let id = create(&store, "t");
    append(&store, id, &rows([-1]));
    let barrier = Arc::new(Barrier::new(THREADS as usize));
    let write = |thread: i64| {
        let (store, barrier) = (store.clone(), barrier.clone());
        std::thread::spawn(move || {
            barrier.wait();
            let mut failed = 0;
            for at in 0..EACH {
                let mut transaction = store.begin().unwrap();
                transaction.append(id, &rows([thread * EACH + at])).unwrap();
                if thread == 0 {
                    // No row has this id, so that each of these commits fails.
                    transaction.delete(id, &[1 << 40]).unwrap();
                }
                failed += i64::from(transaction.commit(None).is_err());
            }
            failed
        })
    };
    let threads: Vec<_> = (0..THREADS).map(write).collect();
    let failed: Vec<i64> = threads.into_iter().map(|thread| thread.join().unwrap()).collect();
    assert_eq!(failed, [EACH, 0, 0, 0, 0, 0, 0, 0]);
    drop(store);
    let store = directory.open();
    let mut found = ids(&current(&store, id));
    found.sort_unstable();
    let expected: Vec<i64> = std::iter::once(-1).chain(EACH..THREADS * EACH).collect();
    assert_eq!(found, expected);
    assert_eq!(current(&store, id).version(), 2 + ((THREADS - 1) * EACH) as u64);
    assert_whole(&store);
}

#[test]
fn readers_never_see_half_a_transfer() {
    let directory = TestDirectory::new();
    let store = directory.open();
    let (a, b) = (create(&store, "a"), create(&store, "b"));
    let mut transaction = store.begin().unwrap();
    transaction.append(a, &rows([100])).unwrap();
    transaction.append(b, &rows([100])).unwrap();
    transaction.commit(None).unwrap();
    let writer = {
        let store = store.clone();
        std::thread::spawn(move || {
            for at in 1..=60 {
                let mut transaction = store.begin().unwrap();
                transaction.update(a, &[0], &rows([100 - at])).unwrap();
                transaction.update(b, &[0], &rows([100 + at])).unwrap();
                transaction.commit(None).unwrap();
                if at % 20 == 0 {
                    store.compact(a, true).unwrap();
                }
            }
        })
    };
    while !writer.is_finished() {
        let snapshot = store.snapshot().unwrap();
        let sum = ids(&snapshot.dataset(a).unwrap())[0] + ids(&snapshot.dataset(b).unwrap())[0];
        assert_eq!(sum, 200);
    }
    writer.join().unwrap();
    assert_whole(&store);
}

#[test]
fn objects_are_put_replaced_and_dropped() {
    use arrow::array::{Array, Float64Array};
    use arrow::datatypes::{DataType, Field};
    let directory = TestDirectory::new();
    let store = directory.open();
    let field = Field::new("value", DataType::Float64, false);
    let put = |value: f64| {
        let mut transaction = store.begin().unwrap();
        let values = (field.clone(), Arc::new(Float64Array::from(vec![value, f64::NAN])) as _);
        let definition = serde_json::json!({ "shape": [2], "lineage": value });
        transaction.put_object(DEFAULT, "tensor", "x", None, definition, Some(values)).unwrap();
        transaction.put_object(DEFAULT, "pipeline", "x", None, serde_json::json!("p"), None).unwrap();
        transaction.commit(None).unwrap();
    };
    put(1.5);
    put(2.5);
    let check = |store: &linal_store::database::Store| {
        let snapshot = store.snapshot().unwrap();
        let object = snapshot.object(DEFAULT, "tensor", "X").unwrap().unwrap();
        assert_eq!(object.definition["lineage"], 2.5);
        let (_, values) = snapshot.values(object).unwrap();
        assert_eq!(values.len(), 2);
        assert_eq!(snapshot.objects().unwrap().len(), 2);
    };
    check(&store);
    let mut transaction = store.begin().unwrap();
    transaction.drop_object(DEFAULT, "pipeline", "X");
    transaction.commit(None).unwrap();
    assert!(store.snapshot().unwrap().object(DEFAULT, "pipeline", "x").unwrap().is_none());
    assert_whole(&store);
}

/// Single rows in a second, by 1 and by 8 threads; for a look, not a check.
#[test]
#[ignore = "it measures"]
fn rate_of_single_rows() {
    for threads in [1, 8] {
        let directory = TestDirectory::new();
        let store = directory.open();
        let id = create(&store, "t");
        let start = std::time::Instant::now();
        let work = |_| {
            let store = store.clone();
            std::thread::spawn(move || (0..300).for_each(|at| append(&store, id, &rows([at]))))
        };
        let running: Vec<_> = (0..threads).map(work).collect();
        running.into_iter().for_each(|thread| thread.join().unwrap());
        println!(
            "{threads} threads: {:.0} rows a second",
            f64::from(threads * 300) / start.elapsed().as_secs_f64()
        );
    }
}
