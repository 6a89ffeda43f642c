//! A request of a protocol beside HTTP: listed, stoppable, within the limits of the server, and logged as those of
//! `/execute` are.
//!
//! The protocol decides what runs and what becomes of the results; this decides when it runs and how it ends.

use std::time::Instant;

use arrow::datatypes::SchemaRef;
use linal::ast::Statement;
use linal::ast::relational::Relational;
use linal::render::{has_columns, table};
use linal::{Limits, Outcome, Parameters, Session, Span, split};
use tokio::task::JoinHandle;

use super::admission::{log, place};
use super::delivery::{Counted, Delivery, Results};
use super::lease::Lease;
use super::queries::{Entry, Query, State};
use super::scheduler::Place;
use super::sessions::Use;
use super::stop::{Reason, StopOnDrop};
use super::worker::{CLIENT_GONE, Ended, Statements};
use crate::access::{Principal, check_statement};
use crate::app::App;
use crate::http::{self, ApiError, ApiResult, RequestContext};

/// A request before it runs.
pub struct Task {
    /// The server.
    pub app: App,
    /// Who asks, and since when.
    pub context: RequestContext,
    /// The request in the list of queries.
    pub entry: Entry,
    /// Where it runs.
    pub session: Lease,
    /// The use of a kept session.
    pub using: Option<Use>,
    /// What the log shows of it.
    pub shown: String,
    /// Its own limits, within those of the server.
    pub limits: http::Limits,
}

/// A request that runs. It is stopped when the guard is dropped before it was disarmed.
pub struct Started<T> {
    /// What stops it.
    pub guard: StopOnDrop,
    /// Its end.
    pub result: JoinHandle<ApiResult<T>>,
}

