//! Statistics of a column in a segment.

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::compute::{SortOptions, concat, sort_limit};
use arrow::datatypes::{DataType, Float16Type, Float32Type, Float64Type, Schema};
use parquet::arrow::arrow_reader::statistics::StatisticsConverter;
use parquet::file::metadata::{ParquetMetaData, RowGroupMetaData};

use super::super::error::Result;
use super::super::value::{decode_text, shared_text};

/// What is known of the values of a column in a part of a dataset. Bounds may be looser than the least and
/// the greatest value, never tighter; NaN is outside of them.
#[derive(Clone, Debug, Default)]
pub struct ColumnStatistics {
    /// Number of NULLs; `None` when unknown.
    pub nulls: Option<u64>,
    /// A lower bound: an array of one value. `None` when unknown, and when there are no values.
    pub min: Option<ArrayRef>,
    /// An upper bound: an array of one value. `None` when unknown, and when there are no values.
    pub max: Option<ArrayRef>,
    /// Whether a float is NaN; `None` when unknown.
    pub contains_nan: Option<bool>,
}

/// The statistics of a column as the catalog keeps them.
#[derive(Clone, Debug, Default)]
pub(in crate::database) struct StoredStatistics {
    pub column: u64,
    pub bytes: Option<u64>,
    pub values: Option<u64>,
    pub nulls: Option<u64>,
    pub min: Option<String>,
    pub max: Option<String>,
    pub contains_nan: Option<bool>,
}

impl StoredStatistics {
    /// The statistics in the type of the column. Bounds that are no values of it are unknown.
    pub fn decode(&self, data_type: &DataType) -> ColumnStatistics {
        let bound =
            |text: &Option<String>| text.as_deref().and_then(|text| decode_text(data_type, text).ok());
        ColumnStatistics {
            nulls: self.nulls,
            min: bound(&self.min),
            max: bound(&self.max),
            contains_nan: self.contains_nan,
        }
    }

    /// The least or the greatest of the bounds of several files; `None` when one of them is unknown.
    pub fn common_bound(
        files: &[&StoredStatistics],
        data_type: &DataType,
        greatest: bool,
    ) -> Result<Option<String>> {
        let bound = |statistics: &&StoredStatistics| {
            let known = statistics.decode(data_type);
            if greatest { known.max } else { known.min }
        };
        let Some(bounds) = files.iter().map(bound).collect::<Option<Vec<ArrayRef>>>() else {
            return Ok(None);
        };
        let bounds: Vec<&dyn Array> = bounds.iter().map(|bound| bound.as_ref()).collect();
        extreme(&concat(&bounds)?, greatest)
    }
}

/// The statistics of a column of a file that was written.
///
/// `arrays` are the values; `at` is the column's place in the schema of the file.
pub(super) fn collect(
    column: u64,
    at: usize,
    arrays: &[ArrayRef],
    schema: &Schema,
    metadata: &ParquetMetaData,
) -> Result<StoredStatistics> {
    let rows: usize = arrays.iter().map(|array| array.len()).sum();
    let nulls: usize = arrays.iter().map(|array| array.logical_null_count()).sum();
    let mut statistics = StoredStatistics {
        column,
        bytes: Some(compressed_bytes(at, metadata)),
        values: Some((rows - nulls) as u64),
        nulls: Some(nulls as u64),
        ..StoredStatistics::default()
    };
    let field = schema.field(at);
    if !has_bounds(field.data_type()) {
        return Ok(statistics);
    }
    statistics.contains_nan = contains_nan(arrays);
    let converter =
        StatisticsConverter::try_new(field.name(), schema, metadata.file_metadata().schema_descr())?;
    let groups = metadata.row_groups();
    let (mins, maxes) = (converter.row_group_mins(groups)?, converter.row_group_maxes(groups)?);
    let nulls = converter.row_group_null_counts(groups)?;
    let with_values = |(at, group): (usize, &RowGroupMetaData)| {
        u64::try_from(group.num_rows()).unwrap_or(0) > if nulls.is_valid(at) { nulls.value(at) } else { 0 }
    };
    let expected: Vec<bool> = groups.iter().enumerate().map(with_values).collect();
    // A group of NaN alone has no bounds, and needs none.
    let is_float = field.data_type().is_floating();
    let complete =
        |bounds: &ArrayRef| is_float || (0..groups.len()).all(|at| bounds.is_valid(at) || !expected[at]);
    if complete(&mins) && complete(&maxes) {
        statistics.min = extreme(&mins, false)?;
        statistics.max = extreme(&maxes, true)?;
    }
    Ok(statistics)
}

/// The size of the leaves of a top-level column.
fn compressed_bytes(at: usize, metadata: &ParquetMetaData) -> u64 {
    let schema = metadata.file_metadata().schema_descr();
    let of_column = |leaf: &usize| schema.get_column_root_idx(*leaf) == at;
    let leaves: Vec<usize> = (0..schema.num_columns()).filter(of_column).collect();
    let sizes = metadata.row_groups().iter().flat_map(|group| {
        leaves.iter().map(|&leaf| u64::try_from(group.column(leaf).compressed_size()).unwrap_or(0))
    });
    sizes.sum()
}

/// Whether bounds of a type are kept: its order is that of Parquet, and its text reads back.
fn has_bounds(data_type: &DataType) -> bool {
    data_type.is_integer()
        || data_type.is_floating()
        || matches!(
            data_type,
            DataType::Boolean
                | DataType::Utf8
                | DataType::LargeUtf8
                | DataType::Utf8View
                | DataType::Date32
                | DataType::Time32(_)
                | DataType::Time64(_)
                | DataType::Timestamp(_, _)
                | DataType::Decimal32(_, _)
                | DataType::Decimal64(_, _)
                | DataType::Decimal128(_, _)
        )
}

fn contains_nan(arrays: &[ArrayRef]) -> Option<bool> {
    let any = |array: &ArrayRef| match array.data_type() {
        DataType::Float16 => Some(array.as_primitive::<Float16Type>().iter().flatten().any(|x| x.is_nan())),
        DataType::Float32 => Some(array.as_primitive::<Float32Type>().iter().flatten().any(f32::is_nan)),
        DataType::Float64 => Some(array.as_primitive::<Float64Type>().iter().flatten().any(f64::is_nan)),
        _ => None,
    };
    arrays.iter().try_fold(false, |found, array| any(array).map(|nan| found || nan))
}

/// The least or greatest of the known bounds of row groups; unknown when DuckDB has no such text.
fn extreme(bounds: &ArrayRef, greatest: bool) -> Result<Option<String>> {
    let known = bounds.len() - bounds.null_count();
    if known == 0 {
        return Ok(None);
    }
    let order = SortOptions { descending: greatest, nulls_first: false };
    let first = sort_limit(bounds, Some(order), Some(1))?;
    shared_text(&first)
}
