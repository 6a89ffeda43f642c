//! Reading: snapshots of the catalog, datasets in them, and their rows.

mod dataset;
mod merge;
mod part;
mod row_group;
mod scan;
mod state;

pub use dataset::DatasetSnapshot;
pub use part::Part;
pub use row_group::{GroupColumn, RowGroup};
pub use scan::{PartBatch, PartScan, RowIds, Scan};
pub use state::Snapshot;
pub(super) use state::same_name;
