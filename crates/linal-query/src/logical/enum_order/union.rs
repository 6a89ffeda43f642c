//! Unions of values of an enum type with other texts, which are values of no enum type.
//!
//! DataFusion keeps the mark of a column that some inputs have and others have not.

use std::sync::Arc;

use arrow::datatypes::{DataType, FieldRef};
use datafusion::common::tree_node::Transformed;
use datafusion::common::{DFSchema, Result};
use datafusion::logical_expr::{Expr, LogicalPlan, LogicalPlanBuilder, Union};
use linal_dataset::ENUM;

use super::{is_null, step};
use crate::udf::EnumStep;

/// Takes the mark from columns that are not of one enum type in all inputs.
pub(super) fn without_mixed_marks(union: Union) -> Result<Transformed<LogicalPlan>> {
    let is_mixed: Vec<bool> = (0..union.schema.fields().len()).map(|at| is_mixed(&union, at)).collect();
    if !is_mixed.contains(&true) {
        return Ok(Transformed::no(LogicalPlan::Union(union)));
    }
    let Union { inputs, schema } = union;
    let inputs = inputs.into_iter().map(|input| plain(input, &is_mixed).map(Arc::new));
    let inputs = inputs.collect::<Result<Vec<_>>>()?;
    let columns = schema.iter().zip(&is_mixed);
    let columns = columns.map(|((qualifier, field), &is_mixed)| {
        (qualifier.cloned(), if is_mixed { unmarked(field) } else { field.clone() })
    });
    let schema = DFSchema::new_with_metadata(columns.collect(), schema.metadata().clone())?;
    Ok(Transformed::yes(LogicalPlan::Union(Union { inputs, schema: Arc::new(schema) })))
}

/// Whether a column is of an enum type in some inputs, and of another type in others. NULL is a value of any.
fn is_mixed(union: &Union, at: usize) -> bool {
    let inputs = union.inputs.iter().filter(|input| !is_null_in(input, at));
    let mut marks = inputs.map(|input| input.schema().fields().get(at)?.metadata().get(ENUM));
    let first = marks.next().flatten();
    marks.any(|mark| mark != first)
}

/// Whether a column of an input is NULL in every row.
fn is_null_in(input: &LogicalPlan, at: usize) -> bool {
    let has_no_type =
        input.schema().fields().get(at).is_some_and(|field| *field.data_type() == DataType::Null);
    has_no_type
        || match input {
            LogicalPlan::Projection(projection) => projection.expr.get(at).is_some_and(is_null),
            LogicalPlan::SubqueryAlias(alias) => is_null_in(&alias.input, at),
            _ => false,
        }
}

/// An input whose columns at these places have no mark.
fn plain(input: Arc<LogicalPlan>, is_mixed: &[bool]) -> Result<LogicalPlan> {
    let columns = input.schema().columns();
    let is_marked = |at: usize| input.schema().field(at).metadata().contains_key(ENUM);
    let is_changed: Vec<bool> =
        is_mixed.iter().enumerate().map(|(at, mixed)| *mixed && is_marked(at)).collect();
    if !is_changed.contains(&true) {
        return Ok(Arc::unwrap_or_clone(input));
    }
    let items = columns.into_iter().zip(is_changed).map(|(column, is_changed)| {
        if !is_changed {
            return Expr::Column(column);
        }
        let (qualifier, name) = (column.relation.clone(), column.name.clone());
        step(EnumStep::Plain, Expr::Column(column)).alias_qualified(qualifier, name)
    });
    let items: Vec<Expr> = items.collect();
    LogicalPlanBuilder::from(Arc::unwrap_or_clone(input)).project(items)?.build()
}

fn unmarked(field: &FieldRef) -> FieldRef {
    let mut metadata = field.metadata().clone();
    metadata.remove(ENUM);
    Arc::new(field.as_ref().clone().with_metadata(metadata))
}
