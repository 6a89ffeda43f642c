//! Transactions: the changes of one commit, and how they get into the catalog.
//!
//! A [`Transaction`] collects changes in memory; bulk rows go to segments at once. Its commit writes the rest
//! of the segments, syncs them, and hands a [`plan::Plan`] to the [`Committer`], which applies the plans of
//! all threads that wait in one SQLite transaction.

mod adapt;
mod appended;
mod apply;
mod commit;
mod committer;
mod databases_and_objects;
mod edit;
mod failed_sync;
mod overlay;
mod plan;
mod prepare;
mod rewrite;
mod stage;
mod staged_edit;
mod tables;
mod transaction_builder;

pub(super) use commit::{discard, segment_writer};
pub use committer::{Commit, CommittedDataset};
pub(super) use committer::{Committer, Outcome};
pub use overlay::UpdatedRows;
pub(super) use plan::{Plan, compaction_plan};
pub(super) use rewrite::rewrite_parts;
pub(super) use stage::StagedFiles;
pub use stage::{Stage, StagedRows};
pub use transaction_builder::Transaction;
