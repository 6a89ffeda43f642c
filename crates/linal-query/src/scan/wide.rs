//! Columns of a scan that row numbers can replace.

use std::sync::Arc;

use arrow::datatypes::{DataType, Field, Schema};
use datafusion::datasource::source::DataSourceExec;
use datafusion::physical_plan::ExecutionPlan;
use linal_store::TensorType;

use super::{DatasetScan, of_plan};
use crate::exec::materialize::DeferredColumn;

/// Tensors with at least this many elements are wide: reading them later is worth another operator.
const WIDE: usize = 16;

/// The wide columns of a plan that is the scan of a dataset.
pub fn wide_columns(plan: &Arc<dyn ExecutionPlan>) -> Option<Vec<DeferredColumn>> {
    let scan = of_plan(plan)?;
    let fields = scan.schema.fields().iter().zip(&scan.projection).enumerate();
    let wide =
        fields.filter(|(_, (field, _))| TensorType::of(field).is_some_and(|tensor| tensor.len() >= WIDE));
    let fetched = |(at, (field, &column)): (usize, (&Arc<Field>, &usize))| DeferredColumn {
        at,
        dataset: scan.dataset.clone(),
        name: scan.name.clone(),
        column,
        field: field.clone(),
    };
    Some(wide.map(fetched).collect())
}

/// The scan of a dataset with row numbers in place of some columns.
pub fn row_ids(plan: Arc<dyn ExecutionPlan>, places: Vec<usize>) -> Arc<dyn ExecutionPlan> {
    let Some(scan) = of_plan(&plan).filter(|_| !places.is_empty()) else { return plan };
    let mut fields: Vec<Arc<Field>> = scan.schema.fields().iter().cloned().collect();
    for &at in &places {
        fields[at] = Arc::new(Field::new(fields[at].name(), DataType::Int64, fields[at].is_nullable()));
    }
    let schema = Arc::new(Schema::new(fields));
    Arc::new(DataSourceExec::new(Arc::new(DatasetScan { schema, row_ids: places, ..scan.clone() })))
}
