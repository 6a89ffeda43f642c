//! Large files as tables: their rows are read when the query runs, batch by batch.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::{RecordBatch, RecordBatchOptions};
use arrow::datatypes::SchemaRef;
use async_trait::async_trait;
use datafusion::catalog::streaming::StreamingTable;
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::project_schema;
use datafusion::datasource::TableType;
use datafusion::error::{DataFusionError, Result};
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::logical_expr::Expr;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::streaming::PartitionStream;
use linal_bind::functions::read_error;
use linal_store::{Progress, ReadContext, TableOptions, open_table};
use tokio::sync::mpsc::{Sender, channel};

use crate::error::external;
use crate::run::query_state::QueryState;

/// Batches that the reader may be ahead of the query.
const AHEAD: usize = 2;

/// A file whose rows are read by each scan.
#[derive(Debug)]
pub(crate) struct FileTable {
    path: PathBuf,
    /// The columns in lower case.
    schema: SchemaRef,
    /// The columns as the file spells them.
    names: Vec<String>,
    /// How the file is read.
    options: TableOptions,
}

impl FileTable {
    /// A file with these columns; `schema` has their names in lower case.
    pub fn new(path: &Path, schema: SchemaRef, names: Vec<String>, options: TableOptions) -> FileTable {
        FileTable { path: path.to_path_buf(), schema, names, options }
    }
}

#[async_trait]
impl TableProvider for FileTable {
    fn schema(&self) -> SchemaRef {
        self.schema.clone()
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    async fn scan(
        &self,
        state: &dyn Session,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let all: Vec<usize> = (0..self.names.len()).collect();
        let columns = projection.unwrap_or(&all);
        let schema = project_schema(&self.schema, Some(columns))?;
        let names = columns.iter().map(|&at| self.names[at].clone()).collect();
        let (path, options) = (self.path.clone(), self.options.clone());
        let partition = FilePartition { path, schema: schema.clone(), names, options };
        let table = StreamingTable::try_new(schema, vec![Arc::new(partition)])?;
        table.scan(state, None, filters, limit).await
    }
}

/// The rows of some columns of a file.
#[derive(Debug)]
struct FilePartition {
    path: PathBuf,
    schema: SchemaRef,
    names: Vec<String>,
    options: TableOptions,
}

impl PartitionStream for FilePartition {
    fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    fn execute(&self, task: Arc<TaskContext>) -> SendableRecordBatchStream {
        let (sender, mut receiver) = channel(AHEAD);
        let reader = Reader {
            path: self.path.clone(),
            schema: self.schema.clone(),
            names: self.names.clone(),
            options: self.options.clone(),
        };
        let running = QueryState::of(&task);
        // A thread of its own: a reader blocks, and lends its context to the stream.
        let started = std::thread::Builder::new().name("linal-reader".to_string()).spawn(move || {
            let ended = running.and_then(|running| reader.read(&running, &sender));
            if let Err(error) = ended {
                // Without a receiver the query has ended.
                let _ = sender.blocking_send(Err(error));
            }
        });
        let failed = started.err().map(|error| Err(DataFusionError::IoError(error)));
        let batches = futures::stream::poll_fn(move |context| receiver.poll_recv(context));
        let batches = futures::StreamExt::chain(futures::stream::iter(failed), batches);
        Box::pin(RecordBatchStreamAdapter::new(self.schema.clone(), batches))
    }
}

/// What the thread of a scan needs.
struct Reader {
    path: PathBuf,
    schema: SchemaRef,
    names: Vec<String>,
    options: TableOptions,
}

/// Ends a read with its query.
struct EndsWith<'q>(&'q QueryState);

impl Progress for EndsWith<'_> {
    fn start(&self, _: &str, _: Option<u64>) {}
    fn advance(&self, _: u64) {}
    fn finish(&self) {}
    fn should_stop(&self) -> bool {
        self.0.poll().is_err()
    }
}

impl Reader {
    fn read(&self, running: &QueryState, sender: &Sender<Result<RecordBatch>>) -> Result<()> {
        // Of a file without used columns the rows are counted by its first one.
        let is_of_file = |name: &&String| !(self.options.filename && *name == "filename");
        let used: Vec<String> = self.names.iter().filter(is_of_file).cloned().collect();
        let fields = (!used.is_empty()).then_some(used);
        let options = TableOptions { fields, ..self.options.clone() };
        let progress = EndsWith(running);
        let context = ReadContext::new(running.pool(), &progress);
        let failed = |error| running.poll().err().unwrap_or_else(|| external(read_error(error)));
        let stream = open_table(&self.path, &options, &context).map_err(failed)?;
        let columns: Vec<usize> = self
            .names
            .iter()
            .map(|name| stream.schema().index_of(name))
            .collect::<std::result::Result<_, _>>()?;
        for batch in stream {
            let batch = batch.map_err(failed)?;
            let rows = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
            let arrays = columns.iter().map(|&at| batch.column(at).clone()).collect();
            let batch = RecordBatch::try_new_with_options(self.schema.clone(), arrays, &rows)?;
            if sender.blocking_send(Ok(batch)).is_err() {
                return Ok(());
            }
        }
        Ok(())
    }
}
