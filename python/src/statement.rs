//! Running a statement, on the calling thread or on that of the connection, and its answer as Python takes it.

use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};
use std::time::{Duration, Instant};

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use linal::{Code, LazyTensor, Limits, Outcome, Parameters, RowSink, Session, Streamed};
use pyo3::IntoPyObjectExt;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::PyString;

use crate::connection::Connection;
use crate::error::bug;
use crate::pipe::{Answer, End, Pipe};
use crate::rows::Rows;
use crate::shared::{CALLS_PYTHON, Shared};
use crate::short::{LONG, TRIAL};
use crate::tensor::Array;
use crate::wait::{Ticket, wait};

/// How a statement has ended.
pub type Ended = linal::Result<(Outcome, Vec<String>)>;

/// The answer of a statement that did not run on the calling thread.
pub enum LongAnswer {
    Ended(Ended),
    Open(SchemaRef, Arc<Pipe>),
}

impl Connection {
    /// Runs a statement on this thread, when it was short before and the session is free.
    pub fn run_short(&self, statement: &str, parameters: &Parameters) -> Option<Ended> {
        let shared = &self.0;
        // Threads that call functions of Python need the interpreter, which this one would hold.
        if CALLS_PYTHON.load(Ordering::Relaxed) || !shared.short.has(statement, !parameters.is_empty()) {
            return None;
        }
        let mut session = shared.session.try_lock().ok()?;
        let session = session.as_mut()?;
        let started = Instant::now();
        let result = if parameters.is_empty() {
            session.execute(statement)
        } else {
            self.try_query(session, statement, parameters)?
        };
        // Rows may be the answer of a change here.
        shared.short.took(statement, started.elapsed(), None);
        Some(result.map(|outcome| (outcome, session.notices().to_vec())))
    }

    /// Runs a query with parameters for a short time; `None` when that was not enough.
    fn try_query(
        &self,
        session: &mut Session,
        query: &str,
        parameters: &Parameters,
    ) -> Option<linal::Result<Outcome>> {
        let limits = self.0.limits;
        let is_trial = limits.timeout.is_none_or(|timeout| timeout > TRIAL);
        if is_trial {
            session.set_limits(Limits { timeout: Some(TRIAL), ..limits });
        }
        let result = session.execute_with(query, parameters);
        if !is_trial {
            return Some(result);
        }
        session.set_limits(limits);
        if matches!(&result, Err(error) if error.is(Code::Timeout)) {
            self.0.short.took(query, TRIAL, Some(true));
            return None;
        }
        Some(result)
    }

    /// Runs a statement on the thread of the connection.
    pub fn run_long(&self, py: Python<'_>, statement: &str, parameters: Parameters) -> PyResult<LongAnswer> {
        let shared = self.0.clone();
        shared.settle();
        let pipe = Arc::new(Pipe::default());
        let ticket = Ticket::new(shared.cancellation.clone());
        let (producer, begun, holder) = (pipe.clone(), ticket.clone(), shared.clone());
        let text = statement.to_owned();
        let job = move || {
            let mut ends = Ends(producer);
            if begun.begin() {
                ends.run(&holder, &text, &parameters);
            }
        };
        shared.worker.add(Box::new(job))?;
        *shared.open.lock().unwrap_or_else(PoisonError::into_inner) = Arc::downgrade(&pipe);
        let answer = wait(py, &ticket, shared.progress.as_deref(), |patience| pipe.answer(patience));
        let answer = answer.inspect_err(|_| pipe.release(true))?;
        Ok(match answer {
            Answer::Open(schema) => LongAnswer::Open(schema, pipe),
            Answer::Ended(End::Failed(error), _) => LongAnswer::Ended(Err(error)),
            Answer::Ended(End::Outcome(outcome), notices) => LongAnswer::Ended(Ok((outcome, notices))),
            Answer::Ended(End::Rows, notices) => {
                let batches = pipe.take(Duration::ZERO).transpose().map(Option::unwrap_or_default);
                let schema = pipe.schema().ok_or_else(|| bug("rows without columns"))?;
                let rows = |batches: std::collections::VecDeque<_>| {
                    let mut rows = linal::RowSet::new(schema, batches.into());
                    rows.notices = notices;
                    (Outcome::Rows(rows), Vec::new())
                };
                LongAnswer::Ended(batches.map(rows))
            }
        })
    }

