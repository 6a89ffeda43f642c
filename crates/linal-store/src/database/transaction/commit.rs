//! The end of a transaction.

use std::sync::Arc;

use super::super::column::Column;
use super::super::error::{Result, StoreError};
use super::super::id_counters::{NextId, next};
use super::super::ids::DatasetId;
use super::super::inner::Inner;
use super::super::segment::{SegmentWriter, WrittenSegment, poll};
use super::super::snapshot::Snapshot;
use super::committer::{Commit, Outcome};
use super::edit::Edit;
use super::plan::{DatasetPlan, Life, Plan};
use super::prepare::prepare;
use super::stage::StagedRows;
use super::transaction_builder::Transaction;

/// Attempts of a commit whose parts were written anew by compaction in the meantime.
const ATTEMPTS: usize = 10;

impl Transaction {
    /// Makes the changes durable and visible, all or none. When it returns without an error, they are on
    /// disk. `statement` is the text for the list of versions.
    ///
    /// # Errors
    /// `E0605 conflict` with the name, when another commit has changed a dataset since the base snapshot;
    /// two that only append to it do not conflict. `E0315 name_exists`; `E0411 writes_refused`; a file that
    /// cannot be written. `E0502 timeout` and `E0503 cancelled` for a statement ([`Transaction::watch`]) that is to
    /// stop before its changes are applied; nothing is changed then, as after every error.
    pub fn commit(mut self, statement: Option<&str>) -> Result<Commit> {
        let inner = self.inner().clone();
        let committer = inner.committer()?;
        for _ in 0..ATTEMPTS {
            let current = Snapshot::new(inner.pin_head()?);
            let plan = self.plan(&current, statement)?;
            if plan.is_empty() {
                return Ok(Commit { snapshot: current.number(), datasets: Vec::new() });
            }
            let rewritten: Vec<_> = plan.datasets.iter().flat_map(|plan| plan.rewrites.clone()).collect();
            match committer.commit(&inner, plan) {
                Outcome::Done(commit) => {
                    self.set_committed();
                    return Ok(commit);
                }
                Outcome::Failed { error, may_be_durable } => {
                    // A commit whose sync failed may be on disk all the same, and name the files.
                    if may_be_durable {
                        self.set_committed();
                    } else {
                        remove_segments(&inner, rewritten.iter().flat_map(|rewrite| &rewrite.segments));
                    }
                    return Err(error);
                }
                Outcome::Stale => {
                    remove_segments(&inner, rewritten.iter().flat_map(|rewrite| &rewrite.segments));
                }
            }
        }
        Err(StoreError::conflict(&self.edits.values().next().map_or(String::new(), |edit| edit.name.clone())))
    }

    /// Keeps the files: the catalog names them, or may do so.
    fn set_committed(&mut self) {
        self.is_committed = true;
        self.staged().for_each(StagedRows::set_committed);
    }

    fn staged(&self) -> impl Iterator<Item = &StagedRows> {
        self.edits.values().flat_map(|edit| edit.appended.staged())
    }

    fn plan(&mut self, current: &Snapshot, statement: Option<&str>) -> Result<Plan> {
        let inner = current.inner().clone();
        let control = self.control.clone();
        let writer =
            |edit: &Edit| Ok(segment_writer(&inner, edit.id, edit.columns.clone())?.watched(control.clone()));
        let mut datasets: Vec<DatasetPlan> = Vec::new();
        // Whether a dataset has other rows is found by the commit; here they are only read.
        for edit in self.edits.values_mut().filter(|edit| edit.is_changed() && edit.life != Life::Nothing) {
            let prepared = poll(control.as_deref()).and_then(|()| current.datasets()).and_then(|now| {
                let unchanged = now.iter().any(|entry| entry.id == edit.id);
                prepare(edit, if unchanged { current } else { &self.base }, &writer)
            });
            let prepared = prepared.inspect_err(|_| {
                let rewrites = datasets.iter().flat_map(|plan| &plan.rewrites);
                remove_segments(&inner, rewrites.flat_map(|rewrite| &rewrite.segments));
            });
            datasets.push(prepared?);
        }
        Ok(Plan {
            base: self.base.number(),
            statement: statement.map(str::to_string),
            databases: self.databases.clone(),
            datasets,
            objects: self.objects.clone(),
            job: self.job,
            control: self.control.clone(),
        })
    }
}

impl Drop for Transaction {
    fn drop(&mut self) {
        if self.is_committed {
            return;
        }
        self.staged().for_each(StagedRows::give_back);
        let inner = self.inner();
        remove_segments(inner, self.edits.values().flat_map(|edit| edit.appended.written()));
        for file in &self.written {
            // A file that cannot be removed is an orphan, which the next opening removes.
            let _ = inner.files.remove(&inner.files.layout.root().join(&file.path));
        }
    }
}

fn remove_segments<'s>(inner: &Inner, segments: impl Iterator<Item = &'s WrittenSegment>) {
    for segment in segments {
        for file in std::iter::once(&segment.file).chain(&segment.vectors) {
            // A file that cannot be removed is an orphan, which the next opening removes.
            let _ = inner.files.remove(&inner.files.layout.root().join(&file.path));
        }
    }
}

/// Removes the files of segments that no commit names.
pub(in crate::database) fn discard(inner: &Inner, segments: &[WrittenSegment]) {
    remove_segments(inner, segments.iter());
}

/// A writer of segments of a dataset.
pub(in crate::database) fn segment_writer(
    inner: &Arc<Inner>,
    dataset: DatasetId,
    columns: Vec<Column>,
) -> Result<SegmentWriter> {
    let numbers = inner.clone();
    let next_id: NextId = Arc::new(move || next(&numbers.ids.segment));
    SegmentWriter::new(inner.files.clone(), dataset, columns, inner.memory.clone(), next_id)
}
