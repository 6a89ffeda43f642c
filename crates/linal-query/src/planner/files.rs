//! Files that a query reads as tables.

use std::sync::Arc;

use arrow::array::{RecordBatch, RecordBatchOptions};
use arrow::datatypes::{Field, Schema};
use datafusion::datasource::{MemTable, provider_as_source};
use datafusion::logical_expr::TableSource;
use linal_bind::functions::{Reporter, read_error};
use linal_dataset::{Error, Result, arrow_error};
use linal_store::{ReadContext, Table, TableOptions};

use crate::context::QueryContext;

/// Reads a file under the session's limits.
pub fn read(context: &QueryContext<'_>, path: &str, options: &TableOptions) -> Result<Table> {
    let reporter =
        Reporter { shown: context.files.progress.as_deref(), control: context.execution.control() };
    let reading = ReadContext::new(context.execution.pool(), &reporter);
    linal_store::read_table(&context.files.locate(path)?, options, &reading).map_err(|error| {
        // A reader that was interrupted does not know the reason.
        context.execution.poll().err().map_or_else(|| read_error(error), Error::from)
    })
}

/// A table source with column names in lower case.
pub(crate) fn source(table: Table) -> Result<Arc<dyn TableSource>> {
    let fields: Vec<Field> = table
        .schema
        .fields()
        .iter()
        .map(|field| field.as_ref().clone().with_name(field.name().to_lowercase()))
        .collect();
    let schema = Arc::new(Schema::new(fields));
    let batches = table
        .batches
        .iter()
        .map(|batch| {
            // A file of empty objects has rows and no columns.
            let options = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
            RecordBatch::try_new_with_options(schema.clone(), batch.columns().to_vec(), &options)
                .map_err(arrow_error)
        })
        .collect::<Result<Vec<_>>>()?;
    let table = MemTable::try_new(schema, vec![batches]).map_err(|error| crate::error::internal(&error))?;
    Ok(provider_as_source(Arc::new(table)))
}
