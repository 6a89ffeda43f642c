//! The functions as DataFusion calls them, over small tables.

mod aggregates;
mod batches;
mod scalar;
mod stacks;

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, FixedSizeListArray, RecordBatch};
use arrow::buffer::NullBuffer;
use arrow::datatypes::{Field, Float64Type, Schema};
use datafusion::common::{DataFusionError, ScalarValue};
use datafusion::datasource::MemTable;
use datafusion::logical_expr::Expr;
use datafusion::prelude::{SessionConfig, SessionContext};
use linal_store::TensorType;
use linal_tensor::{DType, Shape, Tensor};

use crate::udf::*;

/// Blocks on a future that waits only for DataFusion's own threads.
pub(super) fn wait<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(future)
}

/// A session with all functions, over a table `t` with these partitions.
pub(super) fn session(partitions: Vec<Vec<RecordBatch>>) -> SessionContext {
    let config = SessionConfig::new().with_target_partitions(3).with_batch_size(4);
    let session = SessionContext::new_with_config(config);
    for function in scalar_functions(DType::F64) {
        session.register_udf(function.as_ref().clone());
    }
    if let Some(batch) = partitions.iter().flatten().next() {
        let table = MemTable::try_new(batch.schema(), partitions.clone()).unwrap();
        session.register_table("t", Arc::new(table)).unwrap();
    }
    session
}

/// All rows of a query as one batch.
pub(super) fn query(session: &SessionContext, sql: &str) -> Result<RecordBatch, DataFusionError> {
    wait(async {
        let frame = session.sql(sql).await?;
        let schema = Arc::new(frame.schema().as_arrow().clone());
        let batches = frame.collect().await?;
        let schema = batches.first().map_or(schema, |batch| batch.schema());
        Ok(arrow::compute::concat_batches(&schema, &batches)?)
    })
}

/// The rows of some expressions over table `t`.
pub(super) fn select(session: &SessionContext, exprs: Vec<Expr>) -> Result<RecordBatch, DataFusionError> {
    wait(async {
        let frame = session.table("t").await?.select(exprs)?;
        let schema = Arc::new(frame.schema().as_arrow().clone());
        let batches = frame.collect().await?;
        let schema = batches.first().map_or(schema, |batch| batch.schema());
        Ok(arrow::compute::concat_batches(&schema, &batches)?)
    })
}

/// A tensor column; `valid` says which cells are not NULL.
pub(super) fn tensor_column(dims: &[usize], values: Vec<f32>, valid: Option<Vec<bool>>) -> (Field, ArrayRef) {
    let field = TensorType { shape: Shape::new(dims), dtype: DType::F32 };
    let width = field.len() as i32;
    let rows = values.len() / field.len();
    let item = field.item_field();
    let list = FixedSizeListArray::try_new_with_length(
        item,
        width,
        Arc::new(arrow::array::Float32Array::from(values)),
        valid.map(NullBuffer::from),
        rows,
    );
    (field.field("v", true), Arc::new(list.unwrap()))
}

pub(super) fn batch(columns: Vec<(&str, Field, ArrayRef)>) -> RecordBatch {
    let fields: Vec<Field> = columns.iter().map(|(name, field, _)| field.clone().with_name(*name)).collect();
    let arrays = columns.into_iter().map(|(_, _, array)| array).collect();
    RecordBatch::try_new(Arc::new(Schema::new(fields)), arrays).unwrap()
}

/// A list literal.
pub(super) fn list(values: &[f64]) -> Expr {
    let tensor = Tensor::from_vec(values.to_vec(), [1, values.len()]).unwrap();
    let (_, array) = linal_store::tensor_to_column(&tensor).unwrap();
    weak_literal(ScalarValue::try_from_array(&array, 0).unwrap())
}

/// The numbers of a float column, with `None` for NULL.
pub(super) fn numbers(batch: &RecordBatch) -> Vec<Option<f64>> {
    let column = arrow::compute::cast(batch.column(0), &arrow::datatypes::DataType::Float64).unwrap();
    column.as_primitive::<Float64Type>().iter().collect()
}

/// The elements of each cell of a tensor column.
pub(super) fn cells_of(batch: &RecordBatch) -> Vec<Option<Vec<f64>>> {
    let list = batch.column(0).as_fixed_size_list();
    (0..list.len())
        .map(|row| {
            list.is_valid(row).then(|| {
                let cell = list.value(row);
                let cell = arrow::compute::cast(&cell, &arrow::datatypes::DataType::Float64).unwrap();
                cell.as_primitive::<Float64Type>().values().to_vec()
            })
        })
        .collect()
}

/// The message of our error within DataFusion's.
pub(super) fn message(error: DataFusionError) -> String {
    linal_error(&error).map_or_else(|| format!("not ours: {error}"), ToString::to_string)
}
