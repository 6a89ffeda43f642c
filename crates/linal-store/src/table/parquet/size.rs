//! How much memory the rows of a row group take.

use parquet::basic::Type as PhysicalType;
use parquet::file::metadata::ColumnChunkMetaData;

use crate::table::stream::{BATCH_BYTES, BATCH_ROWS};

/// The size of a page that most writers keep to; a dictionary has a page of its own.
const PAGE_BYTES: usize = 4 << 20;

/// The rows of a batch of about 16 MiB.
pub(super) fn batch_rows<'g>(chunks: impl Iterator<Item = &'g ColumnChunkMetaData>, rows: usize) -> usize {
    let bytes = chunks.fold(0usize, |sum, chunk| sum.saturating_add(decoded(chunk)));
    (BATCH_BYTES / (bytes / rows.max(1)).max(1)).clamp(1, BATCH_ROWS)
}

/// The size of a chunk as an array: values of equal width, or texts, of which a dictionary has each once.
fn decoded(chunk: &ColumnChunkMetaData) -> usize {
    let width = match chunk.column_type() {
        PhysicalType::BOOLEAN => 1,
        PhysicalType::INT32 | PhysicalType::FLOAT => 4,
        PhysicalType::INT64 | PhysicalType::DOUBLE => 8,
        PhysicalType::INT96 | PhysicalType::BYTE_ARRAY => 16,
        PhysicalType::FIXED_LEN_BYTE_ARRAY => {
            usize::try_from(chunk.column_descr().type_length()).unwrap_or(0).max(1)
        }
    };
    let values = usize::try_from(chunk.num_values()).unwrap_or(0);
    values.saturating_mul(width).max(unpacked(chunk))
}

fn unpacked(chunk: &ColumnChunkMetaData) -> usize {
    usize::try_from(chunk.uncompressed_size()).unwrap_or(0)
}

/// The memory that a reader of these chunks works with: some pages of each. A file of one page a chunk, where
/// pages are larger, takes more than is charged.
pub(super) fn working<'g>(chunks: impl Iterator<Item = &'g ColumnChunkMetaData>) -> usize {
    chunks.fold(0usize, |sum, chunk| sum.saturating_add(unpacked(chunk).min(PAGE_BYTES)))
}