    /// The answer of a statement as Python takes it: its kind and its value.
    pub fn answer(&self, py: Python<'_>, outcome: Outcome, notices: Vec<String>) -> PyResult<Answered> {
        let (kind, value) = match outcome {
            Outcome::Rows(rows) => {
                let rows = Rows::new(rows.schema, rows.batches, rows.notices, self.0.clone());
                return Answered::rows(py, rows);
            }
            Outcome::Tensor { name, tensor } => {
                let array = Array::new(LazyTensor::from(*tensor), self.0.clone());
                (intern!(py, "tensor"), (name, array).into_py_any(py)?)
            }
            Outcome::Text(text) => (intern!(py, "text"), text.into_py_any(py)?),
            Outcome::Done(said) => (intern!(py, "done"), (said, notices).into_py_any(py)?),
            Outcome::Defined(defined) => {
                let kind = format!("{} {}", defined.dtype, defined.shape);
                (intern!(py, "defined"), (&*defined.name, kind).into_py_any(py)?)
            }
            _ => return Err(bug("an outcome of another kind")),
        };
        Ok(Answered(kind.clone().unbind(), value))
    }
}

/// The kind of an answer, and its value.
#[derive(IntoPyObject)]
pub struct Answered(Py<PyString>, Py<PyAny>);

impl Answered {
    /// The answer of a query.
    pub fn rows(py: Python<'_>, rows: Rows) -> PyResult<Answered> {
        Ok(Answered(intern!(py, "rows").clone().unbind(), rows.into_py_any(py)?))
    }
}

/// The producer's end of a pipe, which says that it has ended even when the statement panics.
struct Ends(Arc<Pipe>);

impl Drop for Ends {
    fn drop(&mut self) {
        let bug = linal::Error::new(Code::InternalError, "a bug in linal: a statement without an end");
        self.0.end(End::Failed(bug), Vec::new());
    }
}

impl Ends {
    fn run(&mut self, shared: &Shared, text: &str, parameters: &Parameters) {
        let mut session = shared.session.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(session) = session.as_mut() else {
            let error = linal::Error::new(Code::NotFound, "the connection is closed");
            return self.0.end(End::Failed(error), Vec::new());
        };
        let pipe = &self.0;
        let started = Instant::now();
        let result = session.execute_streamed(text, parameters, &mut Sink(pipe));
        let is_lazy = matches!(&result, Ok(Streamed::Outcome(Outcome::Defined(defined))) if defined.lazy);
        // Only queries give rows as they make them; those of RETURNING are an outcome.
        let is_query = result.as_ref().ok().map(|streamed| matches!(streamed, Streamed::Rows { .. }));
        if is_lazy {
            shared.short.forget();
        } else if is_query == Some(true) || parameters.is_empty() {
            shared.short.took(text, started.elapsed(), is_query);
        } else if started.elapsed() > LONG {
            // What changes something cannot be tried with other values, so that it is not remembered itself.
            shared.short.forget();
        }
        let end = match result {
            Ok(Streamed::Outcome(outcome)) => (End::Outcome(outcome), session.notices().to_vec()),
            Ok(Streamed::Rows { notices, .. }) => (End::Rows, notices),
            Err(error) => (End::Failed(error), Vec::new()),
        };
        pipe.end(end.0, end.1);
    }
}

/// Puts the rows of a query into a pipe.
struct Sink<'p>(&'p Pipe);

impl RowSink for Sink<'_> {
    fn begin(&mut self, schema: &SchemaRef) -> linal::Result<()> {
        self.0.begin(schema.clone());
        Ok(())
    }

    fn rows(&mut self, batch: RecordBatch) -> linal::Result<()> {
        self.0.push(batch)
    }
}
