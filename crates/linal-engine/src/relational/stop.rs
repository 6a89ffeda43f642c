//! What a running query looks at between batches: whether to stop, and which snapshots it reads.

use std::sync::{Arc, Mutex, PoisonError};

use datafusion::error::{DataFusionError, Result};
use datafusion::execution::TaskContext;
use linal_tensor::Control;

use super::index::Order;
use crate::dataset::{Dataset, Snapshot};

/// The statement that a query belongs to, reachable from every operator through its task context.
pub(crate) struct Running {
    control: Control,
    /// The snapshot of each dataset that was read, so that two reads of one statement see the same rows.
    snapshots: Mutex<Vec<(usize, Arc<Snapshot>)>>,
    /// What each index that was asked for had, so that all partitions do the same.
    orders: Mutex<Vec<(usize, Option<Arc<Order>>)>>,
}

impl Running {
    pub fn new(control: Control) -> Running {
        Running { control, snapshots: Mutex::new(Vec::new()), orders: Mutex::new(Vec::new()) }
    }

    /// The statement of a task.
    ///
    /// # Errors
    /// When the task belongs to none, which is a bug.
    pub fn of(task: &TaskContext) -> Result<Arc<Running>> {
        task.session_config()
            .get_extension::<Running>()
            .ok_or_else(|| DataFusionError::Internal("a task without a statement".into()))
    }

    /// Ends the statement when it was cancelled or is out of time.
    pub fn poll(&self) -> Result<()> {
        self.control.poll().map_err(|error| DataFusionError::External(Box::new(crate::Error::from(error))))
    }

    /// The order that an index has for this statement; the first to ask finds it.
    pub fn order(&self, index: usize, find: impl FnOnce() -> Option<Arc<Order>>) -> Option<Arc<Order>> {
        let mut known = self.orders.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, order)) = known.iter().find(|(id, _)| *id == index) {
            return order.clone();
        }
        let order = find();
        known.push((index, order.clone()));
        order
    }

    /// The rows of a dataset that this statement sees.
    pub fn snapshot(&self, dataset: &Arc<Dataset>) -> Arc<Snapshot> {
        let identity = Arc::as_ptr(dataset) as usize;
        let mut known = self.snapshots.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, snapshot)) = known.iter().find(|(id, _)| *id == identity) {
            return snapshot.clone();
        }
        let snapshot = dataset.snapshot();
        known.push((identity, snapshot.clone()));
        snapshot
    }
}
