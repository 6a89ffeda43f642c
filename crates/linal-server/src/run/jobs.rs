//! Jobs: their statements run as those of requests do, with the rights of who made them.

use std::time::{Duration, Instant};

use linal::jobs::{Attempt, Execute, Job, JobError, Success, run_job};
use linal::{Error, Limits, Session, Span};
use linal_error::Code;

use super::queries::{Entry, State};
use super::scheduler::Place;
use super::stop::{Reason, Stop};
use crate::access::{AuditEntry, Principal, check_statement};
use crate::app::App;
use crate::http::{ApiError, status_of};

/// The pause between two looks at whether a job that waits for a place is to stop.
const LOOK: Duration = Duration::from_millis(10);

/// Runs the jobs of a server.
pub struct ServerJobs(pub App);

impl Execute for ServerJobs {
    fn execute(&self, attempt: &Attempt) -> Result<Success, JobError> {
        let app = &self.0;
        let (started, id, job) = (Instant::now(), app.next_query_id(), &attempt.job);
        let mut entry = app.queries.begin(&id, job.owner.clone(), &job.database, &job.statements);
        let ended = self.run(attempt, &entry);
        let state = match &ended {
            Ok(_) => State::Done,
            Err(_) if entry.query.stop.reason().is_some() || attempt.stop_reason().is_some() => {
                State::Cancelled
            }
            Err(_) => State::Failed,
        };
        entry.end(state);
        app.audit_entry(&audit_entry(job, &id, started, &ended));
        ended
    }
}

impl ServerJobs {
    fn run(&self, attempt: &Attempt, entry: &Entry) -> Result<Success, JobError> {
        let app = &self.0;
        let job = &attempt.job;
        let principal = app.access.principal_of(job.owner.as_deref()).map_err(|error| refused(&error))?;
        principal.require_database(&job.database).map_err(|error| refused(&error))?;
        let mut session = app.session(None).map_err(|error| refused(&error))?;
        principal.identify(&mut session);
        let stop = &entry.query.stop;
        entry.query.run(session.memory_pool());
        let ended = {
            let _attached = stop.attach(session.cancellation());
            let mut place = None;
            let mut check = |session: &Session, span: Span| {
                // Given back first, so that other databases have their turn between two statements.
                place = None;
                place = Some(self.place(attempt, stop)?);
                self.check(&principal, session, job, span)
            };
            // The time that one statement of a request may take does not bound jobs: they are for what takes longer.
            run_job(&mut session, attempt, Limits::default(), &mut check)
        };
        if let Ok(Success { rows: Some(rows), .. }) = &ended {
            entry.query.add_rows(*rows);
            app.metrics.add_rows(*rows);
        }
        ended.map_err(|error| match stop.reason() {
            Some(Reason::Shutdown) => JobError::interrupted(),
            _ => JobError { message: app.without_paths(&error.message), ..error },
        })
    }

    /// Waits for a place, until the job is to stop.
    fn place(&self, attempt: &Attempt, stop: &Stop) -> linal::Result<Place> {
        let stopped = || Error::new(Code::Cancelled, "the job was stopped while it waited");
        let is_stopped = || attempt.stop_reason().is_some() || stop.reason().is_some();
        let watch = || async {
            while !is_stopped() {
                tokio::time::sleep(LOOK).await;
            }
        };
        self.0.runtime.block_on(async {
            loop {
                tokio::select! {
                    biased;
                    () = watch() => return Err(stopped()),
                    place = self.0.scheduler.place(&attempt.job.database) => match place {
                        Ok(place) => return Ok(place),
                        // The queue is full of requests. The job has been admitted already, and waits on.
                        Err(_) => tokio::time::sleep(LOOK).await,
                    },
                }
            }
        })
    }

    fn check(&self, principal: &Principal, session: &Session, job: &Job, span: Span) -> linal::Result<()> {
        check_statement(principal, session, &job.statements, span).map_err(|error| {
            let code = Code::ALL.iter().find(|code| code.number() == error.body.code);
            Error::new(code.copied().unwrap_or(Code::Forbidden), error.body.message.clone())
        })
    }
}

fn refused(error: &ApiError) -> JobError {
    JobError {
        code: error.body.code.to_owned(),
        name: error.body.name.to_owned(),
        help: error.body.help.clone(),
        ..JobError::new(Code::Forbidden, error.body.message.clone())
    }
}

fn audit_entry<'e>(
    job: &'e Job,
    query_id: &'e str,
    started: Instant,
    ended: &Result<Success, JobError>,
) -> AuditEntry<'e> {
    AuditEntry {
        time: crate::time::now(),
        token: job.owner.as_deref(),
        database: &job.database,
        statement: &job.statements,
        status: ended.as_ref().map_or_else(|error| status_of(error.code()).as_u16(), |_| 200),
        milliseconds: started.elapsed().as_secs_f64() * 1e3,
        rows: ended.as_ref().ok().and_then(|success| success.rows).unwrap_or_default(),
        query_id,
    }
}
