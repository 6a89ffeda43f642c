//! What keeps a directory small, and what looks after it: compaction, expiry, checks, sizes, backups, exports.

mod backup;
mod check;
mod compact;
mod ducklake;
mod ducklake_bounds;
mod ducklake_catalog;
mod expire;
mod info;
mod orphans;
mod packages;
mod partial;

pub(super) use backup::backup;
pub(super) use check::check;
pub(super) use compact::compact;
pub(super) use ducklake::export as export_ducklake;
pub use expire::Keep;
pub(super) use expire::expire;
pub(super) use info::info;
pub use info::{DatasetInfo, Info, VersionInfo};
pub(super) use orphans::{present, remove_orphans};
