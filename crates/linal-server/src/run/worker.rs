//! The statements of one request, on a thread that may block.

use std::cell::Cell;
use std::io;
use std::sync::Arc;
use std::time::Instant;

use axum::http::StatusCode;
use linal::render::RenderOptions;
use linal::{Error, LineIndex, Outcome, Parameters, Reservation, Session, Streamed, split};
use linal_error::Code;

use super::lease::Lease;
use super::queries::{Entry, Query, State};
use super::sessions::Use;
use super::stop::{Reason, Stop};
use crate::access::{Principal, check_statement};
use crate::app::App;
use crate::http::ApiError;
use crate::render::{self, End, Output, StreamedRows, Told, Writer};

/// The statements of a request, and everything that they take.
pub struct Work {
    /// The server.
    pub app: App,
    /// The request in the list of queries.
    pub entry: Entry,
    /// Where they run.
    pub session: Lease,
    /// The use of a kept session.
    pub using: Option<Use>,
    /// Who asks.
    pub principal: Principal,
    /// The statements.
    pub text: Arc<str>,
    /// What they count as in the memory of the engine.
    pub charge: Option<Reservation>,
    /// The values of their parameters.
    pub parameters: Parameters,
    /// The format of the answer.
    pub writer: Writer,
    /// The answer.
    pub output: Output,
    /// When they began.
    pub started: Instant,
}

/// How a request ended, for the logs.
#[derive(Clone, Copy, Debug)]
pub struct Ended {
    /// The status of the answer; 499 when the client had gone.
    pub status: u16,
    /// Rows of its results.
    pub rows: u64,
}

/// The status in logs of a request whose client has gone.
pub const CLIENT_GONE: u16 = 499;

/// Runs the statements and writes their results. `note` is told how the request ended before a whole answer is
/// sent, so that its client finds it in the lists, and after a streamed one.
pub fn run(work: Work, note: impl FnOnce(Ended)) {
    let Work { app, mut entry, mut session, using, principal, text, charge, parameters, .. } = work;
    let (mut writer, mut output, started) = (work.writer, work.output, work.started);
    let query = entry.query.clone();
    query.run(session.memory_pool());
    let result = {
        let _attached = query.stop.attach(session.cancellation());
        let mut statements = Statements {
            app: &app,
            query: &query,
            session: &mut session,
            principal: &principal,
            text: &text,
            parameters: &parameters,
        };
        statements.run(&mut writer, &mut output)
    };
    // The next request of the session may go on before the client has read this answer.
    // Tensors among the parameters are charged to the session, which is used again only when it holds nothing.
    drop((parameters, session, using, charge));
    let end = End { elapsed_ms: started.elapsed().as_secs_f64() * 1e3, query_id: &query.id };
    let written = match &result {
        Ok(()) => writer.finish(&end, &|| poll(&query.stop), &mut output).map(|()| None),
        Err(Failure::Statement(error)) => writer.fail(error, &end, &mut output),
        Err(Failure::Broken) => Err(io::ErrorKind::BrokenPipe.into()),
    };
    output.place = None;
    let ended = |written: &io::Result<()>| {
        let (state, status) = outcome_of(&query.stop, &result, written);
        (state, Ended { status, rows: query.rows() })
    };
    if output.is_streamed() {
        let sent = written.and_then(|_| output.finish());
        let (state, told) = ended(&sent);
        entry.end(state);
        return note(told);
    }
    let (written, head) = match written {
        Ok(head) => (Ok(()), head),
        // Somebody has stopped it while its end was written.
        Err(error) => match (&result, stopped(&query.stop)) {
            (Ok(()), Some(reason)) => (Err(error), Some(render::stopped(&reason, &end))),
            _ => (Err(error), None),
        },
    };
    let (state, told) = ended(&written);
    entry.end(state);
    drop(entry);
    note(told);
    // A client that has gone does not miss its answer.
    let _ = match (written, head) {
        (_, Some(head)) => output.replace(head),
        (Ok(()), None) => output.finish(),
        (Err(error), None) => Err(error),
    };
}

