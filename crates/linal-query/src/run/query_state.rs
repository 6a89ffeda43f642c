//! State of a running query: whether it must stop, and which snapshots it reads.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use datafusion::error::{DataFusionError, Result};
use datafusion::execution::TaskContext;
use linal_dataset::{Dataset, Snapshot};
use linal_tensor::{Control, MemoryPool};

use crate::logical::common_table::SharedRows;
use crate::physical::join_filter::SharedJoinFilter;
use crate::run::spill::Spill;
use crate::scan::index::Lookup;

/// The row numbers that an index selected, ascending; `None` for a scan.
type FilteredRows = Option<Arc<Vec<u64>>>;

/// The statement that a query belongs to, reachable from every operator through its task context.
pub(crate) struct QueryState {
    control: Control,
    /// A share of the disk whose limits above it are checked; `None` when there are none.
    spill: Option<Spill>,
    /// Whether scans record metrics. A cached plan would accumulate the metrics of all its runs.
    pub measures: bool,
    /// Set when the caller stopped waiting. The session's flag is cleared by its next statement.
    abandoned: AtomicBool,
    /// The snapshot of each dataset read so far, so that two reads in one statement see the same rows.
    snapshots: Mutex<Vec<(usize, Arc<Snapshot>)>>,
    /// The rows of each index lookup, computed by the first partition, so that all partitions agree.
    lookups: Mutex<Vec<(usize, FilteredRows)>>,
    /// The filters of joins, by their number in the plan.
    join_filters: Mutex<HashMap<usize, Arc<SharedJoinFilter>>>,
    /// The rows of tables that are computed once, by their number in the plan.
    tables: Mutex<HashMap<usize, SharedRows>>,
}

impl QueryState {
    pub fn new(control: Control, measures: bool) -> QueryState {
        QueryState {
            control,
            spill: None,
            measures,
            abandoned: AtomicBool::new(false),
            snapshots: Mutex::new(Vec::new()),
            lookups: Mutex::new(Vec::new()),
            join_filters: Mutex::default(),
            tables: Mutex::default(),
        }
    }

    /// The query, which writes rows within a share of the disk.
    pub fn within(mut self, spill: &Spill) -> QueryState {
        self.spill = spill.is_share().then(|| spill.clone());
        self
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

    /// Stops what still runs of the statement.
    pub fn abandon(&self) {
        self.abandoned.store(true, Ordering::Relaxed);
    }

    /// Fails if the statement was cancelled or is past its deadline.
    pub fn poll(&self) -> Result<()> {
        if self.abandoned.load(Ordering::Relaxed) {
            return Err(DataFusionError::External(Box::new(linal_dataset::Error::from(
                linal_tensor::Error::Cancelled,
            ))));
        }
        let within = self.spill.as_ref().map_or(Ok(()), Spill::check);
        self.control
            .poll()
            .map_err(linal_dataset::Error::from)
            .and(within)
            .map_err(|error| DataFusionError::External(Box::new(error)))
    }

    /// The rows of a lookup; `None` if its dataset is scanned.
    ///
    /// # Errors The error of `find`.
    pub fn lookup(
        &self,
        lookup: &Arc<Lookup>,
        find: impl FnOnce() -> Result<Option<Vec<u64>>>,
    ) -> Result<FilteredRows> {
        let identity = Arc::as_ptr(lookup) as usize;
        // The other partitions of this statement need the result to continue.
        let mut known = self.lookups.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, rows)) = known.iter().find(|(id, _)| *id == identity) {
            return Ok(rows.clone());
        }
        let rows = find()?.map(Arc::new);
        known.push((identity, rows.clone()));
        Ok(rows)
    }

    /// The filter of a join, shared by its builders and the scans that use it.
    pub fn join_filter(&self, keys: usize) -> Arc<SharedJoinFilter> {
        let mut known = self.join_filters.lock().unwrap_or_else(PoisonError::into_inner);
        known.entry(keys).or_default().clone()
    }

    /// The rows of a table, computed by the first reader.
    pub fn table(&self, number: usize, compute: impl FnOnce() -> SharedRows) -> SharedRows {
        let mut known = self.tables.lock().unwrap_or_else(PoisonError::into_inner);
        known.entry(number).or_insert_with(compute).clone()
    }

    /// Discards the rows of tables, which the next round of a recursion computes again.
    pub fn forget_tables(&self, numbers: &[usize]) {
        if !numbers.is_empty() {
            let mut known = self.tables.lock().unwrap_or_else(PoisonError::into_inner);
            known.retain(|number, _| !numbers.contains(number));
        }
    }

    /// The control that polls for cancellation.
    pub fn control(&self) -> &Control {
        &self.control
    }

    /// The memory pool of results.
    pub fn pool(&self) -> &Arc<MemoryPool> {
        self.control.pool()
    }

    /// The snapshots of datasets that were read so far.
    pub fn snapshots(&self) -> Vec<Arc<Snapshot>> {
        let known = self.snapshots.lock().unwrap_or_else(PoisonError::into_inner);
        known.iter().map(|(_, snapshot)| snapshot.clone()).collect()
    }

    /// Takes the snapshots of datasets at one point in time.
    pub fn take_snapshots<'d>(&self, datasets: impl IntoIterator<Item = &'d Arc<Dataset>>) {
        let taken = Dataset::snapshots(datasets);
        let taken = taken.into_iter().map(|(dataset, snapshot)| (Arc::as_ptr(dataset) as usize, snapshot));
        self.snapshots.lock().unwrap_or_else(PoisonError::into_inner).extend(taken);
    }

    /// The snapshot of a dataset that this statement reads.
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
