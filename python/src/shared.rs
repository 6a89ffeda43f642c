//! What the Python objects of a connection share: its sessions, and the threads that run their longer statements.

use std::sync::atomic::{AtomicBool, AtomicU64};
use std::sync::{Arc, Mutex, OnceLock, PoisonError, TryLockError, Weak};

use linal::{Cancellation, Code, Engine, EngineOptions, LazyTensor, Limits, Session, Tensor};
use pyo3::prelude::*;

use crate::error::{bug, mistake, raise};
use crate::function::Raised;
use crate::pipe::Pipe;
use crate::progress::Shown;
use crate::short::ShortStatements;
use crate::wait::{Slot, Ticket, wait};
use crate::worker::Worker;

/// What Python objects share of a connection.
pub struct Shared {
    pub engine: Mutex<Option<Engine>>,
    pub session: Mutex<Option<Session>>,
    /// The session that evaluates expressions of Python, whose operands have names of its own.
    pub scratch: Mutex<Option<Session>>,
    pub cancellation: Cancellation,
    pub scratch_cancellation: Cancellation,
    pub worker: Worker,
    scratch_worker: Worker,
    /// The query whose rows are not all made yet.
    pub open: Mutex<Weak<Pipe>>,
    /// The statements that take so little time that they run on the calling thread.
    pub short: ShortStatements,
    pub progress: Option<Arc<Shown>>,
    pub limits: Limits,
    pub raised: Raised,
}

/// Whether statements may call functions of Python, from threads that need the interpreter: the threads of queries are those
/// of all connections.
pub static CALLS_PYTHON: AtomicBool = AtomicBool::new(false);

impl Shared {
    /// A connection of an engine, whose changes `epoch` counts.
    pub fn of(
        engine: &Engine,
        epoch: Arc<AtomicU64>,
        progress: Option<Arc<Shown>>,
        limits: Limits,
    ) -> Shared {
        let (mut session, mut scratch) = (engine.session(), engine.session());
        session.set_limits(limits);
        scratch.set_limits(limits);
        Shared {
            cancellation: session.cancellation(),
            scratch_cancellation: scratch.cancellation(),
            engine: Mutex::new(Some(engine.clone())),
            session: Mutex::new(Some(session)),
            scratch: Mutex::new(Some(scratch)),
            worker: Worker::default(),
            scratch_worker: Worker::default(),
            open: Mutex::default(),
            short: ShortStatements::new(epoch),
            progress,
            limits,
            raised: Raised::default(),
        }
    }

    /// A connection in memory that evaluates expressions whose own connection is closed.
    pub fn fallback() -> Arc<Shared> {
        static FALLBACK: OnceLock<Arc<Shared>> = OnceLock::new();
        let make = || {
            let engine = Engine::new(EngineOptions::default());
            Arc::new(Shared::of(&engine, Arc::default(), None, Limits::default()))
        };
        FALLBACK.get_or_init(make).clone()
    }

    /// The flag that stops the statements of the session.
    pub fn cancellation(&self) -> Cancellation {
        self.cancellation.clone()
    }

    /// What a function of Python has raised since the last call.
    pub fn take_raised(&self) -> Option<PyErr> {
        self.raised.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// Lets an open query make its remaining rows, so that the session is free.
    pub fn settle(&self) {
        let open = self.open.lock().unwrap_or_else(PoisonError::into_inner).upgrade();
        if let Some(pipe) = open {
            pipe.release(false);
        }
    }

    /// Runs a job on the session, on the thread of the connection.
    ///
    /// # Errors
    /// A closed connection; what a signal handler raises.
    pub fn on_session<T: Send + 'static>(
        self: &Arc<Self>,
        py: Python<'_>,
        job: impl FnOnce(&mut Session) -> T + Send + 'static,
    ) -> PyResult<T> {
        self.on_session_while(py, move |session, _| job(session))
    }

