//! The column of row ids in segments whose rows are not numbered without gaps.

use arrow::datatypes::{DataType, Field};
use parquet::arrow::PARQUET_FIELD_ID_META_KEY;

/// The name of the column, which is DuckLake's, so that DuckDB reads it too.
pub(super) const NAME: &str = "_ducklake_internal_row_id";

/// Its Parquet field id, which is DuckLake's.
pub(super) const FIELD_ID: i32 = 2_147_483_540;

/// The field of the column.
pub(super) fn field() -> Field {
    Field::new(NAME, DataType::Int64, false)
        .with_metadata([(PARQUET_FIELD_ID_META_KEY.to_string(), FIELD_ID.to_string())].into())
}
