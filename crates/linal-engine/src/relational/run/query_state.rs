//! What a running query looks at between batches: whether to stop, and which snapshots it reads.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use datafusion::error::{DataFusionError, Result};
use datafusion::execution::TaskContext;
use linal_tensor::{Control, MemoryPool};

use crate::dataset::{Dataset, Snapshot};
use crate::relational::logical::common_table::SharedRows;
use crate::relational::physical::join_filter::SharedJoinFilter;
use crate::relational::scan::index::Lookup;

/// The numbers of the rows that an index chose, ascending; `None` for a scan.
type FilteredRows = Option<Arc<Vec<u64>>>;

/// The statement that a query belongs to, reachable from every operator through its task context.
pub(in crate::relational) struct QueryState {
    control: Control,
    /// Whether scans count what they give. A kept plan would gather the counts of all its runs.
    pub measures: bool,
    /// Set when the caller went on without waiting. The session's flag is lowered by its next statement.
    abandoned: AtomicBool,
    /// The snapshot of each dataset that was read, so that two reads of one statement see the same rows.
    snapshots: Mutex<Vec<(usize, Arc<Snapshot>)>>,
    /// The rows that each lookup gave, found by the first partition that asks, so that all of them do the same.
    lookups: Mutex<Vec<(usize, FilteredRows)>>,
    /// The keys that joins have met, by their number in the plan.
    join_filters: Mutex<HashMap<usize, Arc<SharedJoinFilter>>>,
    /// The rows of the tables that are computed once, by their number in the plan.
    tables: Mutex<HashMap<usize, SharedRows>>,
}

impl QueryState {
    pub fn new(control: Control, measures: bool) -> QueryState {
        QueryState {
            control,
            measures,
            abandoned: AtomicBool::new(false),
            snapshots: Mutex::new(Vec::new()),
            lookups: Mutex::new(Vec::new()),
            join_filters: Mutex::default(),
            tables: Mutex::default(),
        }
    }

    /// The statement of a task.
    ///
    /// # Errors
    /// When the task belongs to none, which is a bug.
    pub fn of(task: &TaskContext) -> Result<Arc<QueryState>> {
        task.session_config()
            .get_extension::<QueryState>()
            .ok_or_else(|| DataFusionError::Internal("a task without a statement".into()))
    }

    /// Ends what still runs of the statement, for good.
    pub fn abandon(&self) {
        self.abandoned.store(true, Ordering::Relaxed);
    }

    /// Ends the statement when it was cancelled or is out of time.
    pub fn poll(&self) -> Result<()> {
        if self.abandoned.load(Ordering::Relaxed) {
            return Err(DataFusionError::External(Box::new(crate::Error::from(
                linal_tensor::Error::Cancelled,
            ))));
        }
        self.control.poll().map_err(|error| DataFusionError::External(Box::new(crate::Error::from(error))))
    }

    /// The rows of a lookup; `None` when its dataset is to be scanned.
    ///
    /// # Errors
    /// What `find` fails with.
    pub fn lookup(
        &self,
        lookup: &Arc<Lookup>,
        find: impl FnOnce() -> Result<Option<Vec<u64>>>,
    ) -> Result<FilteredRows> {
        let identity = Arc::as_ptr(lookup) as usize;
        // The other partitions of this statement have nothing to do before they know.
        let mut known = self.lookups.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, rows)) = known.iter().find(|(id, _)| *id == identity) {
            return Ok(rows.clone());
        }
        let rows = find()?.map(Arc::new);
        known.push((identity, rows.clone()));
        Ok(rows)
    }

    /// The keys of a join, which those that gather them and those that ask for them share.
    pub fn join_filter(&self, keys: usize) -> Arc<SharedJoinFilter> {
        let mut known = self.join_filters.lock().unwrap_or_else(PoisonError::into_inner);
        known.entry(keys).or_default().clone()
    }

    /// The rows of a table, which whoever waits for them first computes.
    pub fn table(&self, number: usize, compute: impl FnOnce() -> SharedRows) -> SharedRows {
        let mut known = self.tables.lock().unwrap_or_else(PoisonError::into_inner);
        known.entry(number).or_insert_with(compute).clone()
    }

    /// Lets tables be computed anew: they belong to the next round of a recursion.
    pub fn forget_tables(&self, numbers: &[usize]) {
        if !numbers.is_empty() {
            let mut known = self.tables.lock().unwrap_or_else(PoisonError::into_inner);
            known.retain(|number, _| !numbers.contains(number));
        }
    }

    /// What says whether to go on.
    pub fn control(&self) -> &Control {
        &self.control
    }

    /// What results are charged to.
    pub fn pool(&self) -> &Arc<MemoryPool> {
        self.control.pool()
    }

    /// The states of datasets that were read so far.
    pub fn snapshots(&self) -> Vec<Arc<Snapshot>> {
        let known = self.snapshots.lock().unwrap_or_else(PoisonError::into_inner);
        known.iter().map(|(_, snapshot)| snapshot.clone()).collect()
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
