//! What keeps a directory small, and what looks after it: compaction, expiry, checks, sizes, backups.

mod backup;
mod check;
mod compact;
mod expire;
mod info;
mod orphans;
mod partial;

pub(super) use backup::backup;
pub(super) use check::check;
pub(super) use compact::compact;
pub use expire::Keep;
pub(super) use expire::expire;
pub(super) use info::info;
pub use info::{DatasetInfo, Info, VersionInfo};
pub(super) use orphans::remove_orphans;
