//! Statements: tickets, their results, and counts of changed rows.

use arrow::datatypes::Schema;
use arrow_flight::sql::{ProstMessageExt, TicketStatementQuery};
use arrow_flight::{FlightDescriptor, FlightEndpoint, FlightInfo};
use linal::{Outcome, Parameters};
use linal_server::http::ApiResult;
use linal_server::run::{Results, Running};
use prost::Message;
use tokio::sync::mpsc;
use tonic::Status;

use crate::connection::Ticket;
use crate::results::{self, FlightStream, Sender, WAITING};
use crate::service::Call;
use crate::status::{internal, status};

/// Plans statements, and gives out a ticket for them.
///
/// # Errors
/// A mistake of the text; as [`Call::task`].
pub async fn info(
    call: &Call,
    text: String,
    transaction: Option<String>,
    descriptor: FlightDescriptor,
) -> Result<FlightInfo, Status> {
    let planned = text.clone();
    let task = call.task(&format!("GetFlightInfo {text}"), transaction.as_deref()).await?;
    let schema = task
        .run(move |running| running.columns(&planned, &Parameters::NONE, false))
        .await
        .map_err(|error| status(&error))?;
    let handle = call.handle();
    let ticket = call.connection.tickets.add(handle, &call.principal, Ticket { text, transaction });
    let handle = ticket.map_err(|error| status(&error))?;
    let ticket = TicketStatementQuery { statement_handle: handle.into() };
    flight_info(schema.as_deref(), ticket.as_any().encode_to_vec(), descriptor)
}

/// The description of a result that is taken with a ticket from the same connection.
///
/// # Errors
/// A schema that cannot be encoded, which is a bug.
pub fn flight_info(
    schema: Option<&Schema>,
    ticket: Vec<u8>,
    descriptor: FlightDescriptor,
) -> Result<FlightInfo, Status> {
    let endpoint = FlightEndpoint::new().with_ticket(arrow_flight::Ticket::new(ticket));
    let info = FlightInfo::new().with_endpoint(endpoint).with_descriptor(descriptor);
    match schema {
        Some(schema) => info.try_with_schema(&results::sent_schema(schema)).map_err(|error| internal(&error)),
        None => Ok(info),
    }
}

/// Runs statements; the result is that of the last one which has columns.
///
/// # Errors
/// Those of the statements before the result begins; as [`Call::task`].
pub async fn run(
    call: &Call,
    text: String,
    transaction: Option<&str>,
    bound: Vec<Parameters>,
) -> Result<FlightStream, Status> {
    let task = call.task(&text, transaction).await?;
    let (sender, parts) = mpsc::channel(WAITING);
    let work = move |running: &mut Running<'_>| {
        let mut sender = Sender::new(sender);
        each(running, &text, &bound, &mut sender)?;
        sender.finish(running)
    };
    let started = task.start(work).await.map_err(|error| status(&error))?;
    results::stream(parts, started).await
}

/// Runs statements; returns the number of changed rows, or -1 when no statement counts them.
///
/// # Errors
/// Those of the statements; as [`Call::task`].
pub async fn update(
    call: &Call,
    text: String,
    transaction: Option<&str>,
    bound: Vec<Parameters>,
) -> Result<i64, Status> {
    let task = call.task(&text, transaction).await?;
    let work = move |running: &mut Running<'_>| {
        let mut changed = Changed(None);
        each(running, &text, &bound, &mut changed)?;
        Ok(changed.0.map_or(-1, |rows| i64::try_from(rows).unwrap_or(i64::MAX)))
    };
    task.run(work).await.map_err(|error| status(&error))
}

/// Runs statements once for each row of parameters, or once without any.
fn each(
    running: &mut Running<'_>,
    text: &str,
    bound: &[Parameters],
    results: &mut dyn Results,
) -> ApiResult<()> {
    match bound {
        [] => running.statements(text, &Parameters::NONE, results),
        rows => rows.iter().try_for_each(|row| running.statements(text, row, results)),
    }
}

/// Counts changed rows.
struct Changed(Option<u64>);

impl Results for Changed {
    fn end(&mut self, running: &mut Running<'_>, _: Option<Outcome>) -> ApiResult<()> {
        if let Some(rows) = running.session.affected_rows() {
            self.0 = Some(self.0.unwrap_or(0) + rows);
        }
        Ok(())
    }
}