fn outcome_of(stop: &Stop, result: &Result<(), Failure>, written: &io::Result<()>) -> (State, u16) {
    let reason = stopped(stop);
    match (result, written) {
        (Err(Failure::Statement(error)), Ok(())) if reason.is_some() => {
            (State::Cancelled, error.status().as_u16())
        }
        _ if stop.reason() == Some(Reason::ClientGone) => (State::Cancelled, CLIENT_GONE),
        (Err(Failure::Statement(error)), Ok(())) => (State::Failed, error.status().as_u16()),
        (Ok(()), Ok(())) => (State::Done, StatusCode::OK.as_u16()),
        _ => (State::Cancelled, reason.map_or(CLIENT_GONE, |error| error.status().as_u16())),
    }
}

/// The error of a request that somebody has stopped; `None` when its client has gone, and there is nobody to tell.
fn stopped(stop: &Stop) -> Option<ApiError> {
    match stop.reason()? {
        Reason::ClientGone => None,
        Reason::Cancelled => Some(ApiError::new(Code::Cancelled, "the statement was cancelled")),
        Reason::Shutdown => {
            let error = ApiError::new(Code::Cancelled, "the server stops, and the statement was cancelled");
            Some(error.with_status(StatusCode::SERVICE_UNAVAILABLE))
        }
    }
}

/// Why the statements of a request end early.
enum Failure {
    /// A statement failed, or was stopped.
    Statement(ApiError),
    /// The answer cannot be written.
    Broken,
}

/// The statements of a request while they run.
pub(super) struct Statements<'w> {
    pub app: &'w App,
    pub query: &'w Query,
    pub session: &'w mut Session,
    pub principal: &'w Principal,
    pub text: &'w str,
    pub parameters: &'w Parameters,
}

