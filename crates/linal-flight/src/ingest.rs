//! Rows that a client sends: they become a dataset, or are added to one, in one commit.

use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::ipc::writer::StreamWriter;
use arrow_flight::sql::server::PeekableFlightDataStream;
use arrow_flight::sql::{CommandStatementIngest, TableExistsOption, TableNotExistOption};
use futures::StreamExt;
use linal_error::Code;
use linal_server::access::Right;
use linal_server::app::enter;
use linal_server::http::{ApiError, ApiResult};
use linal_server::run::{Mode, Running, import};
use tempfile::TempPath;
use tonic::Status;

use crate::catalog::CATALOG;
use crate::parameters::batches;
use crate::service::{Call, transaction_id};
use crate::status::{malformed, status};

/// Reads the rows into a file, then the file into the dataset; returns the number of rows.
///
/// # Errors
/// `PERMISSION_DENIED` for a token that may not write, `ALREADY_EXISTS` and `INVALID_ARGUMENT` for a dataset that is
/// there or not, as the client wants it; as [`Call::task`].
pub async fn run(
    call: &Call,
    command: CommandStatementIngest,
    stream: PeekableFlightDataStream,
) -> Result<i64, Status> {
    let failed = |error: ApiError| status(&error);
    call.principal.require(Right::Write).map_err(failed)?;
    if let Some(schema) = command.schema.as_deref().filter(|schema| !schema.is_empty()) {
        call.principal.require_database(schema).map_err(failed)?;
    }
    if command.catalog.as_deref().is_some_and(|catalog| !catalog.is_empty() && catalog != CATALOG) {
        return Err(malformed(format!("the only catalog is {CATALOG}")));
    }
    if command.temporary {
        return Err(status(&ApiError::new(
            Code::NotSupported,
            "datasets of rows that are sent are not temporary",
        )));
    }
    let transaction = transaction_id(command.transaction_id.clone())?;
    let (path, rows) = receive(call, stream).await?;
    let task = call.task(&format!("ingest into {}", command.table), transaction.as_deref()).await?;
    task.run(move |running| store(running, &command, &path, rows)).await.map_err(failed)
}

/// Writes the rows to a file; returns their number, too.
async fn receive(call: &Call, stream: PeekableFlightDataStream) -> Result<(TempPath, u64), Status> {
    let full = || status(&ApiError::disk_full());
    let (file, path) = call.app.temporary(".arrows").map_err(|_| full())?.into_parts();
    let mut batches = batches(stream);
    let mut writer: Option<StreamWriter<std::fs::File>> = None;
    let (mut rows, mut bytes) = (0, 0);
    let mut file = Some(file);
    while let Some(batch) = batches.next().await {
        let batch = batch.map_err(|error| malformed(error.to_string()))?;
        rows += batch.num_rows() as u64;
        bytes += batch.get_array_memory_size() as u64;
        if bytes > call.app.config.max_upload {
            let message = "the rows are larger than an upload may be";
            return Err(status(&ApiError::new(Code::BodyTooLarge, message)));
        }
        writer = Some(write(writer, &mut file, batch).await?);
    }
    if writer.is_none() {
        // No rows still have columns.
        let schema = batches.schema().cloned().ok_or_else(|| malformed("there are no columns"))?;
        writer = Some(write(None, &mut file, RecordBatch::new_empty(Arc::clone(&schema))).await?);
    }
    let finished = writer.map(|mut writer| writer.finish());
    finished.transpose().map_err(|_| full())?;
    Ok((path, rows))
}

/// Writes a batch on a thread that may block.
async fn write(
    writer: Option<StreamWriter<std::fs::File>>,
    file: &mut Option<std::fs::File>,
    batch: RecordBatch,
) -> Result<StreamWriter<std::fs::File>, Status> {
    let file = file.take();
    let written = tokio::task::spawn_blocking(move || {
        let mut writer = match (writer, file) {
            (Some(writer), _) => writer,
            (None, Some(file)) => StreamWriter::try_new(file, &batch.schema())?,
            (None, None) => return Err(arrow::error::ArrowError::InvalidArgumentError("no file".to_owned())),
        };
        writer.write(&batch)?;
        Ok(writer)
    });
    let written = written.await.map_err(|error| crate::status::internal(&error))?;
    written.map_err(|error| malformed(format!("the rows cannot be written: {error}")))
}

fn store(
    running: &mut Running<'_>,
    command: &CommandStatementIngest,
    path: &TempPath,
    rows: u64,
) -> ApiResult<i64> {
    let before = running.session.database().to_owned();
    let database = command.schema.as_deref().filter(|schema| !schema.is_empty()).unwrap_or(&before);
    enter(running.session, database)?;
    let spill: Arc<[_]> = Arc::new([running.app.spill.clone()]);
    running.session.confine_files(Some(spill));
    let stored = named(running, command, path);
    running.session.confine_files(Some(running.app.files()));
    // It was there a moment ago.
    let back = enter(running.session, &before);
    stored.and(back)?;
    running.query.add_rows(rows);
    Ok(i64::try_from(rows).unwrap_or(i64::MAX))
}

fn named(running: &mut Running<'_>, command: &CommandStatementIngest, path: &TempPath) -> ApiResult<()> {
    let name = &command.table;
    let found = running.session.dataset_info(name).map_err(|error| running.error("", &error))?;
    let options = command.table_definition_options.unwrap_or_default();
    let mode = match (found, options.if_exists(), options.if_not_exist()) {
        (Some(_), TableExistsOption::Append, _) => Mode::Append,
        (Some(_), TableExistsOption::Replace, _) | (None, _, TableNotExistOption::Create) => Mode::Replace,
        (Some(_), ..) => {
            return Err(ApiError::new(Code::NameExists, format!("there is a dataset `{name}` already")));
        }
        (None, ..) => return Err(ApiError::new(Code::UnknownName, format!("there is no dataset `{name}`"))),
    };
    import(running.app, running.session, name, path, mode).map(|_| ())
}
