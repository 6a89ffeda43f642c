//! Nullability of columns in plans whose inputs have changed.

use std::sync::Arc;

use datafusion::common::{DFSchema, Result};
use datafusion::logical_expr::{LogicalPlan, Union};

/// A plan with the schema that its inputs imply. DataFusion does not update that of a union, and then refuses
/// to group its rows if a column has become nullable.
pub(super) fn with_current_schema(plan: LogicalPlan) -> Result<LogicalPlan> {
    match plan.recompute_schema()? {
        LogicalPlan::Union(union) => with_nullable_columns(union).map(LogicalPlan::Union),
        other => Ok(other),
    }
}

fn with_nullable_columns(union: Union) -> Result<Union> {
    let fields = union.schema.iter().enumerate().map(|(at, (relation, field))| {
        let is_nullable = union.inputs.iter().any(|input| input.schema().field(at).is_nullable());
        let field = field.as_ref().clone().with_nullable(field.is_nullable() || is_nullable);
        (relation.cloned(), Arc::new(field))
    });
    let schema = DFSchema::new_with_metadata(fields.collect(), union.schema.metadata().clone())?;
    Ok(Union { inputs: union.inputs, schema: Arc::new(schema) })
}