impl Statements<'_> {
    fn run(&mut self, writer: &mut Writer, output: &mut Output) -> Result<(), Failure> {
        let options = render_options(self.session);
        let mut fragments = split(self.text).enumerate().peekable();
        while let Some((at, fragment)) = fragments.next() {
            self.take_place(output);
            let is_last = fragments.peek().is_none();
            let outcome = match fragment {
                Ok(fragment) => self.statement(fragment.span, (writer, &options, is_last), output),
                Err(error) => Err(Failure::Statement(self.error(&Error::from(error)))),
            };
            let outcome = outcome.map_err(|failure| failure.of_statement(at + 1))?;
            let Some(outcome) = outcome else { continue };
            let stop = &self.query.stop;
            let told = Told { notices: self.session.notices(), options: &options, poll: &|| poll(stop) };
            writer.outcome(outcome, &told, output).map_err(|_| self.failure().of_statement(at + 1))?;
        }
        Ok(())
    }

    /// Waits for a place again, after it was given back while the client was waited for.
    fn take_place(&self, output: &mut Output) {
        if output.place.is_none() {
            output.place = self.app.take_place(self.session.database());
        }
    }

    /// Runs a statement; returns its outcome unless it was written as it was made.
    fn statement(
        &mut self,
        span: linal::Span,
        (writer, options, is_last): (&mut Writer, &RenderOptions, bool),
        output: &mut Output,
    ) -> Result<Option<Outcome>, Failure> {
        let stop = &self.query.stop;
        poll(stop).map_err(|_| self.stopped())?;
        check_statement(self.principal, self.session, self.text, span)
            .map_err(|error| self.placed(error, span))?;
        let poll = || poll(stop);
        let counted = Cell::new(0);
        let most = self.app.config.max_rows_returned;
        let count = |rows| {
            counted.set(counted.get() + rows);
            self.query.add_rows(rows);
            within(counted.get(), most)
        };
        let Some(mut rows) = StreamedRows::new(writer, options, is_last, &poll, &count, output) else {
            let result = self.session.execute_fragment_with(self.text, span, self.parameters);
            let outcome = result.map_err(|error| self.error(&error))?;
            self.count(&outcome)?;
            return Ok(Some(outcome));
        };
        match self.session.execute_fragment_streamed(self.text, span, self.parameters, &mut rows) {
            Ok(Streamed::Rows { notices, .. }) => {
                rows.finish(&notices).map_err(|_| self.failure())?;
                Ok(None)
            }
            Ok(Streamed::Outcome(outcome)) => {
                self.count(&outcome)?;
                Ok(Some(outcome))
            }
            Err(_) if rows.is_broken() => Err(self.failure()),
            Err(error) => {
                rows.forget();
                Err(Failure::Statement(self.error(&error)))
            }
        }
    }

    /// Counts the rows of an outcome that was collected.
    fn count(&self, outcome: &Outcome) -> Result<(), Failure> {
        let Outcome::Rows(rows) = outcome else { return Ok(()) };
        let number = rows.num_rows() as u64;
        self.query.add_rows(number);
        within(number, self.app.config.max_rows_returned)
            .map_err(|error| Failure::Statement(self.error(&error)))
    }

    /// The error of a statement, with its place in the request's text.
    pub fn error(&self, error: &Error) -> ApiError {
        if error.is(Code::Cancelled) && self.query.stop.reason().is_some() {
            return error.span().map_or_else(|| self.stopped(), |span| self.placed(self.stopped(), span));
        }
        let mut mapped = ApiError::of_engine(error);
        mapped.body.message = self.app.without_paths(&mapped.body.message);
        if error.is(Code::InternalError) {
            tracing::error!(query = %self.query.id, message = %mapped.body.message, "a bug in linal");
            mapped.body.message = "a bug in linal; the log of the server has more".to_owned();
        }
        match error.span() {
            Some(span) => self.placed(mapped, span),
            None => mapped,
        }
    }

    /// An error at its place in the request's text.
    fn placed(&self, mut error: ApiError, span: linal::Span) -> ApiError {
        let position = LineIndex::new(self.text).position(span.start.min(self.text.len()), self.text);
        error.body.line = Some(position.line);
        error.body.column = Some(position.column);
        error
    }

    /// The error of a request that was stopped.
    pub fn stopped(&self) -> ApiError {
        let gone = || ApiError::new(Code::Cancelled, "the client went away, and the statement was cancelled");
        stopped(&self.query.stop).unwrap_or_else(gone)
    }

    /// What a failed write means.
    fn failure(&self) -> Failure {
        let is_stopped = self.query.stop.reason().is_some_and(|reason| reason != Reason::ClientGone);
        if is_stopped { Failure::Statement(self.stopped()) } else { Failure::Broken }
    }
}

impl Failure {
    /// With the number of the statement, counted from 1.
    fn of_statement(self, number: usize) -> Failure {
        match self {
            Failure::Statement(error) => Failure::Statement(error.of_statement(number)),
            Failure::Broken => Failure::Broken,
        }
    }
}

impl From<ApiError> for Failure {
    fn from(error: ApiError) -> Failure {
        Failure::Statement(error)
    }
}

/// Checks the number of rows of a result.
pub(super) fn within(rows: u64, most: Option<u64>) -> linal::Result<()> {
    match most.filter(|most| rows > *most) {
        None => Ok(()),
        Some(most) => {
            let message = format!("the result has more than the {most} rows that may be returned");
            Err(Error::new(Code::RowLimit, message).with_help("LIMIT gives a part of them"))
        }
    }
}

/// Fails when a request is to stop.
///
/// # Errors
/// An error without meaning: the reason is in the switch.
pub fn poll(stop: &Stop) -> io::Result<()> {
    match stop.reason() {
        Some(_) => Err(io::Error::other("the request is to stop")),
        None => Ok(()),
    }
}

fn render_options(session: &Session) -> RenderOptions {
    let defaults = RenderOptions::default();
    let setting =
        |name: &str, default| session.setting(name).and_then(|text| text.parse().ok()).unwrap_or(default);
    RenderOptions {
        max_rows: setting("max_rows", defaults.max_rows),
        max_width: setting("max_width", defaults.max_width),
        ..defaults
    }
}