impl Task {
    /// Runs work on a thread that may block, and waits for its end.
    ///
    /// # Errors
    /// Those of [`Task::start`], and those of the work.
    pub async fn run<T, W>(self, work: W) -> ApiResult<T>
    where
        T: Send + 'static,
        W: FnOnce(&mut Running<'_>) -> ApiResult<T> + Send + 'static,
    {
        let mut started = self.start(work).await?;
        let result = (&mut started.result).await;
        started.guard.disarm();
        result.map_err(|_| ApiError::internal())?
    }

    /// Waits for a place, and runs work on a thread that may block.
    ///
    /// # Errors
    /// 429 when the queue is full, 408 when the time is over before there is a place, 409 or 503 when the request
    /// is stopped.
    pub async fn start<T, W>(mut self, work: W) -> ApiResult<Started<T>>
    where
        T: Send + 'static,
        W: FnOnce(&mut Running<'_>) -> ApiResult<T> + Send + 'static,
    {
        let guard = StopOnDrop::new(self.entry.query.stop.clone());
        let database = self.session.database().to_owned();
        self.entry.query.set_database(&database);
        let timeout = self.limits.timeout.into_iter().chain(self.app.config.timeout).min();
        self.context.principal.identify(&mut self.session);
        self.session.set_limits(Limits { timeout, memory: self.limits.memory });
        let place = match place(&self.app, &database, &self.entry, self.limits).await {
            Ok(place) => place,
            Err(error) => {
                let ended = Ended { status: error.status().as_u16(), rows: 0 };
                log(&self.app, &self.context, &self.context.principal, &database, &self.shown, ended);
                return Err(error);
            }
        };
        let runtime = self.app.runtime.clone();
        let result = runtime.spawn_blocking(move || self.on_thread(place, &database, work));
        Ok(Started { guard, result })
    }

    fn on_thread<T>(
        self,
        place: Place,
        database: &str,
        work: impl FnOnce(&mut Running<'_>) -> ApiResult<T>,
    ) -> ApiResult<T> {
        let Task { app, context, mut entry, mut session, using, shown, .. } = self;
        let query = entry.query.clone();
        query.run(session.memory_pool());
        let result = {
            let _attached = query.stop.attach(session.cancellation());
            let delivery =
                Delivery { app: &app, query: &query, place: Some(place), database: database.to_owned() };
            let principal = &context.principal;
            work(&mut Running { app: &app, query: &query, session: &mut session, principal, delivery })
        };
        drop((session, using));
        let stop = query.stop.reason();
        let state = match (&result, stop) {
            (Ok(_), None) => State::Done,
            (Err(_), None) => State::Failed,
            (_, Some(_)) => State::Cancelled,
        };
        let status = match &result {
            _ if stop == Some(Reason::ClientGone) => CLIENT_GONE,
            Ok(_) => 200,
            Err(error) => error.status().as_u16(),
        };
        entry.end(state);
        drop(entry);
        app.metrics.add_rows(query.rows());
        log(&app, &context, &context.principal, database, &shown, Ended { status, rows: query.rows() });
        result
    }
}

/// A request while it runs.
pub struct Running<'r> {
    /// The server.
    pub app: &'r App,
    /// The request in the list of queries.
    pub query: &'r Query,
    /// Where it runs.
    pub session: &'r mut Session,
    /// Who asks.
    pub principal: &'r Principal,
    /// The way to the client.
    pub delivery: Delivery<'r>,
}

impl Running<'_> {
    /// Runs the statements of a text, and gives their results away.
    ///
    /// # Errors
    /// That of the first statement that fails, with its place in the text; those of `results`.
    pub fn statements(
        &mut self,
        text: &str,
        parameters: &Parameters,
        results: &mut dyn Results,
    ) -> ApiResult<()> {
        let mut fragments = split(text).enumerate().peekable();
        while let Some((at, fragment)) = fragments.next() {
            let takes_rows = results.takes_rows(fragments.peek().is_none());
            let outcome = match fragment {
                Ok(fragment) => {
                    self.statement(text, fragment.span, parameters, takes_rows.then_some(&mut *results))
                }
                Err(error) => Err(self.error(text, &error.into())),
            };
            let ended = outcome.and_then(|outcome| results.end(self, outcome));
            ended.map_err(|error| error.of_statement(at + 1))?;
        }
        Ok(())
    }

    /// Runs one statement of a text. With `results`, the rows of a query go there as they are made, and there is no
    /// outcome.
    ///
    /// # Errors
    /// 403 for a right that the token does not have; those of the statement.
    pub fn statement(
        &mut self,
        text: &str,
        span: Span,
        parameters: &Parameters,
        results: Option<&mut (dyn Results + '_)>,
    ) -> ApiResult<Option<Outcome>> {
        self.delivery.take_place();
        self.poll()?;
        check_statement(self.principal, self.session, text, span)?;
        let outcome = match results {
            Some(results) => {
                let mut sink = Counted::new(results, &mut self.delivery);
                match self.session.execute_fragment_streamed(text, span, parameters, &mut sink) {
                    Ok(linal::Streamed::Rows { .. }) => return Ok(None),
                    Ok(linal::Streamed::Outcome(outcome)) => Ok(outcome),
                    Err(error) => Err(error),
                }
            }
            None => self.session.execute_fragment_with(text, span, parameters),
        };
        let outcome = outcome.map_err(|error| self.error(text, &error))?;
        if let Outcome::Rows(rows) = &outcome {
            self.delivery.count(rows.num_rows() as u64, 0).map_err(|error| self.error(text, &error))?;
        }
        Ok(Some(outcome))
    }

    /// The columns of the result of a text of one statement; `None` for one without a result, for several statements,
    /// and, unless `looks`, for one that is no query. With `looks`, one that changes nothing is run to find out.
    ///
    /// # Errors
    /// A mistake of the text, or a right that the token does not have.
    pub fn columns(
        &mut self,
        text: &str,
        parameters: &Parameters,
        looks: bool,
    ) -> ApiResult<Option<SchemaRef>> {
        let mut fragments = split(text);
        let (Some(Ok(fragment)), None) = (fragments.next(), fragments.next()) else { return Ok(None) };
        let span = fragment.span;
        check_statement(self.principal, self.session, text, span)?;
        let planned = self.session.result_schema(span.text(text), parameters).map_err(|error| {
            let moved = error.map_span(|inner| Span::new(inner.start + span.start, inner.end + span.start));
            self.error(text, &moved)
        });
        if let Some(schema) = planned? {
            return Ok(Some(schema));
        }
        if !looks || !self.session.parse(text, span).is_ok_and(|statement| only_looks(&statement)) {
            return Ok(None);
        }
        let outcome = self.statement(text, span, parameters, None)?.filter(has_columns);
        if outcome.is_none() {
            return Ok(None);
        }
        Ok(table(outcome).ok().map(|(schema, _)| schema))
    }

    /// An error of the engine as the client gets it.
    pub fn error(&mut self, text: &str, error: &linal::Error) -> ApiError {
        self.on(text).error(error)
    }

    /// Fails when the request is to stop.
    ///
    /// # Errors
    /// That of the reason.
    pub fn poll(&mut self) -> ApiResult<()> {
        if self.query.stop.reason().is_some() { Err(self.on("").stopped()) } else { Ok(()) }
    }

    fn on<'t>(&'t mut self, text: &'t str) -> Statements<'t> {
        let (app, query, principal) = (self.app, self.query, self.principal);
        Statements { app, query, session: self.session, principal, text, parameters: &NONE }
    }
}

/// For what runs no statement.
static NONE: Parameters = Parameters::NONE;

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

/// A request that begins now.
pub fn context(app: &App, principal: Principal) -> RequestContext {
    RequestContext { query_id: app.next_query_id(), principal, started: Instant::now() }
}
