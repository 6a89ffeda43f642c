//! Transactions of statements that stop: nothing is changed, and no file is left.

use std::sync::Arc;
use std::time::Duration;

use linal_error::Code;
use linal_store::database::{DatasetId, Store};
use linal_store::file_layer::FaultyFiles;
use linal_tensor::{Cancellation, Control, ExecutionContext, MemoryPool};

use crate::support::*;

/// A statement past its deadline.
fn late() -> Arc<Control> {
    let mut context = ExecutionContext::new(MemoryPool::new(usize::MAX));
    context.start(Some(Duration::ZERO));
    Arc::new(context.detached_control())
}

/// A statement that may be cancelled.
fn statement(cancellation: &Cancellation) -> Arc<Control> {
    let context = ExecutionContext::new(MemoryPool::new(usize::MAX));
    Arc::new(context.with_cancellation(cancellation.clone()).detached_control())
}

/// The files of segments and of tensor columns.
fn files(directory: &TestDirectory) -> usize {
    let below = |folder: &str| {
        walkdir::WalkDir::new(directory.path().join(folder))
            .into_iter()
            .flatten()
            .filter(|entry| entry.file_type().is_file())
            .count()
    };
    below("data") + below("vectors")
}

#[test]
fn what_stops_writes_nothing() {
    let directory = TestDirectory::new();
    let store = directory.open();
    let id = create(&store, "t");
    append(&store, id, &rows(0..5000));
    let before = files(&directory);
    let stopped = late();
    let mut transaction = store.begin().unwrap();
    transaction.watch(stopped.clone());
    assert_eq!(transaction.append(id, &rows(0..5000)).unwrap_err().code(), Code::Timeout);
    drop(transaction);
    let mut transaction = store.begin().unwrap();
    transaction.append(id, &rows([1, 2])).unwrap();
    transaction.delete(id, &[0]).unwrap();
    transaction.watch(stopped.clone());
    assert_eq!(transaction.commit(None).unwrap_err().code(), Code::Timeout);
    let mut stage = store.stage(Some(id), current(&store, id).columns().to_vec()).unwrap();
    stage.watch(stopped);
    assert_eq!(stage.append(&rows(0..5000)).unwrap_err().code(), Code::Timeout);
    drop(stage);
    assert_eq!((current(&store, id).rows(), current(&store, id).version()), (5000, 2));
    assert_eq!(files(&directory), before);
    assert_whole(&store);
}

/// Several datasets, one of which is written anew.
fn change(store: &Store, ids: [DatasetId; 2], control: Arc<Control>) -> Result<(), Code> {
    let code = |error: linal_store::database::StoreError| error.code();
    let mut transaction = store.begin().map_err(code)?;
    transaction.watch(control);
    let half: Vec<u64> = (0..20_000).collect();
    transaction.delete(ids[0], &half).map_err(code)?;
    transaction.append(ids[1], &rows(0..20_000)).map_err(code)?;
    transaction.delete(ids[1], &[1, 2, 3]).map_err(code)?;
    transaction.commit(None).map_err(code).map(drop)
}

#[test]
fn a_commit_is_done_or_not_wherever_it_stops() {
    let directory = TestDirectory::new();
    let layer = FaultyFiles::new();
    let store = directory.open_with(&layer).unwrap();
    let ids = [create(&store, "a"), create(&store, "b")];
    append(&store, ids[0], &rows(0..40_000));
    append(&store, ids[1], &rows(0..10));
    let restore = || {
        for id in ids {
            let mut back = store.begin().unwrap();
            back.restore(&store.snapshot().unwrap().dataset_at(id, 2).unwrap()).unwrap();
            back.commit(None).unwrap();
        }
    };
    // At each call of the file layer in turn, until the change makes fewer.
    let mut stopped = 0;
    for call in 0.. {
        let before = files(&directory);
        let versions = ids.map(|id| current(&store, id).version());
        let cancellation = Cancellation::new();
        layer.plan_cancellation(call, cancellation.clone());
        let changed = change(&store, ids, statement(&cancellation));
        layer.heal();
        match changed {
            Ok(()) => {
                assert_eq!(ids.map(|id| current(&store, id).rows()), [20_000, 20_007]);
                restore();
            }
            Err(code) => {
                stopped += 1;
                assert_eq!(code, Code::Cancelled);
                assert_eq!(ids.map(|id| current(&store, id).rows()), [40_000, 10]);
                assert_eq!(ids.map(|id| current(&store, id).version()), versions);
                assert_eq!(files(&directory), before, "at call {call}");
            }
        }
        assert_whole(&store);
        if !cancellation.is_cancelled() {
            assert_eq!(changed, Ok(()));
            break;
        }
    }
    // The files of both datasets are written by several calls each.
    assert!(stopped > 4, "{stopped} were stopped");
    drop(store);
    assert_whole(&directory.open());
}
