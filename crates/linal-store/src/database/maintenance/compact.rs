//! Compaction: rows of the catalog become segments, segments lose their deleted rows, and small segments
//! become larger ones.
//!
//! Parts keep the row ids of their rows, so that no answer changes, and their old files stay for the
//! snapshots before. A commit that changes one of the parts meanwhile wins: the new files are removed, and
//! the next call tries again.

use super::super::error::Result;
use super::super::ids::DatasetId;
use super::super::snapshot::{DatasetSnapshot, Part};
use super::super::store::Store;
use super::super::transaction::{Outcome, Plan, compaction_plan, discard, rewrite_parts, segment_writer};

/// Rows of the catalog, or deleted rows of a segment, from which on they are worth a file.
const FOLD_ROWS: u64 = 10_000;

/// One in this many rows of a segment that are deleted or changed is worth it, too.
const FOLD_SHARE: u64 = 10;

/// Segments below this number of rows are small: one row group.
const SMALL: u64 = 1 << 17;

/// Number of adjacent small segments that become one. A row is written about three times until its segment is
/// large.
const FAN_IN: usize = 8;

/// Writes the parts of a dataset anew that are worth it, or all that are not whole.
pub(in crate::database) fn compact(store: &Store, dataset: DatasetId, all: bool) -> Result<bool> {
    store.0.committer()?.check_writable()?;
    let snapshot = store.snapshot()?;
    if !snapshot.datasets()?.iter().any(|entry| entry.id == dataset) {
        return Ok(false);
    }
    let current = snapshot.dataset(dataset)?;
    let mut wrote = false;
    for run in runs(current.parts()?, all) {
        wrote |= rewrite(store, &current, &run)?;
    }
    Ok(wrote)
}

/// The runs of adjacent parts that become segments.
fn runs(parts: Vec<Part>, all: bool) -> Vec<Vec<Part>> {
    let mut runs = Vec::new();
    let mut run: Vec<Part> = Vec::new();
    for part in parts {
        if is_worn(&part, all) && !all {
            end_run(&mut runs, &mut run, all);
            runs.push(vec![part]);
        } else if part.rows() < SMALL && (all || part.path().is_some()) || is_worn(&part, all) {
            run.push(part);
        } else {
            end_run(&mut runs, &mut run, all);
        }
    }
    end_run(&mut runs, &mut run, all);
    runs
}

fn end_run(runs: &mut Vec<Vec<Part>>, run: &mut Vec<Part>, all: bool) {
    let is_worth =
        if all { run.len() > 1 || run.iter().any(|part| is_worn(part, true)) } else { run.len() >= FAN_IN };
    let run = std::mem::take(run);
    if is_worth {
        runs.push(run);
    }
}

/// Whether so much of a part is in the catalog that it is written anew.
fn is_worn(part: &Part, all: bool) -> bool {
    let inline = part.inline_count() + part.deleted();
    let is_many = inline >= FOLD_ROWS || part.path().is_some() && inline * FOLD_SHARE > part.rows();
    inline > 0 && (all || is_many)
}

fn rewrite(store: &Store, current: &DatasetSnapshot, run: &[Part]) -> Result<bool> {
    let columns = current.columns();
    let mut writer = segment_writer(&store.0, current.id(), columns.to_vec())?;
    let rewritten = match rewrite_parts(run, columns, columns, None, &mut writer) {
        Ok(rewritten) => rewritten,
        Err(error) => {
            writer.discard();
            return Err(error);
        }
    };
    let segments = rewritten.segments.clone();
    let plan: Plan = compaction_plan(current, rewritten);
    match store.0.committer()?.commit(&store.0, plan) {
        Outcome::Done(_) => Ok(true),
        Outcome::Stale => {
            discard(&store.0, &segments);
            Ok(false)
        }
        Outcome::Failed { error, may_be_durable } => {
            if !may_be_durable {
                discard(&store.0, &segments);
            }
            Err(error)
        }
    }
}
