//! Table functions: `ROWS(m)`.

use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, Int64Array, RecordBatch, RecordBatchOptions};
use arrow::datatypes::{DataType, Field, Schema};
use datafusion::common::metadata::FieldMetadata;
use datafusion::common::{DFSchema, Result};
use datafusion::datasource::{MemTable, provider_as_source};
use datafusion::execution::SessionState;
use datafusion::logical_expr::{Expr, TableSource};
use linal_dataset::{Error, row_major};
use linal_error::Code;
use linal_store::{ColumnType, column_to_tensor, tensor_to_column};
use linal_tensor::{MemoryPool, Take, Tensor};

use super::context_provider::TensorValue;
use crate::error::external;

/// Plans a call as a table.
pub(crate) fn plan(name: &str, args: &[Expr], state: &SessionState) -> Result<Arc<dyn TableSource>> {
    if name != "rows" {
        let message = format!("there is no table function {}", name.to_uppercase());
        let error = Error::new(Code::UnknownFunction, message);
        let error = error.suggest(name, crate::frontend::table_constructs::function_names());
        let help = if name.starts_with("duckdb_") || name.starts_with("pragma_") {
            "information_schema has the tables, columns, functions and settings"
        } else {
            "ROWS(m) reads a tensor as rows, range(n) counts"
        };
        return Err(external(error.or_help(help)));
    }
    let [argument] = args else { return Err(external(wrong_argument())) };
    let tensor = match argument_tensor(argument) {
        Some(tensor) => tensor,
        None => computed_tensor(argument, state)?,
    };
    let batch = rows(&tensor).map_err(external)?;
    let table = MemTable::try_new(batch.schema(), vec![vec![batch]])?;
    Ok(provider_as_source(Arc::new(table)))
}

/// The value of an argument that is a tensor of the session or a literal.
fn argument_tensor(argument: &Expr) -> Option<Tensor> {
    match argument {
        Expr::Alias(alias) => argument_tensor(&alias.expr),
        Expr::ScalarFunction(call) => {
            let inner: &dyn std::any::Any = call.func.inner().as_ref();
            inner.downcast_ref::<TensorValue>().map(|value| value.tensor.clone())
        }
        Expr::Literal(value, metadata) => {
            let metadata = metadata.as_ref().map(FieldMetadata::to_hashmap).unwrap_or_default();
            let field = Field::new("", value.data_type(), true).with_metadata(metadata);
            let cell = column_to_tensor(&field, value.to_array().ok()?.as_ref()).ok()?;
            cell.index(&[Take::At(0)]).ok()
        }
        _ => None,
    }
}

/// Evaluates an expression of tensors and literals.
fn computed_tensor(argument: &Expr, state: &SessionState) -> Result<Tensor> {
    if !argument.column_refs().is_empty() {
        return Err(external(wrong_argument()));
    }
    let expr = state.create_physical_expr(argument.clone(), &DFSchema::empty())?;
    let one_row = RecordBatchOptions::new().with_row_count(Some(1));
    let row = RecordBatch::try_new_with_options(Arc::new(Schema::empty()), Vec::new(), &one_row)?;
    let field = expr.return_field(&row.schema())?;
    let cell = expr.evaluate(&row)?.into_array(1)?;
    let tensor = match field.data_type() {
        // A tensor whose length is not part of its type.
        DataType::List(item) => column_to_tensor(item, cell.as_list::<i32>().value(0).as_ref()).ok(),
        _ => column_to_tensor(&field, cell.as_ref()).ok().and_then(|cells| cells.index(&[Take::At(0)]).ok()),
    };
    tensor.ok_or_else(|| external(wrong_argument()))
}

fn wrong_argument() -> Error {
    Error::new(Code::WrongArguments, "ROWS takes a tensor, as in ROWS(m) or ROWS(a @ b)")
}

/// A vector as columns `(row, value)`, a matrix as `(row, c0, c1, ...)`, a tensor with more axes as
/// `(row, value)` whose cells hold the remaining axes.
fn rows(tensor: &Tensor) -> linal_dataset::Result<RecordBatch> {
    let Some(&count) = tensor.shape().dims().first() else {
        return Err(Error::new(Code::BadShape, "ROWS takes a tensor of one axis or more, not a scalar"));
    };
    let mut fields = vec![Field::new("row", DataType::Int64, false)];
    let numbers = Int64Array::from_iter_values(0..i64::try_from(count).unwrap_or(i64::MAX));
    let mut columns: Vec<ArrayRef> = vec![Arc::new(numbers)];
    let mut add = |name: String, part: &Tensor| -> linal_dataset::Result<()> {
        let (column_type, array) = column(part)?;
        fields.push(column_type.field(name, false));
        columns.push(array);
        Ok(())
    };
    match tensor.shape().dims() {
        [_, width] => {
            for at in 0..*width {
                let take = [Take::All, Take::At(at as i64)];
                add(format!("c{at}"), &tensor.index(&take)?)?;
            }
        }
        _ => add("value".to_string(), tensor)?,
    }
    RecordBatch::try_new(Arc::new(Schema::new(fields)), columns)
        .map_err(|error| Error::new(Code::InternalError, error.to_string()))
}

/// A tensor's memory as a column, copied to row-major order if it is not in it.
fn column(tensor: &Tensor) -> linal_dataset::Result<(ColumnType, ArrayRef)> {
    if let Some(column) = tensor_to_column(tensor) {
        return Ok(column);
    }
    let copy = row_major(tensor, &MemoryPool::new(usize::MAX))?;
    tensor_to_column(&copy)
        .ok_or_else(|| Error::new(Code::InternalError, "a bug in linal: a tensor that is no column"))
}
