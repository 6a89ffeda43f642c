//! Segments: immutable rows of a dataset in a Parquet file, and its tensor columns in a mapped Arrow file.

mod blocks;
mod files;
mod format;
mod group_statistics;
mod mapped_file;
mod open;
mod relabel;
mod row_ids;
mod scan;
mod source;
mod statistics;
mod stored;
mod vectors;
mod writer;

pub(super) use blocks::{BlockChecksums, VerifiedBlocks};
pub(super) use files::poll;
pub(super) use files::{Files, WrittenFile};
pub(super) use format::WrittenSegment;
pub(super) use open::{FileEntry, OpenSegment, SegmentFiles, open_segment};
pub use scan::RowIdRanges;
pub(super) use scan::{SegmentBatch, SegmentScan, VectorSource};
pub use statistics::ColumnStatistics;
pub(super) use statistics::StoredStatistics;
pub(super) use stored::to_stored;
pub(super) use vectors::{VectorColumns, map_vectors, read_tensor, rebuild, write_tensor};
pub(super) use writer::SegmentWriter;
