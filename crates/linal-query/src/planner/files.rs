//! Files that a query reads as tables.

use std::path::PathBuf;
use std::sync::Arc;

use arrow::array::{RecordBatch, RecordBatchOptions};
use arrow::datatypes::{Schema, SchemaRef};
use datafusion::datasource::{MemTable, provider_as_source};
use datafusion::logical_expr::TableSource;
use linal_bind::functions::{Reporter, read_error};
use linal_dataset::{Error, Result, arrow_error};
use linal_store::{ReadContext, ReadError, Table, TableFiles, TableOptions, TableStream};
use linal_tensor::Tensor;

use crate::context::QueryContext;
use crate::scan::file::FileTable;

/// Reads a file under the session's limits.
pub fn read(context: &QueryContext<'_>, path: &str, options: &TableOptions) -> Result<Table> {
    with_reading(context, |reading, failed| {
        let path = located(context, path, reading, failed)?;
        linal_store::read_table(&path, options, reading).map_err(failed)
    })
}

/// Calls a function with what a reader observes, and with the translation of its errors.
fn with_reading<T>(
    context: &QueryContext<'_>,
    call: impl FnOnce(&ReadContext<'_>, &dyn Fn(ReadError) -> Error) -> Result<T>,
) -> Result<T> {
    let reporter =
        Reporter { shown: context.files.progress.as_deref(), control: context.execution.control() };
    let reading = ReadContext::new(context.execution.pool(), &reporter);
    // A reader that was interrupted does not know the reason.
    let failed = |error| context.execution.poll().err().map_or_else(|| read_error(error), Error::from);
    call(&reading, &failed)
}

/// The path of a file, or of a glob or a folder whose files are where statements may read.
fn located(
    context: &QueryContext<'_>,
    path: &str,
    reading: &ReadContext<'_>,
    failed: &dyn Fn(ReadError) -> Error,
) -> Result<PathBuf> {
    let path = context.files.locate(path)?;
    if context.files.is_confined() {
        confine(context, &linal_store::table_files(&path, reading).map_err(failed)?)?;
    }
    Ok(path)
}

/// A file that is read batch by batch.
pub struct FileBatches<'s> {
    stream: TableStream<'s>,
    failed: &'s dyn Fn(ReadError) -> Error,
}

impl FileBatches<'_> {
    /// Names and types of the columns.
    pub fn schema(&self) -> &SchemaRef {
        self.stream.schema()
    }

    /// Notices for the user, one sentence each.
    pub fn notices(&self) -> &[String] {
        self.stream.notices()
    }

    /// The arrays of a bundle, by their names.
    pub fn tensors(&self) -> &[(String, Tensor)] {
        self.stream.tensors()
    }

    /// Gives all rows to `sink`, in order. A batch is charged to the session until the next one is read; who keeps it for
    /// longer charges it.
    ///
    /// # Errors
    /// A file that is damaged; those of `sink`.
    pub fn try_for_each(self, mut sink: impl FnMut(RecordBatch) -> Result<()>) -> Result<()> {
        let FileBatches { stream, failed } = self;
        for batch in stream {
            sink(batch.map_err(failed)?)?;
        }
        Ok(())
    }
}

/// Opens a file, or those of a glob or a folder, under the session's limits; `read` takes its rows. Memory does not depend
/// on their number where the format allows that.
///
/// # Errors
/// A file that cannot be read; those of `read`.
pub fn stream<T>(
    context: &QueryContext<'_>,
    path: &str,
    options: &TableOptions,
    read: impl FnOnce(FileBatches<'_>) -> Result<T>,
) -> Result<T> {
    with_reading(context, |reading, failed| {
        let path = located(context, path, reading, failed)?;
        let stream = linal_store::open_table(&path, options, reading).map_err(failed)?;
        read(FileBatches { stream, failed })
    })
}

/// Checks that the files of a glob or a folder are where statements may read: links among them lead anywhere.
fn confine(context: &QueryContext<'_>, files: &TableFiles) -> Result<()> {
    files.paths.iter().try_for_each(|path| context.files.locate(&path.to_string_lossy()).map(drop))
}

/// Files of more than this fraction of the memory limit are read while the query runs.
const LARGE: u64 = 16;

/// A file as the table of a query: a large one is read when the query runs, others now, and once.
pub(crate) enum FileSource {
    /// The rows.
    Read(Table),
    /// The columns and notices, and the source that reads the rows.
    Streamed(SchemaRef, Vec<String>, Arc<dyn TableSource>),
}

/// The columns, the number of rows, notices, and the source.
pub(crate) type SourceParts = (SchemaRef, usize, Vec<String>, Arc<dyn TableSource>);

impl FileSource {
    /// The columns, the number of rows, notices, and the source. A large file has more rows than any plan on the calling
    /// thread.
    pub(crate) fn into_parts(self) -> Result<SourceParts> {
        match self {
            FileSource::Read(table) => {
                let (schema, rows, notices) = (table.schema.clone(), table.num_rows(), table.notices.clone());
                Ok((schema, rows, notices, source(table)?))
            }
            FileSource::Streamed(schema, notices, source) => Ok((schema, u32::MAX as usize, notices, source)),
        }
    }
}

/// Opens a file, or those of a glob or a folder, as a table.
///
/// # Errors
/// A file that cannot be read.
pub(crate) fn open(context: &QueryContext<'_>, path: &str) -> Result<FileSource> {
    open_with(context, path, &TableOptions::default())
}

/// As [`open`], with options.
///
/// # Errors
/// A file that cannot be read.
pub(crate) fn open_with(
    context: &QueryContext<'_>,
    path: &str,
    options: &TableOptions,
) -> Result<FileSource> {
    let small = context.execution.pool().limit() as u64 / LARGE;
    let streamed = with_reading(context, |reading, failed| {
        let located = context.files.locate(path)?;
        let files = linal_store::table_files(&located, reading).map_err(failed)?;
        confine(context, &files)?;
        if files.bytes <= small || !files.format.is_streamed() {
            return Ok(None);
        }
        let stream = linal_store::open_table(&located, options, reading).map_err(failed)?;
        let (schema, notices) = (stream.schema().clone(), stream.notices().to_vec());
        let names = schema.fields().iter().map(|field| field.name().clone()).collect();
        let table = FileTable::new(&located, lower_case(&schema), names, options.clone());
        Ok(Some(FileSource::Streamed(schema, notices, provider_as_source(Arc::new(table)))))
    })?;
    match streamed {
        Some(source) => Ok(source),
        None => read(context, path, options).map(FileSource::Read),
    }
}

fn lower_case(schema: &Schema) -> SchemaRef {
    let fields = schema.fields().iter();
    Arc::new(Schema::new(
        fields.map(|field| field.as_ref().clone().with_name(field.name().to_lowercase())).collect::<Vec<_>>(),
    ))
}

/// A table source with column names in lower case.
pub(crate) fn source(table: Table) -> Result<Arc<dyn TableSource>> {
    let schema = lower_case(&table.schema);
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
