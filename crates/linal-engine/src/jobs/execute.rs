//! How a session runs the statements of a job.

use std::sync::Arc;
use std::time::{Duration, Instant};

use linal_dataset::{Error, Result};
use linal_jobs::model::JobError;
use linal_jobs::{Attempt, Execute, Success};
use linal_lang::ast::Statement;
use linal_lang::{LineIndex, Span, split};
use linal_store::database::JobMark;

use super::result::write_result;
use crate::engine::Engine;
use crate::outcome::Outcome;
use crate::session::{Limits, Session};
use linal_error::Code;

/// Who submits the jobs of a session, and whose jobs it sees.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JobOwner {
    /// The name of a token; `None` for who has the engine itself.
    pub name: Option<Arc<str>>,
    /// Whether it sees and changes those of others, too.
    pub sees_all: bool,
}

impl Default for JobOwner {
    fn default() -> JobOwner {
        JobOwner { name: None, sees_all: true }
    }
}

impl JobOwner {
    /// Whether it may see what belongs to an owner.
    pub fn may_see(&self, owner: Option<&str>) -> bool {
        self.sees_all || self.name.as_deref() == owner
    }
}

/// Runs jobs in new sessions of an engine, with all rights.
#[derive(Clone, Debug)]
pub struct EngineJobs(pub Engine);

impl Execute for EngineJobs {
    fn execute(&self, attempt: &Attempt) -> std::result::Result<Success, JobError> {
        let mut session = self.0.session();
        run_job(&mut session, attempt, Limits::default(), &mut |_, _| Ok(()))
    }
}

/// Runs an attempt of a job in a session of its own, within limits of the host: the job's are tighter or not. Before
/// each statement `check` is called with its place; an error of it ends the job.
///
/// # Errors
/// That of the first statement that fails, with its number and its place.
pub fn run_job(
    session: &mut Session,
    attempt: &Attempt,
    limits: Limits,
    check: &mut dyn FnMut(&Session, Span) -> Result<()>,
) -> std::result::Result<Success, JobError> {
    let job = &attempt.job;
    let text = job.statements.as_str();
    let cancellation = session.cancellation();
    attempt.on_stop(move || cancellation.cancel());
    session.enter_database(&job.database).map_err(|error| job_error(text, &error, None))?;
    let fragments = split(text).collect::<std::result::Result<Vec<_>, _>>();
    let fragments = fragments.map_err(|error| job_error(text, &Error::from(error), None))?;
    let spans: Vec<Span> = fragments.into_iter().map(|fragment| fragment.span).collect();
    if is_one_transaction(session, text, &spans) {
        session.job = Some(JobMark { job: job.id, attempt: job.attempt });
    }
    let memory = job.memory_limit.and_then(|bytes| usize::try_from(bytes).ok());
    let memory = memory.into_iter().chain(limits.memory).min();
    let deadline = job.timeout.map(|time| Instant::now() + time);
    let mut last = None;
    for (at, &span) in spans.iter().enumerate() {
        let failed = |error: Error| job_error(text, &error, Some(at + 1));
        if attempt.stop_reason().is_some() {
            return Err(failed(Error::new(Code::Cancelled, "the job was stopped")));
        }
        let left = deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
        if left == Some(Duration::ZERO) {
            return Err(failed(Error::new(Code::Timeout, "the time of the job is over")));
        }
        session.set_limits(Limits { timeout: left.into_iter().chain(limits.timeout).min(), memory });
        check(session, span).map_err(failed)?;
        let outcome = session.execute_fragment(text, span).map_err(failed)?;
        attempt.set_progress(at + 1, spans.len());
        if is_result(&outcome) || !last.as_ref().is_some_and(is_result) {
            last = Some(outcome);
        }
    }
    let Some(outcome) = last else { return Ok(Success::default()) };
    let rows =
        write_result(attempt.result_path(), &outcome).map_err(|error| job_error(text, &error, None))?;
    Ok(Success { rows, has_result: true })
}

/// Whether an outcome is what a user waits for, rather than that something was done.
fn is_result(outcome: &Outcome) -> bool {
    matches!(outcome, Outcome::Rows(_) | Outcome::Tensor { .. })
}

/// Whether all that the statements change is in one transaction: that of the only statement, or that of a BEGIN
/// before all others and a COMMIT after them.
fn is_one_transaction(session: &Session, text: &str, spans: &[Span]) -> bool {
    let parsed: Vec<Statement> = spans.iter().map_while(|span| session.parse(text, *span).ok()).collect();
    if parsed.len() != spans.len() {
        return false;
    }
    let ends = |statement: &Statement| matches!(statement, Statement::Commit | Statement::Rollback);
    match parsed.as_slice() {
        [_] => true,
        [Statement::Begin, within @ .., Statement::Commit] => !within.iter().any(ends),
        _ => false,
    }
}

/// The error of a statement, with its place in the statements of the job.
fn job_error(text: &str, error: &Error, statement: Option<usize>) -> JobError {
    let place = error.span().map(|span| LineIndex::new(text).position(span.start.min(text.len()), text));
    JobError {
        statement: statement.and_then(small),
        line: place.and_then(|place| small(place.line)),
        column: place.and_then(|place| small(place.column)),
        help: error.help().map(str::to_owned),
        ..JobError::new(error.code(), error.message())
    }
}

fn small(number: usize) -> Option<u32> {
    u32::try_from(number).ok()
}
