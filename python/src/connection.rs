//! A connection: a session, the thread that runs its longer statements, and what Python asks of both.

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError, TryLockError, Weak};
use std::time::{Duration, Instant};

use linal::{Cancellation, Code, Engine, EngineOptions, LazyTensor, Limits, Outcome, Session, Span, Tensor};
use pyo3::IntoPyObjectExt;
use pyo3::prelude::*;

use crate::error::{bug, mistake, raise};
use crate::function::{Raised, host_call};
use crate::import::Frame;
use crate::parameters::Values;
use crate::pipe::{Answer, End, Pipe};
use crate::progress::Shown;
use crate::rows::Rows;
use crate::tensor::Array;
use crate::wait::{Slot, Ticket, wait};
use crate::worker::Worker;

/// A statement that took less runs on the calling thread the next time, without releasing the interpreter.
const SHORT: Duration = Duration::from_micros(100);
/// A statement that took longer may have changed how long others take.
const LONG: Duration = Duration::from_millis(1);
/// Texts whose duration is remembered.
const REMEMBERED: usize = 512;

/// What Python objects share of a connection.
pub struct Shared {
    engine: Mutex<Option<Engine>>,
    session: Mutex<Option<Session>>,
    /// The session that evaluates expressions of Python, whose operands have names of its own.
    scratch: Mutex<Option<Session>>,
    cancellation: Cancellation,
    scratch_cancellation: Cancellation,
    worker: Worker,
    scratch_worker: Worker,
    /// The query whose rows are not all made yet.
    open: Mutex<Weak<Pipe>>,
    /// Counts the changes of the engine that may make short statements long.
    epoch: Arc<AtomicU64>,
    /// Texts that were short, with the epoch of their last run.
    short: Mutex<std::collections::HashMap<Box<str>, u64>>,
    progress: Option<Arc<Shown>>,
    limits: Limits,
    /// Whether statements may call functions of Python, from threads that need the interpreter.
    calls_python: AtomicBool,
    raised: Raised,
}

/// The compiled part of `linal.Connection`.
#[pyclass(frozen, module = "linal._linal")]
pub struct Connection(pub Arc<Shared>);

