//! What routes that run statements share: the session, the place, the answer.

use std::sync::Arc;

use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use futures::StreamExt;
use linal::{Limits, Parameters, Reservation};
use tokio::sync::oneshot;

use crate::access::Principal;
use crate::app::{App, enter};
use crate::http::{self, ApiError, ApiResult, Format, RequestContext};
use crate::render::{Head, Output, Writer};
use crate::run::{self, Ended, Entry, Lease, Stop, StopOnDrop, Use, Work, cancelled, log, place};

/// A session of a request: the kept one that it names, or one of its own, in the database that it names.
///
/// # Errors
/// 404 for an unknown session or database, 403 for a database that the token does not have, 409 for a session
/// that too many requests wait for.
pub async fn lease(
    app: &App,
    context: &RequestContext,
    headers: &HeaderMap,
    stop: &Stop,
) -> ApiResult<(Lease, Option<Use>)> {
    let (id, database) = (http::session_id(headers)?, http::database(headers)?);
    let Some(id) = id else {
        let session = app.lend(database)?;
        context.principal.require_database(session.session().database())?;
        return Ok((Lease::Own(session), None));
    };
    let owner = context.principal.name.as_deref();
    let (mut session, using) = tokio::select! {
        biased;
        _ = stop.stopped() => return Err(cancelled(stop)),
        leased = app.sessions.lease(id, owner, stop) => leased?,
    };
    if let Some(database) = database {
        context.principal.require_database(database)?;
        enter(&mut session, database)?;
    }
    Ok((session, Some(using)))
}

/// Statements that a route runs.
pub struct Statements {
    /// The statements.
    pub text: Arc<str>,
    /// The values of their parameters.
    pub parameters: Parameters,
    /// What is shown of them in lists and logs.
    pub shown: Arc<str>,
    /// What the body counts as in the memory of the engine.
    pub charge: Option<Reservation>,
    /// The format of the answer.
    pub format: Format,
    /// Who asks.
    pub principal: Principal,
}

/// Runs statements when there is a place, and answers with their results.
///
/// # Errors
/// 429 when the queue is full, 408 when the time of the request is over before there is a place.
pub async fn run(
    app: App,
    context: RequestContext,
    (mut session, using): (Lease, Option<Use>),
    entry: Entry,
    limits: http::Limits,
    statements: Statements,
) -> ApiResult<Response> {
    let stop = entry.query.stop.clone();
    let mut guard = StopOnDrop::new(stop.clone());
    let database = session.database().to_owned();
    entry.query.set_database(&database);
    let timeout = limits.timeout.into_iter().chain(app.config.timeout).min();
    statements.principal.identify(&mut session);
    session.set_limits(Limits { timeout, memory: limits.memory });
    let place = match place(&app, &database, &entry, limits).await {
        Ok(place) => place,
        Err(error) => {
            let ended = Ended { status: error.status().as_u16(), rows: 0 };
            log(&app, &context, &statements.principal, &database, &statements.shown, ended);
            // The client is there, and is told.
            guard.disarm();
            return Err(error);
        }
    };
    let (sender, receiver) = oneshot::channel();
    let format = statements.format;
    let (places, of) = (app.clone(), database.clone());
    let retake = Box::new(move || places.take_place(&of));
    let output = Output::new(
        format.content_type(),
        sender,
        app.runtime.clone(),
        app.config.send_timeout,
        (place, retake),
    );
    let work = Work {
        app: app.clone(),
        entry,
        session,
        using,
        principal: statements.principal.clone(),
        text: statements.text,
        charge: statements.charge,
        parameters: statements.parameters,
        writer: Writer::new(format),
        output,
        started: std::time::Instant::now(),
    };
    let (logged, shown) = (app.clone(), statements.shown);
    app.runtime.spawn_blocking(move || {
        run::run(work, |ended| {
            logged.metrics.add_rows(ended.rows);
            log(&logged, &context, &statements.principal, &database, &shown, ended);
        });
    });
    let head = receiver.await.map_err(|_| ApiError::internal())?;
    if matches!(head, Head::Whole { .. }) {
        guard.disarm();
    }
    Ok(response(head, guard))
}

/// The answer of a head. A streamed body stops its statements when it is dropped early.
pub fn response(head: Head, mut guard: StopOnDrop) -> Response {
    match head {
        Head::Whole { status, content_type, retry_after, body } => {
            let mut response = (status, body).into_response();
            let headers = response.headers_mut();
            headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
            if let Some(seconds) = retry_after {
                headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
            }
            response
        }
        Head::Streamed { content_type, body } => {
            let end = futures::stream::poll_fn(move |_| {
                guard.disarm();
                std::task::Poll::Ready(None)
            });
            let mut response = Body::from_stream(body.chain(end)).into_response();
            response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
            response
        }
    }
}
