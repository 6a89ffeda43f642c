//! Type names in queries, with the same meaning as in `DATASET ... COLUMNS`.

use arrow::datatypes::{DataType, Field, FieldRef, IntervalUnit, TimeUnit};
use datafusion::error::{DataFusionError, Result};
use datafusion::logical_expr::planner::TypePlanner;
use linal_store::temporal::Zone;
use sqlparser::ast::{DataType as SqlType, TimezoneInfo};
use std::sync::Arc;

use linal_dataset::resolve_type_text;

/// Plans type names.
#[derive(Debug)]
pub(crate) struct Types {
    /// The session's time zone, in which timestamps with a zone are displayed.
    pub timezone: Zone,
}

impl TypePlanner for Types {
    fn plan_type_field(&self, sql_type: &SqlType) -> Result<Option<FieldRef>> {
        // DataFusion plans arrays and other nested types.
        if matches!(sql_type, SqlType::Array(_) | SqlType::Struct(..)) {
            return Ok(None);
        }
        if let Some(data_type) = self.temporal(sql_type) {
            return Ok(Some(Arc::new(Field::new("", data_type, true))));
        }
        let text = sql_type.to_string();
        let resolved =
            resolve_type_text(&text).map_err(|error| DataFusionError::External(Box::new(error)))?;
        Ok(Some(Arc::new(resolved.column_type.field("", true))))
    }
}

impl Types {
    /// A type whose values depend on the time zone, or whose name has several words.
    fn temporal(&self, sql_type: &SqlType) -> Option<DataType> {
        let zoned = || DataType::Timestamp(TimeUnit::Microsecond, Some(self.timezone.name().into()));
        match sql_type {
            SqlType::Interval { .. } => Some(DataType::Interval(IntervalUnit::MonthDayNano)),
            SqlType::Time(_, TimezoneInfo::None | TimezoneInfo::WithoutTimeZone) => {
                Some(DataType::Time64(TimeUnit::Nanosecond))
            }
            SqlType::Timestamp(_, TimezoneInfo::WithTimeZone | TimezoneInfo::Tz) => Some(zoned()),
            SqlType::Timestamp(_, TimezoneInfo::WithoutTimeZone) => {
                Some(DataType::Timestamp(TimeUnit::Microsecond, None))
            }
            SqlType::Custom(name, _) if name.to_string().eq_ignore_ascii_case("timestamptz") => Some(zoned()),
            _ => None,
        }
    }
}

/// The name of a type and its parameters in parentheses.
pub(crate) fn parts(text: &str) -> (&str, Vec<&str>) {
    let (word, args) = text.split_once('(').unwrap_or((text, ""));
    let args = args.trim_end_matches(')').split(',').map(str::trim).filter(|arg| !arg.is_empty());
    (word.trim(), args.collect())
}