impl Shared {
    fn of(engine: &Engine, epoch: Arc<AtomicU64>, progress: Option<Arc<Shown>>, limits: Limits) -> Shared {
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
            epoch,
            short: Mutex::default(),
            progress,
            limits,
            calls_python: AtomicBool::new(false),
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

    fn changed(&self) {
        self.epoch.fetch_add(1, Ordering::Relaxed);
    }

    fn is_short(&self, text: &str) -> bool {
        if self.calls_python.load(Ordering::Relaxed) {
            return false;
        }
        let short = self.short.lock().unwrap_or_else(PoisonError::into_inner);
        short.get(text).is_some_and(|epoch| *epoch == self.epoch.load(Ordering::Relaxed))
    }

    /// Remembers how long a statement took.
    fn took(&self, text: &str, time: Duration, is_query: bool) {
        if time > LONG && !is_query {
            self.changed();
        }
        let mut short = self.short.lock().unwrap_or_else(PoisonError::into_inner);
        if time > SHORT {
            short.remove(text);
            return;
        }
        if short.len() >= REMEMBERED {
            short.clear();
        }
        let epoch = self.epoch.load(Ordering::Relaxed);
        match short.get_mut(text) {
            Some(known) => *known = epoch,
            None => drop(short.insert(text.into(), epoch)),
        }
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
    fn on_session<T: Send + 'static>(
        self: &Arc<Self>,
        py: Python<'_>,
        job: impl FnOnce(&mut Session) -> T + Send + 'static,
    ) -> PyResult<T> {
        self.settle();
        self.changed();
        let shared = self.clone();
        let run = move || shared.session.lock().unwrap_or_else(PoisonError::into_inner).as_mut().map(job);
        let answer = self.run(py, &self.worker, self.cancellation.clone(), run)?;
        answer.ok_or_else(|| closed(py))
    }

    fn run<T: Send + 'static>(
        &self,
        py: Python<'_>,
        worker: &Worker,
        cancellation: Cancellation,
        job: impl FnOnce() -> T + Send + 'static,
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
                answers.1 = Some(job());
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
        let run = move || holder.scratch.lock().unwrap_or_else(PoisonError::into_inner).as_mut().map(job);
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

fn closed(py: Python<'_>) -> PyErr {
    mistake(py, Code::NotFound, "the connection is closed")
}

#[pymethods]
impl Connection {
    /// Opens a database: in memory, or a directory.
    #[new]
    #[pyo3(signature = (path=None, *, memory_limit=None, threads=None, timeout=None, read_only=false, progress=true))]
    fn new(
        py: Python<'_>,
        path: Option<PathBuf>,
        memory_limit: Option<usize>,
        threads: Option<usize>,
        timeout: Option<f64>,
        read_only: bool,
        progress: bool,
    ) -> PyResult<Connection> {
        let shown = progress.then(|| Arc::new(Shown::default()));
        let options = EngineOptions {
            memory_limit,
            threads,
            read_only,
            partition_above: None,
            progress: shown.clone().map(|shown| shown as Arc<_>),
        };
        let opened = py.detach(|| match &path {
            Some(path) => Engine::open(path, options),
            None => Ok(Engine::new(options)),
        });
        let engine = opened.map_err(|error| raise(py, &error, "", None))?;
        let timeout = timeout.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
        let limits = Limits { timeout, memory: memory_limit };
        Ok(Connection(Arc::new(Shared::of(&engine, Arc::default(), shown, limits))))
    }

    /// Another session of the same database.
    fn cursor(&self, py: Python<'_>) -> PyResult<Connection> {
        let shared = &self.0;
        let engine = shared.engine.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let engine = engine.ok_or_else(|| closed(py))?;
        let (epoch, shown) = (shared.epoch.clone(), shared.progress.as_ref().map(|_| Arc::default()));
        Ok(Connection(Arc::new(Shared::of(&engine, epoch, shown, shared.limits))))
    }

    /// Closes the connection. Memory that is shared with Python stays.
    fn close(&self, py: Python<'_>) {
        let shared = &self.0;
        shared.settle();
        py.detach(|| {
            *shared.session.lock().unwrap_or_else(PoisonError::into_inner) = None;
            *shared.scratch.lock().unwrap_or_else(PoisonError::into_inner) = None;
            *shared.engine.lock().unwrap_or_else(PoisonError::into_inner) = None;
        });
    }

    /// Stops the running statement, from another thread.
    fn interrupt(&self) {
        self.0.cancellation.cancel();
        self.0.scratch_cancellation.cancel();
    }

    /// Runs one statement, which is the text or a range of its bytes. Returns what kind of answer it is, and the
    /// answer.
    #[pyo3(signature = (text, start=None, end=None, parameters=None))]
    fn run(
        &self,
        py: Python<'_>,
        text: &str,
        start: Option<usize>,
        end: Option<usize>,
        parameters: Option<Bound<'_, PyAny>>,
    ) -> PyResult<(&'static str, Py<PyAny>)> {
        let span = Span::new(start.unwrap_or(0), end.unwrap_or(text.len()));
        let statement = span.text(text);
        let failed = |error: linal::Error| {
            let inner = |inner: Span| Span::new(inner.start + span.start, inner.end + span.start);
            let raised = raise(py, &error.map_span(inner), text, start.map(|_| span));
            let cause = self.0.raised.lock().unwrap_or_else(PoisonError::into_inner).take();
            if cause.is_some() {
                raised.set_cause(py, cause);
            }
            raised
        };
        let values = parameters.map(|given| Values::new(&given, statement)).transpose()?;
        if values.is_none()
            && let Some(ended) = self.run_short(statement)
        {
            let (outcome, notices) = ended.map_err(failed)?;
            return self.answer(py, outcome, notices);
        }
        match self.run_long(py, statement, values)? {
            LongAnswer::Open(schema, pipe) => {
                let rows = Rows::open(schema, pipe, self.0.clone());
                Ok(("rows", rows.into_py_any(py)?))
            }
            LongAnswer::Ended(Ok((outcome, notices))) => self.answer(py, outcome, notices),
            LongAnswer::Ended(Err(error)) => Err(failed(error)),
        }
    }

    /// The tensor of a name; None when there is no such tensor.
    fn tensor(&self, py: Python<'_>, name: String) -> PyResult<Option<Array>> {
        let found = self.0.on_session(py, move |session| match session.lazy_tensor(&name) {
            Err(error) if error.is(Code::UnknownName) || error.is(Code::NotATensor) => Ok(None),
            found => found.map(Some),
        })?;
        let found = found.map_err(|error| raise(py, &error, "", None))?;
        Ok(found.map(|tensor| Array::new(tensor, self.0.clone())))
    }

    /// Binds a name to a tensor.
    fn set_tensor(&self, py: Python<'_>, name: String, tensor: &Array) -> PyResult<()> {
        let tensor = tensor.lazy.clone();
        self.0.on_session(py, move |session| session.bind_lazy(&name, tensor))
    }

    /// Drops a tensor or an alias; returns whether there was one.
    fn drop_tensor(&self, py: Python<'_>, name: String) -> PyResult<bool> {
        self.0.on_session(py, move |session| session.drop_name(&name))
    }

    /// Makes an Array of this connection of a value: a number, nested lists, or what has memory.
    #[pyo3(signature = (value, share=false))]
    fn array(&self, value: &Bound<'_, PyAny>, share: bool) -> PyResult<Array> {
        Ok(Array::new(crate::import::tensor_of(value, share)?.into(), self.0.clone()))
    }

    /// Makes or replaces a dataset.
    fn put(&self, py: Python<'_>, name: String, frame: Frame) -> PyResult<()> {
        let put = move |session: &mut Session| session.put_rows(&name, &frame.schema, &frame.batches);
        self.0.on_session(py, put)?.map(drop).map_err(|error| raise(py, &error, "", None))
    }

    /// Adds rows to a dataset.
    fn append(&self, py: Python<'_>, name: String, frame: Frame) -> PyResult<()> {
        let append = move |session: &mut Session| session.append_rows(&name, &frame.schema, &frame.batches);
        self.0.on_session(py, append)?.map_err(|error| raise(py, &error, "", None))
    }

    /// Makes a dataset that only this connection sees, for one statement.
    fn lend(&self, py: Python<'_>, name: String, frame: Frame) -> PyResult<()> {
        let lend = move |session: &mut Session| session.lend_rows(&name, &frame.schema, &frame.batches);
        self.0.on_session(py, lend)?.map_err(|error| raise(py, &error, "", None))
    }

    /// Removes what was lent.
    fn release(&self, py: Python<'_>, name: String) -> PyResult<()> {
        let release = move |session: &mut Session| session.release_rows(&name);
        self.0.on_session(py, release)?.map_err(|error| raise(py, &error, "", None))
    }

    /// The rows of a dataset, over its memory; None when there is none of the name.
    fn rows(&self, py: Python<'_>, name: String) -> PyResult<Option<Rows>> {
        let rows = self.0.on_session(py, move |session| session.dataset_rows(&name))?;
        let rows = rows.map_err(|error| raise(py, &error, "", None))?;
        Ok(rows.map(|(schema, batches)| Rows::new(schema, batches, Vec::new(), self.0.clone())))
    }

    /// A column of a dataset, over its memory.
    fn column(&self, py: Python<'_>, dataset: String, column: String) -> PyResult<Array> {
        let tensor = self.0.on_session(py, move |session| session.column_tensor(&dataset, &column))?;
        let tensor = tensor.map_err(|error| raise(py, &error, "", None))?;
        Ok(Array::new(tensor.into(), self.0.clone()))
    }

    /// The tensors in scope, with their types.
    fn names(&self, py: Python<'_>) -> PyResult<Vec<(String, String)>> {
        self.0.on_session(py, |session| session.names())
    }

    /// The datasets of the current database: name, rows, and the columns with their types.
    #[expect(clippy::type_complexity, reason = "it is what Python unpacks")]
    fn datasets(&self, py: Python<'_>) -> PyResult<Vec<(String, usize, Vec<(String, String)>)>> {
        let datasets = self.0.on_session(py, |session| session.datasets())?;
        let datasets = datasets.map_err(|error| raise(py, &error, "", None))?;
        let columns = |dataset: &linal::DatasetInfo| {
            let columns = dataset.columns.iter();
            columns.map(|column| (column.name.clone(), column.type_name.clone())).collect()
        };
        Ok(datasets.iter().map(|dataset| (dataset.name.clone(), dataset.rows, columns(dataset))).collect())
    }

    /// Makes a function of Python one of the connection.
    fn register(
        &self,
        py: Python<'_>,
        name: String,
        inputs: Vec<String>,
        output: String,
        function: Py<PyAny>,
    ) -> PyResult<()> {
        let call = host_call(name.clone(), function, self.0.raised.clone());
        self.0.calls_python.store(true, Ordering::Relaxed);
        let register = move |session: &mut Session| {
            let inputs: Vec<&str> = inputs.iter().map(String::as_str).collect();
            session.register_function(&name, &inputs, &output, call)
        };
        self.0.on_session(py, register)?.map_err(|error| raise(py, &error, "", None))
    }

    /// Whether BEGIN has opened a transaction.
    fn in_transaction(&self, py: Python<'_>) -> PyResult<bool> {
        self.0.on_session(py, |session| session.is_in_transaction())
    }

    /// The bytes that the tensors of the connection hold.
    fn memory_used(&self, py: Python<'_>) -> PyResult<usize> {
        self.0.on_session(py, |session| session.memory_used())
    }
}

/// How a statement has ended.
type Ended = linal::Result<(Outcome, Vec<String>)>;

/// The answer of a statement that did not run on the calling thread.
enum LongAnswer {
    Ended(Ended),
    Open(arrow::datatypes::SchemaRef, Arc<Pipe>),
}

impl Connection {
    /// Runs a statement on this thread, when it was short before and the session is free.
    fn run_short(&self, statement: &str) -> Option<Ended> {
        let shared = &self.0;
        if !shared.is_short(statement) {
            return None;
        }
        let mut session = shared.session.try_lock().ok()?;
        let session = session.as_mut()?;
        let started = Instant::now();
        let result = session.execute(statement);
        let is_query = matches!(result, Ok(Outcome::Rows(_)));
        shared.took(statement, started.elapsed(), is_query);
        Some(result.map(|outcome| (outcome, session.notices().to_vec())))
    }

    /// Runs a statement on the thread of the connection.
    fn run_long(&self, py: Python<'_>, statement: &str, values: Option<Values>) -> PyResult<LongAnswer> {
        let shared = self.0.clone();
        shared.settle();
        let pipe = Arc::new(Pipe::default());
        let ticket = Ticket::new(shared.cancellation.clone());
        let (producer, begun, holder) = (pipe.clone(), ticket.clone(), shared.clone());
        let text = statement.to_owned();
        let job = move || {
            let mut ends = Ends(producer);
            if begun.begin() {
                ends.run(&holder, &text, values.as_ref());
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
    fn answer(
        &self,
        py: Python<'_>,
        outcome: Outcome,
        notices: Vec<String>,
    ) -> PyResult<(&'static str, Py<PyAny>)> {
        Ok(match outcome {
            Outcome::Rows(rows) => {
                let rows = Rows::new(rows.schema, rows.batches, rows.notices, self.0.clone());
                ("rows", rows.into_py_any(py)?)
            }
            Outcome::Tensor { name, tensor } => {
                let array = Array::new(LazyTensor::from(*tensor), self.0.clone());
                ("tensor", (name, array).into_py_any(py)?)
            }
            Outcome::Text(text) => ("text", text.into_py_any(py)?),
            Outcome::Done(said) => ("done", (said, notices).into_py_any(py)?),
            Outcome::Defined(defined) => {
                let kind = format!("{} {}", defined.dtype, defined.shape);
                ("defined", (&*defined.name, kind).into_py_any(py)?)
            }
            _ => return Err(bug("an outcome of another kind")),
        })
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
    fn run(&mut self, shared: &Shared, text: &str, values: Option<&Values>) {
        let mut session = shared.session.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(session) = session.as_mut() else {
            let error = linal::Error::new(Code::NotFound, "the connection is closed");
            return self.0.end(End::Failed(error), Vec::new());
        };
        let pipe = &self.0;
        let started = Instant::now();
        let (mut begin, mut sink) = (|schema| pipe.begin(schema), |batch| pipe.push(batch));
        let result = match values {
            Some(values) => values.execute(session, &mut begin, &mut sink),
            None => session.execute_batches(text, &mut begin, &mut sink),
        };
        let is_lazy = matches!(&result, Ok(Some(Outcome::Defined(defined))) if defined.lazy);
        if is_lazy {
            shared.changed();
        }
        if values.is_none() && !is_lazy {
            let is_query = matches!(result, Ok(None | Some(Outcome::Rows(_))));
            shared.took(text, started.elapsed(), is_query);
        }
        let end = match result {
            Ok(Some(outcome)) => End::Outcome(outcome),
            Ok(None) => End::Rows,
            Err(error) => End::Failed(error),
        };
        pipe.end(end, session.notices().to_vec());
    }
}
