//! Several datasets at one point in time: their locks are taken together, always in the order of their ids, so
//! that two threads cannot wait for each other.

use std::sync::Arc;

use super::{Dataset, Snapshot, conflict};
use crate::error::Result;

impl Dataset {
    /// The current snapshots of datasets, with their datasets: those of one point in time, between two commits. A
    /// dataset that is given twice has one.
    pub fn snapshots<'d>(
        datasets: impl IntoIterator<Item = &'d Arc<Dataset>>,
    ) -> Vec<(&'d Arc<Dataset>, Arc<Snapshot>)> {
        let mut datasets: Vec<&Arc<Dataset>> = datasets.into_iter().collect();
        datasets.sort_by_key(|dataset| dataset.id);
        datasets.dedup_by_key(|dataset| dataset.id);
        let mut states: Vec<_> = datasets.iter().map(|dataset| dataset.lock()).collect();
        let sealed: Vec<Arc<Snapshot>> = states.iter_mut().map(|state| state.sealed()).collect();
        drop(states);
        let pairs = datasets.into_iter().zip(sealed);
        pairs.map(|(dataset, sealed)| (dataset, dataset.compacted(sealed))).collect()
    }

    /// Publishes snapshots of several datasets at once, or none of them.
    ///
    /// # Errors
    /// `E0605 conflict` when one of them has changed since its expected version.
    pub fn publish_all(changes: Vec<(Arc<Dataset>, u64, Snapshot)>) -> Result<()> {
        publish(changes, &[], Versions::Counted)
    }

    /// As [`Dataset::publish_all`], where other datasets, which the change was checked against, must have the version
    /// that they had then.
    ///
    /// # Errors
    /// `E0605 conflict` when one of all has changed since its expected version.
    pub fn publish_beside(
        changes: Vec<(Arc<Dataset>, u64, Snapshot)>,
        unchanged: &[(Arc<Dataset>, u64)],
    ) -> Result<()> {
        publish(changes, unchanged, Versions::Counted)
    }

    /// Publishes snapshots that a store has committed, with the versions that it gave them, or none of them.
    ///
    /// # Errors
    /// `E0605 conflict` when one of them has changed since its expected version.
    pub fn publish_committed(changes: Vec<(Arc<Dataset>, u64, Snapshot)>) -> Result<()> {
        publish(changes, &[], Versions::Given)
    }
}

/// The versions of published snapshots.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Versions {
    /// The next ones.
    Counted,
    /// Those that the snapshots have.
    Given,
}

fn publish(
    changes: Vec<(Arc<Dataset>, u64, Snapshot)>,
    unchanged: &[(Arc<Dataset>, u64)],
    versions: Versions,
) -> Result<()> {
    let is_changed = |other: &Dataset| changes.iter().any(|(dataset, ..)| dataset.id == other.id);
    let beside = unchanged.iter().filter(|(dataset, _)| !is_changed(dataset));
    let beside: Vec<_> = beside.map(|(dataset, expected)| (dataset.clone(), *expected, None)).collect();
    let changes = changes.into_iter().map(|(dataset, expected, next)| (dataset, expected, Some(next)));
    let mut all: Vec<_> = changes.chain(beside).collect();
    all.sort_by_key(|(dataset, ..)| dataset.id);
    all.dedup_by(|one, other| one.0.id == other.0.id);
    let (datasets, nexts): (Vec<_>, Vec<_>) =
        all.into_iter().map(|(dataset, expected, next)| ((dataset, expected), next)).unzip();
    let mut states = Vec::with_capacity(datasets.len());
    for (dataset, expected) in &datasets {
        let state = dataset.lock();
        if state.version != *expected {
            return Err(conflict(&state.snapshot.name));
        }
        states.push(state);
    }
    for (state, next) in states.iter_mut().zip(nexts) {
        let Some(next) = next else { continue };
        // While all are locked: who waits for a version must not see one that is taken back.
        let version = next.version;
        state.replace(next);
        if versions == Versions::Given {
            state.version = version;
            state.snapshot = Arc::new(Snapshot { version, ..Snapshot::clone(&state.snapshot) });
        }
    }
    Ok(())
}
