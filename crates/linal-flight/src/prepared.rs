//! Prepared statements: planned once, run with parameters.

use arrow::datatypes::Schema;
use arrow::ipc::writer::IpcWriteOptions;
use arrow_flight::sql::{
    ActionCreatePreparedStatementRequest, ActionCreatePreparedStatementResult, CommandPreparedStatementQuery,
    ProstMessageExt,
};
use arrow_flight::{FlightDescriptor, FlightInfo, IpcMessage, SchemaAsIpc};
use bytes::Bytes;
use linal::ast::Statement;
use linal::ast::relational::Relational;
use linal::{Parameters, split};
use linal_server::http::ApiResult;
use linal_server::run::Running;
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
    columns: Option<Schema>,
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
    let task = call.task(&text, transaction.as_deref()).await?;
    let planned = text.clone();
    let columns = task.run(move |running| columns(running, &planned)).await;
    let columns = columns.map_err(|error| status(&error))?;
    let parameter_schema = schema_bytes(&parameters::schema(&text))?;
    let dataset_schema = columns.as_ref().map(|columns| schema_bytes(&results::sent_schema(columns))).transpose()?.unwrap_or_default();
    let prepared = Prepared { text, transaction, columns, bound: Vec::new() };
    let handle = call.connection.prepared.add(call.handle(), &call.principal, prepared);
    Ok(ActionCreatePreparedStatementResult {
        prepared_statement_handle: handle.map_err(|error| status(&error))?.into(),
        dataset_schema,
        parameter_schema,
    })
}

/// The columns of a statement. Clients take one without columns for a change, so that a statement that only looks is
/// run to find its columns.
fn columns(running: &mut Running<'_>, text: &str) -> ApiResult<Option<Schema>> {
    // Without their values, parameters are NULL; the result of a run has its own columns.
    if let Some(schema) = statement::columns(running, text, &parameters::unknown(text))? {
        return Ok(Some(schema));
    }
    let looks = split(text).next().and_then(Result::ok).is_some_and(|fragment| {
        running.session.parse(text, fragment.span).is_ok_and(|statement| only_looks(&statement))
    });
    if !looks {
        return Ok(None);
    }
    let Some(Ok(fragment)) = split(text).next() else { return Ok(None) };
    let outcome = running.statement(text, fragment.span, &parameters::unknown(text), None)?;
    Ok(results::table(outcome).ok().map(|(schema, _)| Schema::clone(&schema)))
}

/// Whether a statement changes nothing and gives a table or a text.
fn only_looks(statement: &Statement) -> bool {
    match statement {
        Statement::Show(_) | Statement::Help { .. } | Statement::Explain { analyze: false, .. } => true,
        Statement::Relational(relational) => {
            matches!(**relational, Relational::List(_) | Relational::Audit(_) | Relational::Diff { .. })
        }
        _ => false,
    }
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
    statement::flight_info(prepared.columns.as_ref(), command.as_any().encode_to_vec(), descriptor)
}

/// Keeps the parameters of the next runs.
///
/// # Errors
/// `NOT_FOUND` for an unknown handle.
pub fn bind(call: &Call, handle: &str, bound: Vec<Parameters>) -> Result<(), Status> {
    let kept = call.connection.prepared.with(handle, &call.principal, |prepared| prepared.bound = bound);
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
    let Prepared { text, transaction, .. } = find(call, handle)?;
    statement::update(call, text, transaction.as_deref(), bound).await
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
    Status::not_found("there is no such prepared statement: it was closed, or is of another connection or token")
}
