//! Statistics of the row groups of a segment, from the footer of its file.

use arrow::array::ArrayRef;
use parquet::arrow::arrow_reader::statistics::StatisticsConverter;
use parquet::file::metadata::RowGroupMetaData;

use super::super::column::Column;
use super::super::error::Result;
use super::open::OpenSegment;
use super::scan::in_type;
use super::statistics::ColumnStatistics;

impl OpenSegment {
    /// The bounds of a column in the row group that has exactly these rows of the file; `None` when there is no
    /// such group, or its bounds are unknown.
    ///
    /// # Errors
    /// Internal errors only.
    pub fn group_statistics(
        &self,
        column: &Column,
        rows: &std::ops::Range<u64>,
    ) -> Result<Option<ColumnStatistics>> {
        let (Some(group), Some(at)) = (self.group(rows), self.position(column.id)) else { return Ok(None) };
        let metadata = self.metadata();
        let field = metadata.schema().field(at);
        if field.data_type().is_nested() {
            return Ok(None);
        }
        let converter =
            StatisticsConverter::try_new(field.name(), metadata.schema(), metadata.parquet_schema())?;
        let bound = |values: ArrayRef| -> Result<Option<ArrayRef>> {
            if values.is_null(0) { Ok(None) } else { in_type(column, &values).map(Some) }
        };
        let nulls = converter.row_group_null_counts([group])?;
        Ok(Some(ColumnStatistics {
            nulls: nulls.iter().next().flatten(),
            min: bound(converter.row_group_mins([group])?)?,
            max: bound(converter.row_group_maxes([group])?)?,
            contains_nan: None,
        }))
    }

    fn group(&self, rows: &std::ops::Range<u64>) -> Option<&RowGroupMetaData> {
        let mut first = 0;
        for group in self.metadata().metadata().row_groups() {
            let end = first + u64::try_from(group.num_rows()).ok()?;
            if first == rows.start {
                return (end == rows.end).then_some(group);
            }
            first = end;
        }
        None
    }
}
