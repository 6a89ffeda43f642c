//! Running statements, whichever protocol they came by.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use linal::{Parameters, ast, split};
use linal_error::Code;
use linal_server::access::{Right, required};
use linal_server::http::{ApiError, ApiResult};
use linal_server::run::{Results, Running, Started};
use pgwire::api::portal::Format;
use pgwire::error::PgWireError;
use tokio::sync::mpsc;

use crate::connection::Connection;
use crate::parameters::Bound;
use crate::results::{Part, Sender, WAITING};
use crate::savepoints::{self, Savepoint};
use crate::settings::{self, Answer};
use crate::{catalog, status};

/// Statements that run, and their parts.
pub struct Answers {
    /// The parts, as the client takes them.
    pub parts: mpsc::Receiver<Part>,
    started: Option<Started<bool>>,
}

impl Answers {
    /// Waits for the end; returns whether a transaction is open.
    ///
    /// # Errors
    /// That of the statement that has failed.
    pub async fn end(&mut self) -> Result<bool, PgWireError> {
        let Some(Started { mut guard, result }) = self.started.take() else { return Ok(false) };
        let ended = result.await;
        guard.disarm();
        match ended {
            Ok(ended) => ended.map_err(|error| status::error(&error)),
            Err(_) => Err(status::error(&ApiError::internal())),
        }
    }
}

/// Begins to run statements. With `gives_all`, those that are no queries give their rows, too.
///
/// # Errors
/// As [`Connection::task`], and those of the queue.
pub async fn start(
    connection: &Arc<Connection>,
    text: &str,
    bound: Bound,
    formats: Format,
    gives_all: bool,
) -> Result<Answers, PgWireError> {
    let failed = |error: ApiError| status::error(&error);
    let task = connection.task(text).await.map_err(failed)?;
    let (sender, parts) = mpsc::channel(WAITING);
    let (connection, text) = (connection.clone(), text.to_owned());
    let work = move |running: &mut Running<'_>| {
        let mut sender = Sender::new(sender, formats, gives_all);
        let ended = statements(&connection, running, &text, &bound, &mut sender);
        let is_open = running.session.is_in_transaction();
        connection.is_open.store(is_open, Ordering::SeqCst);
        if ended.is_err() {
            connection.has_failed.store(is_open, Ordering::SeqCst);
        }
        ended.map(|()| is_open)
    };
    let started = task.start(work).await.map_err(failed)?;
    Ok(Answers { parts, started: Some(started) })
}

fn statements(
    connection: &Connection,
    running: &mut Running<'_>,
    text: &str,
    bound: &Bound,
    sender: &mut Sender,
) -> ApiResult<()> {
    if catalog::is_asked(text) && !connection.has_failed() {
        let found = catalog::answer(connection, running, text, bound, sender)?;
        if found {
            return Ok(());
        }
    }
    let parameters = &bound.parameters;
    for (at, fragment) in split(text).enumerate() {
        let ended = match fragment {
            Ok(fragment) => {
                sender.start(fragment.span.text(text));
                statement(connection, running, (text, fragment.span), parameters, sender)
            }
            Err(error) => Err(running.error(text, &error.into())),
        };
        ended.map_err(|error| error.of_statement(at + 1))?;
    }
    Ok(())
}

fn statement(
    connection: &Connection,
    running: &mut Running<'_>,
    (text, span): (&str, linal::Span),
    parameters: &Parameters,
    sender: &mut Sender,
) -> ApiResult<()> {
    let answer = settings::answer(connection, running.session, span.text(text));
    let savepoint = Savepoint::read(span.text(text));
    let ends = matches!(&answer, Some(Answer::Run(other)) if other == "COMMIT" || other == "ROLLBACK");
    let goes_back = matches!(savepoint, Some(Savepoint::Back(_)));
    if connection.has_failed() && !ends && !goes_back {
        let message =
            "a statement of the transaction has failed; its other statements are ignored until it ends";
        return Err(ApiError::new(Code::Conflict, message).with_help("ROLLBACK ends it"));
    }
    if ends {
        savepoints::clear(connection);
    }
    let is_open = running.session.is_in_transaction();
    match answer {
        Some(Answer::Tag(tag)) => sender.done(running, tag),
        Some(Answer::Row(name, value)) => sender.row(running, &name, &value),
        Some(Answer::Savepoint) if !is_open => {
            Err(ApiError::bad_request("a savepoint is within a transaction; BEGIN opens one"))
        }
        Some(Answer::Savepoint) => {
            let tag = savepoint.map_or(Ok(""), |savepoint| savepoint.apply(connection))?;
            connection.has_failed.store(false, Ordering::SeqCst);
            sender.done(running, tag)
        }
        // PostgreSQL only warns: drivers end transactions without knowing whether there is one.
        Some(Answer::Run(other)) if ends && !is_open => {
            let tag = if other == "COMMIT" { "COMMIT" } else { "ROLLBACK" };
            sender.done(running, tag)
        }
        Some(Answer::Run(_)) if ends && connection.has_failed() => {
            connection.has_failed.store(false, Ordering::SeqCst);
            run(running, "ROLLBACK", sender)
        }
        Some(Answer::Run(other)) if other == "BEGIN" && is_open => sender.done(running, "BEGIN"),
        Some(Answer::Run(other)) => run(running, &other, sender),
        None => {
            let parsed = running.session.parse(text, span);
            if !parsed.is_ok_and(|statement| changes_nothing(&statement)) {
                savepoints::change(connection);
            }
            let taken = sender.gives_rows();
            let results: Option<&mut dyn Results> = if taken { Some(sender) } else { None };
            let outcome = running.statement(text, span, parameters, results)?;
            sender.end(running, outcome)
        }
    }
}

fn run(running: &mut Running<'_>, statement: &str, sender: &mut Sender) -> ApiResult<()> {
    sender.start(statement);
    running.statements(statement, &Parameters::NONE, sender)
}

/// Whether going back to a savepoint has nothing to take back of a statement. What EXECUTE runs is not looked at.
fn changes_nothing(statement: &ast::Statement) -> bool {
    required(statement) == Right::Read && !matches!(statement, ast::Statement::Execute { .. })
}
