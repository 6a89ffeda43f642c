//! Types of a query's text: the words mean what they mean in `DATASET ... COLUMNS`.

use arrow::datatypes::FieldRef;
use datafusion::error::{DataFusionError, Result};
use datafusion::logical_expr::planner::TypePlanner;
use sqlparser::ast::DataType as SqlType;
use std::sync::Arc;

use crate::dataset::resolve_type;

/// Reads the words of types.
#[derive(Debug)]
pub(super) struct Types;

impl TypePlanner for Types {
    fn plan_type_field(&self, sql_type: &SqlType) -> Result<Option<FieldRef>> {
        // Arrays and other composed types are DataFusion's.
        if matches!(
            sql_type,
            SqlType::Array(_) | SqlType::Struct(..) | SqlType::Interval { .. } | SqlType::Time(..)
        ) {
            return Ok(None);
        }
        let text = sql_type.to_string();
        let (word, args) = parts(&text);
        let resolved =
            resolve_type(word, &args).map_err(|error| DataFusionError::External(Box::new(error)))?;
        Ok(Some(Arc::new(resolved.column_type.field("", true))))
    }
}

/// The word of a type and what stands in its parentheses.
pub(super) fn parts(text: &str) -> (&str, Vec<&str>) {
    let (word, args) = text.split_once('(').unwrap_or((text, ""));
    let args = args.trim_end_matches(')').split(',').map(str::trim).filter(|arg| !arg.is_empty());
    (word.trim(), args.collect())
}
