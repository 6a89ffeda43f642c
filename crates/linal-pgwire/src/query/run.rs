//! Running statements, whichever protocol they came by.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use linal::{Parameters, split};
use linal_error::Code;
use linal_server::http::{ApiError, ApiResult};
use linal_server::run::{Running, Started};
use pgwire::api::portal::Format;
use pgwire::error::PgWireError;
use tokio::sync::mpsc;

use crate::connection::Connection;
use crate::parameters::Bound;
use crate::results::{Part, Sender, WAITING};
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
    let ends = matches!(&answer, Some(Answer::Run(other)) if other == "COMMIT" || other == "ROLLBACK");
    if connection.has_failed() && !ends {
        let message =
            "a statement of the transaction has failed; its other statements are ignored until it ends";
        return Err(ApiError::new(Code::Conflict, message).with_help("ROLLBACK ends it"));
    }
    match answer {
        Some(Answer::Tag(tag)) => sender.done(running, tag),
        Some(Answer::Row(name, value)) => sender.row(running, &name, &value),
        Some(Answer::Run(_)) if ends && !running.session.is_in_transaction() => {
            // PostgreSQL warns, and drivers send them without knowing.
            connection.has_failed.store(false, Ordering::SeqCst);
            sender.done(running, "ROLLBACK")
        }
        Some(Answer::Run(_)) if ends && connection.has_failed() => {
            connection.has_failed.store(false, Ordering::SeqCst);
            run(running, "ROLLBACK", sender)
        }
        Some(Answer::Run(other)) if other == "BEGIN" && running.session.is_in_transaction() => {
            sender.done(running, "BEGIN")
        }
        Some(Answer::Run(other)) => run(running, &other, sender),
        None => {
            let taken = sender.gives_rows();
            let results: Option<&mut dyn linal_server::run::Results> =
                if taken { Some(sender) } else { None };
            let outcome = running.statement(text, span, parameters, results)?;
            linal_server::run::Results::end(sender, running, outcome)
        }
    }
}

fn run(running: &mut Running<'_>, statement: &str, sender: &mut Sender) -> ApiResult<()> {
    sender.start(statement);
    running.statements(statement, &Parameters::NONE, sender)
}
