//! Prepared statements: planned once, run with parameters.

use arrow::datatypes::{Schema, SchemaRef};
use arrow::ipc::writer::IpcWriteOptions;
use arrow_flight::sql::{
    ActionCreatePreparedStatementRequest, ActionCreatePreparedStatementResult, CommandPreparedStatementQuery,
    ProstMessageExt,
};
use arrow_flight::{FlightDescriptor, FlightInfo, IpcMessage, SchemaAsIpc};
use bytes::Bytes;
use linal::Parameters;
use prost::Message;
use tonic::Status;

use crate::parameters;
use crate::results::{self, FlightStream};
use crate::service::{Call, transaction_id};
use crate::statement;
use crate::status::{internal, status};

/// A prepared statement.
#[derive(Clone)]
pub struct Prepared {
    text: String,
    transaction: Option<String>,
    /// The columns of its result, if they are known.
    columns: Option<SchemaRef>,
    /// The rows of parameters of the next run.
    bound: Vec<Parameters>,
}

/// Prepares a statement.
///
/// # Errors
/// A mistake of the text; as [`Call::task`].
pub async fn create(
    call: &Call,
    request: ActionCreatePreparedStatementRequest,
) -> Result<ActionCreatePreparedStatementResult, Status> {
    let text = request.query;
    let transaction = transaction_id(request.transaction_id)?;
    let task = call.task(&format!("Prepare {text}"), transaction.as_deref()).await?;
    let planned = text.clone();
    // Without their values, parameters are NULL; the result of a run has its own columns. Clients take a statement
    // without columns for a change.
    let unknown = parameters::unknown(&text);
    let columns = task.run(move |running| running.columns(&planned, &unknown, true)).await;
    let columns = columns.map_err(|error| status(&error))?;
    let parameter_schema = schema_bytes(&parameters::schema(&text))?;
    let dataset_schema = columns
        .as_ref()
        .map(|columns| schema_bytes(&results::sent_schema(columns)))
        .transpose()?
        .unwrap_or_default();
    let prepared = Prepared { text, transaction, columns, bound: Vec::new() };
    let handle = call.connection.prepared.add(call.handle(), &call.principal, prepared);
    Ok(ActionCreatePreparedStatementResult {
        prepared_statement_handle: handle.map_err(|error| status(&error))?.into(),
        dataset_schema,
        parameter_schema,
    })
}

fn schema_bytes(schema: &Schema) -> Result<Bytes, Status> {
    let options = IpcWriteOptions::default();
    let message: Result<IpcMessage, _> = SchemaAsIpc::new(schema, &options).try_into();
    message.map(|message| message.0).map_err(|error| internal(&error))
}

/// Describes the result of a prepared statement.
///
/// # Errors
/// `NOT_FOUND` for an unknown handle.
pub fn info(call: &Call, handle: &str, descriptor: FlightDescriptor) -> Result<FlightInfo, Status> {
    let prepared = find(call, handle)?;
    let command = CommandPreparedStatementQuery { prepared_statement_handle: handle.to_owned().into() };
    statement::flight_info(prepared.columns.as_deref(), command.as_any().encode_to_vec(), descriptor)
}

/// Keeps the parameters of the next runs. The columns are planned anew: their types may follow from the values.
///
/// # Errors
/// `NOT_FOUND` for an unknown handle; a mistake that the values show; as [`Call::task`].
pub async fn bind(call: &Call, handle: &str, bound: Vec<Parameters>) -> Result<(), Status> {
    let Prepared { text, transaction, mut columns, .. } = find(call, handle)?;
    if let (true, Some(first)) = (columns.is_some(), bound.first().cloned()) {
        let task = call.task(&format!("Bind {text}"), transaction.as_deref()).await?;
        let planned = task.run(move |running| running.columns(&text, &first, false)).await;
        columns = planned.map_err(|error| status(&error))?.or(columns);
    }
    let kept = call.connection.prepared.with(handle, &call.principal, |prepared| {
        prepared.bound = bound;
        prepared.columns = columns;
    });
    kept.ok_or_else(unknown)
}

/// Runs a prepared statement.
///
/// # Errors
/// `NOT_FOUND` for an unknown handle; as [`statement::run`].
pub async fn run(call: &Call, handle: &str) -> Result<FlightStream, Status> {
    let Prepared { text, transaction, bound, .. } = find(call, handle)?;
    statement::run(call, text, transaction.as_deref(), bound).await
}

/// Runs a prepared statement once for each row of parameters; returns the number of changed rows, or -1.
///
/// # Errors
/// As [`run`].
pub async fn update(call: &Call, handle: &str, bound: Vec<Parameters>) -> Result<i64, Status> {
    let prepared = find(call, handle)?;
    // They come with this call, or came before it.
    let bound = if bound.is_empty() { prepared.bound } else { bound };
    statement::update(call, prepared.text, prepared.transaction.as_deref(), bound).await
}

/// The text of a prepared statement.
///
/// # Errors
/// `NOT_FOUND` for an unknown handle.
pub fn text(call: &Call, handle: &str) -> Result<String, Status> {
    find(call, handle).map(|prepared| prepared.text)
}

/// A prepared statement. One of a transaction that has ended runs in the session of the connection.
fn find(call: &Call, handle: &str) -> Result<Prepared, Status> {
    let found = call.connection.prepared.with(handle, &call.principal, |prepared| prepared.clone());
    let mut prepared = found.ok_or_else(unknown)?;
    let is_open = |id: &String| call.connection.transactions.with(id, &call.principal, |_| ()).is_some();
    prepared.transaction = prepared.transaction.filter(is_open);
    Ok(prepared)
}

fn unknown() -> Status {
    Status::not_found(
        "there is no such prepared statement: it was closed, or is of another connection or token",
    )
}
