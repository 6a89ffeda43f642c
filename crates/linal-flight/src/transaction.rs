//! Transactions: `BEGIN`, `COMMIT` and `ROLLBACK` in the session of the connection, so that tensors and settings are
//! there. A second transaction of a connection has a session of its own.

use arrow_flight::sql::EndTransaction;
use linal::Parameters;
use linal_server::http::{self, ApiError};
use linal_server::run::Ignored;
use tonic::Status;

use crate::connection::Transaction;
use crate::service::Call;
use crate::status::{malformed, status};

/// Opens a transaction; returns its id.
///
/// # Errors
/// As [`Call::task`].
pub async fn begin(call: &Call) -> Result<String, Status> {
    let failed = |error: ApiError| status(&error);
    let database = http::database(&call.headers).map_err(failed)?;
    let id = call.handle();
    let transaction = match http::session_id(&call.headers).map_err(failed)? {
        Some(session) => Transaction { session: session.to_owned(), _own: None },
        None => {
            let session = call.connection.session_id(&call.principal, database).map_err(failed)?;
            let is_taken = is_open(call, None).await?;
            if is_taken {
                let own = call.connection.new_session(&call.principal, database).map_err(failed)?;
                Transaction { session: own.id().to_owned(), _own: Some(own) }
            } else {
                Transaction { session, _own: None }
            }
        }
    };
    let id = call.connection.transactions.add(id, &call.principal, transaction).map_err(failed)?;
    let begun = execute(call, &id, "BEGIN").await;
    if begun.is_err() {
        call.connection.transactions.take(&id, &call.principal);
    }
    begun.map(|()| id)
}

/// Ends a transaction.
///
/// # Errors
/// `NOT_FOUND` for one that is not open, `ABORTED` for a conflict; as [`Call::task`].
pub async fn end(call: &Call, id: &str, action: EndTransaction) -> Result<(), Status> {
    let statement = match action {
        EndTransaction::Commit => "COMMIT",
        EndTransaction::Rollback => "ROLLBACK",
        EndTransaction::Unspecified => {
            return Err(malformed("the end of a transaction is COMMIT or ROLLBACK"));
        }
    };
    let ended = execute(call, id, statement).await;
    // One that could not run, since there was no place, leaves the transaction open, to be ended again.
    let is_open = ended.is_err() && is_open(call, Some(id)).await.unwrap_or(false);
    if !is_open {
        call.connection.transactions.take(id, &call.principal);
    }
    ended
}

async fn execute(call: &Call, id: &str, statement: &'static str) -> Result<(), Status> {
    let task = call.task(statement, Some(id)).await?;
    task.run(move |running| running.statements(statement, &Parameters::NONE, &mut Ignored))
        .await
        .map_err(|error| status(&error))
}

/// Whether the session of the connection, or that of a transaction, has an open transaction.
async fn is_open(call: &Call, transaction: Option<&str>) -> Result<bool, Status> {
    let stop = linal_server::run::Stop::default();
    let leased = call.connection.lease(&call.principal, &call.headers, transaction, &stop).await;
    let (session, _using) = leased.map_err(|error| status(&error))?;
    Ok(session.is_in_transaction())
}
