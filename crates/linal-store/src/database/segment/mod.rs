//! Segments: immutable rows of a dataset in a Parquet file, and its tensor columns in a mapped Arrow file.

mod files;
mod group_statistics;
mod open;
mod relabel;
mod row_ids;
mod scan;
mod source;
mod statistics;
mod stored;
mod vectors;
mod writer;

pub(super) use files::{Files, WrittenFile};
pub(super) use open::{FileEntry, OpenSegment, SegmentFiles, open_segment};
pub use scan::RowIdRanges;
pub(super) use scan::{SegmentBatch, SegmentScan};
pub use statistics::ColumnStatistics;
pub(super) use statistics::StoredStatistics;
pub(super) use stored::to_stored;
pub(super) use vectors::{map_vectors, read_tensor, rebuild, write_tensor};
pub(super) use writer::{SegmentWriter, WrittenSegment};