    /// Runs a job of several statements on the session as [`Shared::on_session`]; its ticket says when it is to end.
    ///
    /// # Errors
    /// As [`Shared::on_session`].
    pub fn on_session_while<T: Send + 'static>(
        self: &Arc<Self>,
        py: Python<'_>,
        job: impl FnOnce(&mut Session, &Ticket) -> T + Send + 'static,
    ) -> PyResult<T> {
        self.settle();
        let shared = self.clone();
        let run = move |ticket: &Ticket| {
            let mut session = shared.session.lock().unwrap_or_else(PoisonError::into_inner);
            session.as_mut().map(|session| job(session, ticket))
        };
        let answer = self.run(py, &self.worker, self.cancellation.clone(), run)?;
        answer.ok_or_else(|| closed(py))
    }

    /// Looks at the session on this thread, when no statement runs and nothing is computed.
    pub fn look<T>(&self, job: impl FnOnce(&mut Session) -> T) -> Option<T> {
        self.session.try_lock().ok()?.as_mut().map(job)
    }

    fn run<T: Send + 'static>(
        &self,
        py: Python<'_>,
        worker: &Worker,
        cancellation: Cancellation,
        job: impl FnOnce(&Ticket) -> T + Send + 'static,
    ) -> PyResult<T> {
        /// Answers even when the job panics.
        struct Answers<T>(Arc<Slot<Option<T>>>, Option<T>);
        impl<T> Drop for Answers<T> {
            fn drop(&mut self) {
                self.0.set(self.1.take());
            }
        }
        let ticket = Ticket::new(cancellation);
        let slot = Arc::new(Slot::default());
        let (mut answers, begun) = (Answers(slot.clone(), None), ticket.clone());
        let queued = worker.add(Box::new(move || {
            if begun.begin() {
                answers.1 = Some(job(&begun));
            }
            drop(answers);
        }));
        queued?;
        let answer = wait(py, &ticket, self.progress.as_deref(), |patience| slot.take(patience))?;
        answer.ok_or_else(|| bug("a statement without an answer"))
    }

    /// The value of a tensor, computed at the first call.
    ///
    /// # Errors
    /// Those of the expression; what a signal handler raises.
    pub fn force(self: &Arc<Self>, py: Python<'_>, tensor: &LazyTensor) -> PyResult<Tensor> {
        if let Some(value) = tensor.value() {
            return Ok(value.clone());
        }
        let wanted = tensor.clone();
        self.on_scratch(py, move |session| session.force(&wanted))
    }

    fn on_scratch<T: Send + 'static>(
        self: &Arc<Self>,
        py: Python<'_>,
        job: impl FnOnce(&mut Session) -> linal::Result<T> + Send + 'static,
    ) -> PyResult<T> {
        let is_closed = self.engine.lock().unwrap_or_else(PoisonError::into_inner).is_none();
        let shared = if is_closed { Shared::fallback() } else { self.clone() };
        let holder = shared.clone();
        let run =
            move |_: &Ticket| holder.scratch.lock().unwrap_or_else(PoisonError::into_inner).as_mut().map(job);
        let answer = shared.run(py, &shared.scratch_worker, shared.scratch_cancellation.clone(), run)?;
        answer.ok_or_else(|| closed(py))?.map_err(|error| raise(py, &error, "", None))
    }

    /// Binds an expression over operands `a`, `b`, ... without evaluating it.
    ///
    /// # Errors
    /// Those of the expression, such as shapes that do not fit.
    pub fn expression(
        self: &Arc<Self>,
        py: Python<'_>,
        text: String,
        operands: Vec<LazyTensor>,
    ) -> PyResult<LazyTensor> {
        const NAMES: [&str; 4] = ["a", "b", "c", "d"];
        let bind = |session: &mut Session| {
            let named: Vec<(&str, &LazyTensor)> = NAMES.into_iter().zip(&operands).collect();
            session.lazy_expression(&text, &named)
        };
        // Binding takes microseconds, so that it does not go to another thread unless that one is busy.
        let bound = match self.scratch.try_lock() {
            Ok(mut scratch) => scratch.as_mut().map(bind),
            Err(TryLockError::Poisoned(scratch)) => scratch.into_inner().as_mut().map(bind),
            Err(TryLockError::WouldBlock) => None,
        };
        match bound {
            Some(bound) => bound.map_err(|error| raise(py, &error, "", None)),
            None => {
                let bind = move |session: &mut Session| {
                    let named: Vec<(&str, &LazyTensor)> = NAMES.into_iter().zip(&operands).collect();
                    session.lazy_expression(&text, &named)
                };
                self.on_scratch(py, bind)
            }
        }
    }
}

/// The exception of a closed connection.
pub fn closed(py: Python<'_>) -> PyErr {
    mistake(py, Code::NotFound, "the connection is closed")
}
