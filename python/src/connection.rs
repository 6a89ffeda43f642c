//! The methods of a connection: what Python asks of a session.

use std::path::PathBuf;
use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use linal::{Code, Engine, EngineOptions, Limits, Outcome, Parameters, Session, Span};
use pyo3::prelude::*;

use crate::error::raise;
use crate::function::host_call;
use crate::import::Frame;
use crate::parameters::parameters as parameters_of;
use crate::progress::Shown;
use crate::rows::Rows;
use crate::shared::{CALLS_PYTHON, Shared, closed};
use crate::statement::{Answered, LongAnswer};
use crate::tensor::Array;
use crate::wait::Ticket;

/// The compiled part of `linal.Connection`.
#[pyclass(frozen, module = "linal._linal")]
pub struct Connection(pub Arc<Shared>);

impl Connection {
    /// The exception of a statement's error, whose cause is what a function of Python has raised.
    fn failed(&self, py: Python<'_>, error: &linal::Error, text: &str, at: Option<Span>) -> PyErr {
        let raised = raise(py, error, text, at);
        let cause = self.0.take_raised();
        if cause.is_some() {
            raised.set_cause(py, cause);
        }
        raised
    }
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
            progress: shown.clone().map(|shown| shown as Arc<_>),
            ..EngineOptions::default()
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
        let (epoch, shown) = (shared.short.epoch(), shared.progress.as_ref().map(|_| Arc::default()));
        Ok(Connection(Arc::new(Shared::of(&engine, epoch, shown, shared.limits))))
    }

    /// Closes the connection. Memory that is shared with Python stays.
    fn close(&self, py: Python<'_>) {
        let shared = &self.0;
        let open = shared.open.lock().unwrap_or_else(PoisonError::into_inner).upgrade();
        if let Some(pipe) = open {
            // Rows that are made already stay readable; the rest is not computed for nobody.
            pipe.release(true);
        }
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
    ) -> PyResult<Answered> {
        let span = Span::new(start.unwrap_or(0), end.unwrap_or(text.len()));
        let statement = span.text(text);
        // That of an earlier statement is no cause of an error of this one.
        drop(self.0.take_raised());
        let failed = |error: linal::Error| {
            let inner = |inner: Span| Span::new(inner.start + span.start, inner.end + span.start);
            self.failed(py, &error.map_span(inner), text, start.map(|_| span))
        };
        let parameters = parameters.map_or(Ok(Parameters::NONE), |given| parameters_of(&given))?;
        if let Some(ended) = self.run_short(statement, &parameters) {
            let (outcome, notices) = ended.map_err(failed)?;
            return self.answer(py, outcome, notices);
        }
        match self.run_long(py, statement, parameters)? {
            LongAnswer::Open(schema, pipe) => Answered::rows(py, Rows::open(schema, pipe, self.0.clone())),
            LongAnswer::Ended(Ok((outcome, notices))) => self.answer(py, outcome, notices),
            LongAnswer::Ended(Err(error)) => Err(failed(error)),
        }
    }

    /// Runs one statement for each of the parameters. Returns the answer of the last one, and how many rows all of
    /// them have changed; None when there are no parameters.
    fn run_many(
        &self,
        py: Python<'_>,
        text: String,
        parameters: &Bound<'_, PyAny>,
    ) -> PyResult<Option<(Answered, u64)>> {
        let sets: Vec<Parameters> =
            parameters.try_iter()?.map(|given| parameters_of(&given?)).collect::<PyResult<_>>()?;
        drop(self.0.take_raised());
        let statement = text.clone();
        type Last = Option<(Outcome, Vec<String>, u64)>;
        let run = move |session: &mut Session, ticket: &Ticket| -> linal::Result<Last> {
            let (mut last, mut changed) = (None, 0);
            for parameters in &sets {
                if ticket.is_stopped() {
                    break;
                }
                let outcome = session.execute_with(&statement, parameters)?;
                changed += session.affected_rows().unwrap_or(0);
                last = Some((outcome, session.notices().to_vec()));
            }
            Ok(last.map(|(outcome, notices)| (outcome, notices, changed)))
        };
        self.0.short.forget();
        let ran = self.0.on_session_while(py, run)?;
        match ran.map_err(|error| self.failed(py, &error, &text, None))? {
            Some((outcome, notices, changed)) => Ok(Some((self.answer(py, outcome, notices)?, changed))),
            None => Ok(None),
        }
    }

    /// The rows that the last statement has inserted, updated or deleted; None for one of another kind.
    fn affected_rows(&self, py: Python<'_>) -> PyResult<Option<u64>> {
        match self.0.look(|session| session.affected_rows()) {
            Some(rows) => Ok(rows),
            None => self.0.on_session(py, |session| session.affected_rows()),
        }
    }

    /// The tensor of a name; None when there is no such tensor.
    fn tensor(&self, py: Python<'_>, name: String) -> PyResult<Option<Array>> {
        if let Some(Some(tensor)) = self.0.look(|session| session.known_tensor(&name)) {
            return Ok(Some(Array::new(tensor, self.0.clone())));
        }
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
        self.0.short.forget();
        if self.0.look(|session| session.bind_lazy(&name, tensor.clone())).is_some() {
            return Ok(());
        }
        self.0.on_session(py, move |session| session.bind_lazy(&name, tensor))
    }

    /// Drops a tensor or an alias; returns whether there was one.
    fn drop_tensor(&self, py: Python<'_>, name: String) -> PyResult<bool> {
        self.0.short.forget();
        self.0.on_session(py, move |session| session.drop_name(&name))
    }

    /// Makes an Array of this connection of a value: a number, nested lists, or what has memory.
    #[pyo3(signature = (value, share=false))]
    fn array(&self, value: &Bound<'_, PyAny>, share: bool) -> PyResult<Array> {
        Ok(Array::new(crate::import::tensor_of(value, share)?.into(), self.0.clone()))
    }

    /// Makes or replaces a dataset.
    fn put(&self, py: Python<'_>, name: String, frame: Frame) -> PyResult<()> {
        self.0.short.forget();
        let put = move |session: &mut Session| session.put_rows(&name, &frame.schema, &frame.batches);
        self.0.on_session(py, put)?.map(drop).map_err(|error| raise(py, &error, "", None))
    }

    /// Adds rows to a dataset.
    fn append(&self, py: Python<'_>, name: String, frame: Frame) -> PyResult<()> {
        self.0.short.forget();
        let append = move |session: &mut Session| session.append_rows(&name, &frame.schema, &frame.batches);
        self.0.on_session(py, append)?.map_err(|error| raise(py, &error, "", None))
    }

    /// Makes a dataset that only this connection sees, for one statement.
    fn lend(&self, py: Python<'_>, name: String, frame: Frame) -> PyResult<()> {
        self.0.short.forget();
        let lend = move |session: &mut Session| session.lend_rows(&name, &frame.schema, &frame.batches);
        self.0.on_session(py, lend)?.map_err(|error| raise(py, &error, "", None))
    }

    /// Removes what was lent.
    fn release(&self, py: Python<'_>, name: String) -> PyResult<()> {
        self.0.short.forget();
        let release = move |session: &mut Session| session.release_rows(&name);
        self.0.on_session(py, release)?.map_err(|error| raise(py, &error, "", None))
    }

    /// Whether there is a dataset of the name.
    fn has_dataset(&self, py: Python<'_>, name: String) -> PyResult<bool> {
        let found = self.0.on_session(py, move |session| session.has_dataset(&name))?;
        found.map_err(|error| raise(py, &error, "", None))
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
        match self.0.look(|session| session.names()) {
            Some(names) => Ok(names),
            None => self.0.on_session(py, |session| session.names()),
        }
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
        CALLS_PYTHON.store(true, Ordering::Relaxed);
        self.0.short.forget();
        let register = move |session: &mut Session| {
            let inputs: Vec<&str> = inputs.iter().map(String::as_str).collect();
            session.register_function(&name, &inputs, &output, call)
        };
        self.0.on_session(py, register)?.map_err(|error| raise(py, &error, "", None))
    }

    /// Whether BEGIN has opened a transaction.
    fn in_transaction(&self, py: Python<'_>) -> PyResult<bool> {
        match self.0.look(|session| session.is_in_transaction()) {
            Some(is_open) => Ok(is_open),
            None => self.0.on_session(py, |session| session.is_in_transaction()),
        }
    }

    /// The bytes that the tensors of the connection hold.
    fn memory_used(&self, py: Python<'_>) -> PyResult<usize> {
        self.0.on_session(py, |session| session.memory_used())
    }
}
