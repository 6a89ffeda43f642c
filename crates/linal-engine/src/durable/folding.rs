//! Folds small commits into segments in the background, so that the catalog stays small and opening fast.

use std::collections::HashMap;
use std::sync::mpsc::{Sender, channel};
use std::sync::{Mutex, PoisonError};
use std::thread::{self, JoinHandle};

use linal_store::database::{DatasetId, Store};

/// After this many commits of a dataset it is looked at: a call that finds nothing to do costs about as much as a
/// small commit.
const COMMITS: u32 = 64;

/// The thread that folds, started by the first dataset that is due.
#[derive(Debug, Default)]
pub(super) struct Folding {
    commits: Mutex<HashMap<DatasetId, u32>>,
    worker: Mutex<Option<Worker>>,
}

#[derive(Debug)]
struct Worker {
    datasets: Sender<DatasetId>,
    thread: JoinHandle<()>,
}

impl Folding {
    /// Notes a commit of a dataset.
    pub fn note(&self, store: &Store, dataset: DatasetId) {
        let mut commits = self.commits.lock().unwrap_or_else(PoisonError::into_inner);
        let count = commits.entry(dataset).or_default();
        *count += 1;
        if *count < COMMITS {
            return;
        }
        *count = 0;
        drop(commits);
        let mut worker = self.worker.lock().unwrap_or_else(PoisonError::into_inner);
        if worker.is_none() {
            *worker = Worker::start(store.clone());
        }
        if let Some(worker) = &*worker {
            // Without a receiver the thread has ended, and CHECKPOINT folds.
            let _ = worker.datasets.send(dataset);
        }
    }
}

impl Worker {
    fn start(store: Store) -> Option<Worker> {
        let (datasets, due) = channel();
        let fold = move || {
            for dataset in due {
                // An error is one of a file, which a statement meets as well and reports.
                while matches!(store.compact(dataset, false), Ok(true)) {}
            }
        };
        let thread = thread::Builder::new().name("linal-folding".to_string()).spawn(fold).ok()?;
        Some(Worker { datasets, thread })
    }
}

impl Drop for Folding {
    /// Waits for the thread, which keeps the directory open.
    fn drop(&mut self) {
        let worker = self.worker.get_mut().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(Worker { datasets, thread }) = worker {
            drop(datasets);
            let _ = thread.join();
        }
    }
}
